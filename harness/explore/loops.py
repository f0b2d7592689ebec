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
from harness.explore.kernel import Execution, SimThread

YIELD_AFTER = 20  # turns of a loop without a write before others get a turn
YIELD_ANYWAY_AFTER = (
    500  # the same where the loop's own variables change: it searches, or counts its tries
)
SPIN_AFTER = 5_000  # turns before it counts as spinning, when nobody else can run
LIVELOCK_AFTER = 200  # forced turns in a row without any write by anybody
MOST_TURNS = 1_000_000  # turns of loops in one execution: more is an endless loop
_PLAIN = (int, float, str, bytes)


def turn(run: Execution, thread: SimThread) -> None:
    """The body of a loop begins once more."""
    run.turns += 1
    if run.turns > MOST_TURNS:
        run.stop(endless(run, thread))
    alone = thread.count == thread.last_turn + 1  # it touched nothing since its last turn
    thread.last_turn = thread.count
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
    run.yield_turn(thread)
    thread.turns = turns


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
