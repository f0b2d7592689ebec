"""Schedules as short strings: the places where an execution leaves the default order.

`a12b-c7a`: thread a (the first one, main) leaves at its 12th point for thread b; c at its 7th for a. What
is not said is the default: nobody is interrupted, and where the running thread cannot go on the oldest that
can does. An empty list of departures is written `0`.

Points are counted in the learner's and the suite's code and at locks, whether or not the search stopped at
them: so the string means the same on every Python and to every version of the search.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.explore.kernel import Execution
from harness.explore.simthread import SimThread

_PART = re.compile(r"([a-z]+)(\d+)([a-z]+)")


@dataclass(frozen=True)
class Departure:
    """Thread `source`, at its point number `point`, gives way to thread `target`."""

    source: int
    point: int
    target: int


Schedule = tuple[Departure, ...]


def thread_letter(index: int) -> str:
    """a, b, ... z, aa, ab, ..."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(97 + rest) + letters
    return letters


def _index(letters: str) -> int:
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 96
    return index - 1


def encode(schedule: Schedule) -> str:
    """The short string of a schedule."""
    parts = [f"{thread_letter(d.source)}{d.point}{thread_letter(d.target)}" for d in schedule]
    return "-".join(parts) or "0"


def decode(text: str) -> Schedule:
    """The schedule of a short string; ValueError says what is wrong with it."""
    if text == "0":
        return ()
    found = []
    for part in text.split("-"):
        match = _PART.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is no step of a schedule: expected something like 'a12b'")
        found.append(Departure(_index(match[1]), int(match[2]), _index(match[3])))
    return tuple(found)


class Replayed:
    """Follows a schedule."""

    def __init__(self, schedule: Schedule) -> None:
        self.departures = {(d.source, d.point): d.target for d in schedule}
        self.taken: list[Departure] = []
        self.preemptions = 0

    def choose(
        self, run: Execution, thread: SimThread, free: bool, others: list[SimThread]
    ) -> SimThread | None:
        """The scheduled thread if it can run, else the default."""
        default = others[0] if free else thread
        target = self.departures.get((thread.index, thread.count))
        for other in others:
            if other.index == target and other is not default:
                self.taken.append(Departure(thread.index, thread.count, other.index))
                self.preemptions += not free
                return other
        return default

    @property
    def fits(self) -> bool:
        """Did every departure of the schedule take place?"""
        return len(self.taken) == len(self.departures)


class Recorded:
    """Lets another strategy choose, and writes down the departures."""

    def __init__(self, strategy: object) -> None:
        self.strategy = strategy
        self.departures: list[Departure] = []

    def choose(
        self, run: Execution, thread: SimThread, free: bool, others: list[SimThread]
    ) -> SimThread | None:
        """What the other strategy chooses."""
        chosen: SimThread | None = self.strategy.choose(run, thread, free, others)  # type: ignore[attr-defined]
        default = others[0] if free else thread
        if chosen is not None and chosen is not default:
            self.departures.append(Departure(thread.index, thread.count, chosen.index))
        return chosen
