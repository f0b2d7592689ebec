"""Interleaved rounds of short windows.

The machine's speed drifts: it is throttled, and shared with others. So each round has one window of every
contender, one right after the other, and each round begins with another one. What is slow for a while
is slow for all of them, and the ratio of two windows of one round hardly notices.

Guarantees: figures are nanoseconds per operation, one a window, the same round at the same place for all.
The garbage collector rests inside windows, and runs between rounds.
"""

import gc
import time
from collections.abc import Callable, Mapping

from harness.compare.race import Work

Clock = Callable[[], int]  # nanoseconds

WINDOW = 20_000_000  # nanoseconds
ROUNDS = 30
_TRIES = 3
_MOST = 1 << 40  # operations in a window


class BrokeDownError(Exception):
    """A contender raised in a window; the cause says what."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


def measure(
    works: Mapping[str, Work],
    rounds: int = ROUNDS,
    window: int = WINDOW,
    clock: Clock = time.perf_counter_ns,
    gauges: Mapping[str, Work] | None = None,
) -> dict[str, list[float]]:
    """The nanoseconds per operation of each contender's windows; BrokeDownError."""
    gauges = {name: _named(name, work) for name, work in {**works, **(gauges or {})}.items()}
    works = {name: _named(name, work) for name, work in works.items()}
    counts = {name: calibrated(gauges[name], window, clock) for name in works}
    figures: dict[str, list[float]] = {name: [] for name in works}
    for number in range(rounds):
        gc.collect()
        for name in rotated(list(works), number):
            figures[name].append(timed(works[name], counts[name], clock) / counts[name])
    return figures


def _named(name: str, work: Work) -> Work:
    def named(count: int) -> None:
        try:
            work(count)
        except Exception as error:
            raise BrokeDownError(name) from error

    return named


def calibrated(work: Work, window: int, clock: Clock) -> int:
    """How many operations fill a window; it warms the contender up, too.

    A try counts for as long as the quickest of several: one that the machine interrupts is no longer.
    """
    count = 1
    while (took := _quickest(work, count, clock)) < window // 2 and count < _MOST:
        # No more than eightfold at a time: a first call can be slow, and the next ones quick.
        count *= min(8, max(2, window // max(took, 1)))
    return max(1, round(count * window / max(took, 1)))


def _quickest(work: Work, count: int, clock: Clock) -> int:
    return min(timed(work, count, clock) for _ in range(_TRIES))


def rotated(names: list[str], by: int) -> list[str]:
    """The names, from another one on."""
    start = by % len(names)
    return names[start:] + names[:start]


def timed(work: Work, count: int, clock: Clock) -> int:
    """How long so many operations take, while no garbage is collected."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        start = clock()
        work(count)
        return clock() - start
    finally:
        if collecting:
            gc.enable()
