"""Makes a failing schedule as simple as it gets: the fewest departures from the default order.

Guarantees
- The schedule that comes back fails in the same way as the one given: same verdict, same words.
- No single departure can be left out of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.explore.failures import RawFailure
from harness.explore.schedule import Replayed, Schedule

if TYPE_CHECKING:
    from harness.explore.kernel import Execution

Replay = Callable[[Schedule], "tuple[Execution, Replayed]"]


def shrink(replay: Replay, failure: RawFailure, schedule: Schedule) -> tuple[Schedule, int]:
    """The simplest schedule found that fails alike, and its number of preemptions."""
    current, preemptions = _tried(replay, failure, schedule) or (schedule, len(schedule))
    shorter = True
    while shorter:
        shorter = False
        for index in reversed(range(len(current))):
            tried = _tried(replay, failure, current[:index] + current[index + 1 :])
            if tried is not None and len(tried[0]) < len(current):
                current, preemptions = tried
                shorter = True
                break
    return current, preemptions


def fails_alike(replay: Replay, failure: RawFailure, schedule: Schedule) -> bool:
    """Does the schedule fail in the same way?"""
    return _tried(replay, failure, schedule) is not None


def _tried(replay: Replay, failure: RawFailure, schedule: Schedule) -> tuple[Schedule, int] | None:
    """The departures that took place, if the schedule still fails alike."""
    run, strategy = replay(schedule)
    if run.failure is None or not _alike(run.failure, failure):
        return None
    return tuple(strategy.taken), strategy.preemptions


def _alike(one: RawFailure, other: RawFailure) -> bool:
    return one.verdict is other.verdict and one.place == other.place
