"""A simulated thread: where it stands, what it waits for, and what is in its past.

`kernel` runs them; `memory` and `locks` order what they do; this file only says what one is.
"""

from __future__ import annotations

from typing import Any, Protocol

from harness.explore.memory import Clock, merge


class Waitable(Protocol):
    """What a thread can wait for."""

    free: bool


class Never:
    """What a sleeping thread waits for: only its deadline ends it."""

    free = False


class Frozen:
    """What a thread waits for that a suite has stopped; keeps what it waited for before."""

    free = False
    kind = "frozen"

    def __init__(self, thread: SimThread) -> None:
        self.pending, self.deadline = thread.pending, thread.deadline


NEVER = Never()


class SimThread:
    """A thread of the program under test."""

    __slots__ = (
        "chain", "children", "clock_seen", "count", "deadline", "epoch", "finished", "gave_up_at", "glet",
        "ident", "index", "known", "last_turn", "locks_made", "nudger", "pending", "ran_at", "readings",
        "seen", "site", "timed_out", "turns", "yielded", "yields", "yields_from",
    )  # fmt: skip

    def __init__(self, index: int, parent: SimThread | None) -> None:
        self.index = index
        self.ident = index + 1
        self.count = 0  # points passed
        self.pending: Any = None  # what it waits for, None while it can run
        self.deadline: float | None = None
        self.timed_out = False
        self.finished = Finish(self)
        self.nudger: SimThread | None = None  # who lets us run up to our next point
        self.locks_made = 0
        self.epoch = 0  # grows whenever others may come after what we did so far
        self.known: Clock = {}  # the epochs of others that are in our past
        self.chain = 0
        self.children = 0
        self.turns = 0
        self.last_turn = 0
        self.ran_at = 0  # number of the switch that it was last run by
        self.yielded: tuple[int, int] | None = None  # switches and writes when it last gave way
        self.yields = 0
        self.yields_from = 0  # switches when the last PATIENCE of them began
        self.seen: dict[str, object] | None = (
            None  # a loop's variables, when it began to look like spinning
        )
        self.site = -1  # of the last point
        self.clock_seen = -1.0  # the time when it last read a clock
        self.readings = 0  # of clocks at that time
        self.gave_up_at = -1.0  # the time when a condition's wait expired last
        self.glet: Any = None
        if parent is not None:
            self._descend(parent)

    def _descend(self, parent: SimThread) -> None:
        parent.children += 1
        self.chain = hash((parent.chain, parent.children))
        self.known = {**parent.known, parent: parent.epoch}
        parent.epoch += 1

    def joined(self, other: SimThread) -> None:
        """All that `other` did is now in our past."""
        merge(self.known, other.known)
        self.known[other] = other.epoch
        self.chain = hash((self.chain, other.chain))


class Finish:
    """The end of a thread, as something to wait for."""

    __slots__ = ("free", "thread")

    def __init__(self, thread: SimThread) -> None:
        self.free = False
        self.thread = thread
