"""Loops that go round without getting anywhere: fairness for the others, and an end to it.

A thread that spins (`while not self.ready: pass`) would run for ever if nobody interrupted it, and no number of
preemptions makes that schedule worth exploring. So after some turns that only looked, the others get a turn,
which is no preemption (fair scheduling: Musuvathi and Qadeer, PLDI 2008).

Guarantees
- A loop whose own variables change (a search through a list, a computation) is not taken for spinning.
- Every loop ends: one that does not is a failure, found without a clock.
"""

from __future__ import annotations

import sys
from typing import Any

from harness.explore.failures import endless, spinning
from harness.explore.kernel import Execution
from harness.explore.simthread import SimThread

YIELD_AFTER = 20  # turns of a loop without a write before others get a turn
YIELD_ANYWAY_AFTER = (
    500  # the same where the loop's own variables change: it searches, or counts its tries
)
SPIN_AFTER = 5_000  # turns before it counts as spinning, when nobody else can run
LIVELOCK_AFTER = 200  # forced turns in a row without any write by anybody
PATIENCE = 16  # times that a thread gives way before somebody who waits longest gets a turn
MOST_TURNS = 300_000  # turns of loops in one execution: more is an endless loop ...
WEIGHT = 4  # ... where a turn that touches what can be shared counts for so many
_PLAIN = (int, float, str, bytes)


def turn(run: Execution, thread: SimThread) -> None:
    """The body of a loop begins once more."""
    alone = thread.count == thread.last_turn + 1  # it touched nothing since its last turn
    thread.last_turn = thread.count
    run.turns += 1 if alone else WEIGHT
    if run.turns > MOST_TURNS:
        run.stop(endless(run, thread))
    if not alone:
        thread.turns += 1
        if thread.turns % YIELD_AFTER == 0:
            _looks_like_spinning(run, thread)


def _looks_like_spinning(run: Execution, thread: SimThread) -> None:
    moved = _has_moved(thread)
    if moved and thread.turns % YIELD_ANYWAY_AFTER:
        return
    if any(run.can_run(u) for u in run.live if u is not thread):
        _force(run, thread, moved)
    elif thread.turns > SPIN_AFTER and not moved:
        run.stop(spinning(run, thread))


def _force(run: Execution, thread: SimThread, moved: bool) -> None:
    """A turn for the others."""
    if run.memory.writes != run.writes_seen:
        run.writes_seen, run.forced = run.memory.writes, 0
    run.forced += not moved
    if run.forced > LIVELOCK_AFTER:
        run.stop(spinning(run, thread))
    turns = thread.turns
    yield_turn(run, thread)
    thread.turns = turns


def yield_turn(run: Execution, thread: SimThread, may_stay: bool = False) -> None:
    """Lets the others have a turn, if any of them can run.

    may_stay: `thread` can go on first all the same, which counts as a preemption (of the others' turn).
    """
    thread.count += 1
    if thread.nudger is not None:
        run.come_back(thread)
        return
    others = [u for u in run.live if u is not thread and run.can_run(u)]
    if others:
        starved = _starved(run, thread, others)
        stays = [thread] if may_stay and not starved else []
        chosen = run.decide(thread, True, [*(starved or others), *stays])
        if chosen is not thread:
            run.switch(chosen)


def _starved(run: Execution, thread: SimThread, others: list[SimThread]) -> list[SimThread]:
    """Whom `thread` keeps from running by giving way to somebody else each time.

    Nothing was written since it gave way last: it waits for one of those who have not run since then. Two
    that only try, and write in trying (`tokens.pop()` of an empty deque), are patient for so many times.
    """
    before, writes = thread.yielded, run.memory.writes
    thread.yielded = (run.switches, writes)
    thread.yields += 1
    if thread.yields % PATIENCE == 0:
        since, thread.yields_from = thread.yields_from, run.switches
        forgotten = [other for other in others if other.ran_at < since]
        if forgotten:
            return forgotten
    if before is None or before[1] != writes:
        return []
    return [other for other in others if other.ran_at < before[0]]


def _has_moved(thread: SimThread) -> bool:
    """Have the loop's own variables changed since this was last asked?"""
    frame: Any = sys._getframe(1)
    while "_k_read" not in frame.f_globals:
        frame = frame.f_back
    before, thread.seen = thread.seen, {**frame.f_locals}
    return before is None or not all(
        _same(thing, before.get(name)) for name, thing in thread.seen.items()
    )


def _same(one: object, other: object) -> bool:
    """The same thing, or equal numbers; asks no code of the program's."""
    return one is other or (type(one) in _PLAIN and type(one) is type(other) and one == other)
