"""Who touched what, and after what: finds the accesses whose order can matter.

Two things come of it.

*Visible sites.* A thread need only be interrupted before it takes a lock that others take, and before an
access that takes part in a race: two threads make it, one of them a write, and nothing else orders the two
(start and join of threads, locks, wake-ups, other visible accesses). If a program has no race under the
schedules that differ in the order of its synchronisation alone, it has none at all, and those schedules show
every state that can be told apart; if it has one, some of them shows it. Sites start out invisible; a search
that meets a race makes its sites visible, which makes them synchronisation, and starts again.

*Chains.* Every visible access is an event that hashes what came before it: the thread's own last event and
the last conflicting ones at the location. Two executions with equal chains of all threads are equivalent
(the same Mazurkiewicz trace), hence in the same state: the search visits it once.

Sources: Lamport 1978 (happens-before, here with vector clocks); Lipton 1975 (why taking a lock needs a point
and letting go of it none); Musuvathi and Qadeer 2007 (happens-before
caching under a preemption bound).

Guarantees
- Hashes are of integers only: the same in every process, whatever PYTHONHASHSEED.
Assumptions
- Objects that are touched stay alive until the execution ends (`Location.owner`), so an id names one object.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.explore.simthread import SimThread

READ, WRITE, SCAN = 1, 2, 3  # SCAN: conflicts as a write does, but changes nothing
LAST = -1000  # stands for all of a thread's accesses to a location, beside the codes of its sites
STRUCTURE = "#"  # a container's length, order and membership
CONTENT = "*"  # all of a container's slots together
KEYS = "!"  # all of a dict's keys together


Clock = dict["SimThread", int]  # for each thread, up to which of its epochs its past is ours


def merge(clock: Clock, other: Clock) -> None:
    """Makes `clock` the later of the two, thread by thread."""
    for thread, epoch in other.items():
        if epoch > clock.get(thread, -1):
            clock[thread] = epoch


class Location:
    """An attribute, a slot or a variable, and its history in this execution."""

    __slots__ = ("owner", "read_clock", "reads", "touchers", "write_clock", "writes")

    def __init__(self, owner: object) -> None:
        self.owner = owner
        self.touchers: dict[SimThread, dict[int, int]] = {}  # per thread: site * 4 + kind -> epoch
        self.writes = 0  # hash of the last write event
        self.reads = 0  # sum of the hashes of the reads since
        self.write_clock: Clock = {}  # what the last visible write comes after
        self.read_clock: Clock = {}  # what the visible reads since come after


class Memory:
    """The locations of one execution."""

    __slots__ = ("found", "locations", "visible", "writes")

    def __init__(self, visible: set[int]) -> None:
        self.locations: dict[tuple[int, object], Location] = {}
        self.visible = visible
        self.writes = 0
        self.found: set[int] = set()  # sites that turned out to be visible

    def alone(self, thread: SimThread, owner: object, key: object, site: int, kind: int) -> None:
        """`access` while there is one thread: all that it does comes before whatever others will do."""
        if kind == WRITE:
            thread.turns = 0
            self.writes += 1

    def access(self, thread: SimThread, owner: object, key: object, site: int, kind: int) -> None:
        """Notes that `thread` is about to touch `key` of `owner` at `site`."""
        name = (id(owner), key)
        location = self.locations.get(name)
        if location is None:
            location = self.locations[name] = Location(owner)
        touchers = location.touchers
        code = site * 4 + kind
        mine = touchers.get(thread)
        if mine is None:
            mine = touchers[thread] = {}
        epoch = thread.epoch
        if mine.get(code) != epoch:
            mine[code] = mine[LAST] = epoch
            if len(touchers) > 1:
                self._look_for_races(thread, code, touchers)
        if site in self.visible:
            self._synchronise(thread, location, kind)
        if kind == WRITE:
            thread.turns = 0
            self.writes += 1

    def _look_for_races(
        self, thread: SimThread, code: int, touchers: dict[SimThread, dict[int, int]]
    ) -> None:
        known = thread.known
        kind = code & 3
        for other, theirs in touchers.items():
            if other is thread:
                continue
            past = known.get(other, -1)
            if theirs[LAST] <= past:
                continue
            for their_code, epoch in theirs.items():
                their_kind = their_code & 3
                if epoch > past and their_code != LAST and (kind != their_kind or kind == WRITE):
                    self.found.add(code >> 2)
                    self.found.add(their_code >> 2)

    @staticmethod
    def _synchronise(thread: SimThread, location: Location, kind: int) -> None:
        """A visible access: comes after all that conflicts with it, and is an event."""
        merge(thread.known, location.write_clock)
        if kind == READ:
            thread.chain = event = hash((thread.chain, location.writes, READ))
            location.reads = (location.reads + event) & 0xFFFFFFFFFFFFFFF
            merge(location.read_clock, thread.known)
            location.read_clock[thread] = thread.epoch
        else:
            merge(thread.known, location.read_clock)
            event = hash((thread.chain, location.writes, location.reads, WRITE))
            thread.chain = location.writes = event
            location.reads = 0
            location.write_clock = {**thread.known, thread: thread.epoch}
            location.read_clock = {}
        thread.epoch += 1
