"""One execution of a scenario: simulated threads, who runs, virtual time.

Every simulated thread is a greenlet; one runs at a time. A thread that reaches a *point* (something that
others can see is about to happen) asks `preempt` or `block` who goes on; the answer comes from the
execution's strategy. The thread that was picked has been checked to be able to go on.

Guarantees
- The same strategy and the same program give the same execution.
- Time stands still while anybody can run. When nobody can, it jumps to the earliest deadline.
- A deadlock is found when it happens: nobody can run and nobody has a deadline.
- After `run` no thread of the execution runs any more, whatever its code catches.
Assumptions
- The program's only inputs are its own state, the simulated clock and the strategy.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from greenlet import getcurrent, greenlet

from harness.explore.memory import Memory
from harness.explore.simthread import SimThread, Waitable
from harness.explore.state import STATE

if TYPE_CHECKING:
    from harness.explore.failures import RawFailure

START_OF_TIME = 1024.0  # seconds; exact in binary, so that suites' times are too
MOMENT = 2.0**-30  # seconds
TIMEOUT_MAX = 9223372036.0  # seconds; CPython waits no longer
MOST_WAKEUPS = 2_000  # expired waits in one execution: more is polling
MOST_SWITCHES = 30_000  # between threads while no time passes: more is a livelock
MOST_THREADS = 256


ALIVE = "alive"  # among the visible locks: the end of a thread, where somebody asks without waiting for it


class Abandoned(BaseException):
    """Thrown into the threads of an execution that is over."""


_graveyard: list[greenlet] = []  # threads that would not die: kept, never run again


class Strategy(Protocol):
    """Decides who runs where there is a choice."""

    def choose(
        self, run: Execution, thread: SimThread, free: bool, others: list[SimThread]
    ) -> SimThread | None:
        """Who goes on: `thread` (unless `free`) or one of `others`; None ends the execution unheeded.

        `free`: `thread` cannot or should not go on, so that leaving it is no preemption.
        """


class Execution:
    """Runs a program once."""

    def __init__(self, strategy: Strategy, visible: set[int], visible_locks: set[object]) -> None:
        self.strategy = strategy
        self.visible_locks = visible_locks
        self.found_locks: set[object] = set()
        self.memory = Memory(visible)
        self.threads: list[SimThread] = []
        self.live: list[SimThread] = []
        self.clock = START_OF_TIME
        self.turns = 0
        self.switches = 0
        self.switches_then = 0  # when time passed last
        self.forced = 0
        self.writes_seen = 0
        self.wakeups: list[SimThread] = []  # threads whose waits expired, in order
        self.next: SimThread | None = None
        self.ended = False
        self.pruned = False
        self.failure: RawFailure | None = None
        self.tracer: Any = None
        self.hub: greenlet = getcurrent()
        self.name_of: Callable[[SimThread], str] = lambda thread: f"thread {thread.index}"
        self.is_daemon: Callable[[SimThread], bool] = lambda thread: False
        self.on_deadlock: Callable[[Execution], RawFailure | None] = lambda run: None
        self.on_exception: Callable[[Execution, BaseException], RawFailure] | None = None

    # -- the life of the execution ----------------------------------------------------------------

    def run(self, main: Callable[[], object]) -> None:
        """Runs `main` as the first thread, and all that it starts, to the end."""
        self.hub = getcurrent()
        STATE.run, STATE.memory, STATE.visible = self, self.memory, self.memory.visible
        STATE.access, STATE.tracer = self.memory.alone, self.tracer
        try:
            self.next = self._new_thread(main, None)
            while self.next is not None and not self.ended:
                thread, self.next = self.next, None
                self.switches = thread.ran_at = self.switches + 1
                STATE.thread = thread
                thread.glet.switch()
        finally:
            self._abandon()
            STATE.thread = None

    def _new_thread(self, body: Callable[[], object], parent: SimThread | None) -> SimThread:
        thread = SimThread(len(self.threads), parent)
        thread.glet = greenlet(lambda: self._body(thread, body), self.hub)
        self.threads.append(thread)
        self.live.append(thread)
        return thread

    def _body(self, thread: SimThread, body: Callable[[], object]) -> None:
        try:
            body()
            if thread.index:
                self._about_to_end(thread)
        except Abandoned:
            return
        except BaseException as error:  # whatever the program raises is a result
            if self.on_exception is not None and not self.ended:
                self.failure = self.on_exception(self, error)
                self.ended = True
        if not self.ended:
            self._finish(thread)

    def _about_to_end(self, thread: SimThread) -> None:
        """A point if somebody asks whether threads are alive: what it did can be seen before its end can."""
        thread.count += 1
        if thread.nudger is not None:
            self.come_back(thread)
        elif ALIVE in self.visible_locks:
            self.preempt(thread)

    def _finish(self, thread: SimThread) -> None:
        thread.count += 1
        thread.finished.free = True
        self.live.remove(thread)
        if self.tracer is not None:
            self.tracer.finished(self, thread)
        nudger, thread.nudger = thread.nudger, None
        if nudger is not None:
            self.next = nudger
        elif self.live:
            self.next = self._pick_or_none(thread)

    def _pick_or_none(self, thread: SimThread) -> SimThread | None:
        try:
            return self.pick(thread, can_continue=False)
        except Abandoned:
            return None

    def stop(self, failure: RawFailure | None) -> None:
        """Ends the execution from inside a thread; does not return."""
        self.failure = failure
        self.ended = True
        if getcurrent() is not self.hub:
            self.hub.switch()
        raise Abandoned

    def _abandon(self) -> None:
        self.ended = True
        STATE.thread, STATE.access, STATE.tracer = _DEAD, _ignore, None
        for thread in self.threads:
            glet = thread.glet
            _DEAD.count = 0
            if glet and not glet.dead:
                glet.parent = getcurrent()
                hook, sys.unraisablehook = sys.unraisablehook, _ignore  # generators that are closed
                glet.throw(Abandoned)
                sys.unraisablehook = hook
            if glet and not glet.dead:
                _graveyard.append(glet)

    # -- threads -------------------------------------------------------------------------------

    def start(self, body: Callable[[], object]) -> SimThread:
        """Starts a thread and lets it run up to its first point; the caller goes on."""
        parent = STATE.thread
        assert parent is not None
        if len(self.live) >= MOST_THREADS:
            raise RuntimeError("can't start new thread")
        thread = self._new_thread(body, parent)
        STATE.access = self.memory.access
        thread.nudger = parent
        self.next = thread
        self.hub.switch()  # which begins it: a thread that started it here would pass on its depth of recursion
        if self.ended:
            raise Abandoned
        return thread

    def nudge(self, thread: SimThread, other: SimThread) -> None:
        """Lets `other` run what nobody can see, up to its next point, and comes back."""
        other.nudger = thread
        STATE.thread = other
        other.glet.switch()
        if self.ended:
            raise Abandoned

    def come_back(self, thread: SimThread) -> None:
        """A nudged thread has reached a point: its nudger goes on, it waits to be picked."""
        if thread is _DEAD:
            self.refuse()
        nudger, thread.nudger = thread.nudger, None
        assert nudger is not None
        self.switch(nudger)

    def refuse(self) -> None:
        """Somebody still runs although the execution is over: unwind it, or leave it for good."""
        _DEAD.count += 1
        if _DEAD.count > 100:
            self.hub.switch() if getcurrent() is not self.hub else None
        raise Abandoned

    def switch(self, thread: SimThread) -> None:
        """Runs `thread`; returns when the caller is picked again."""
        STATE.thread = thread
        self.switches = thread.ran_at = self.switches + 1
        if self.switches - self.switches_then > MOST_SWITCHES:
            from harness.explore.failures import livelock

            self.stop(livelock(self, thread))
        thread.glet.switch()
        if self.ended:
            raise Abandoned

    # -- points ----------------------------------------------------------------------------------

    def preempt(self, thread: SimThread) -> None:
        """A point: `thread` could go on, but another may go first."""
        chosen = self.pick(thread, can_continue=True)
        if chosen is not thread:
            self.switch(chosen)

    def block(
        self, thread: SimThread, pending: Waitable, timeout: float | None, visible: bool
    ) -> bool:
        """Waits until `pending` is free (True) or the timeout is over (False)."""
        thread.count += 1
        if timeout is not None:
            timeout = as_seconds(timeout)
            if not timeout <= TIMEOUT_MAX:
                refuse_timeout(timeout)
        if pending.free and not visible and thread.nudger is None:
            return True
        thread.pending = pending
        if timeout is not None:
            thread.deadline = self.clock + timeout
        if thread.nudger is not None:
            self.come_back(thread)
        elif pending.free:
            self.preempt(thread)
        else:
            self._wait(thread)
        thread.pending = thread.deadline = None
        expired, thread.timed_out = thread.timed_out, False
        if pending.free:
            return True
        assert expired
        self._woke_by_timer(thread)
        return False

    def _wait(self, thread: SimThread) -> None:
        thread.turns = 0
        if self.tracer is not None:
            self.tracer.blocks(self, thread)
        chosen = self.pick(thread, can_continue=False)
        if chosen is not thread:
            self.switch(chosen)

    def _woke_by_timer(self, thread: SimThread) -> None:
        thread.chain = hash((thread.chain, self.clock))
        self.wakeups.append(thread)
        if len(self.wakeups) > MOST_WAKEUPS:
            from harness.explore.failures import polling

            self.stop(polling(self, thread))

    # -- who runs --------------------------------------------------------------------------------

    @staticmethod
    def can_run(thread: SimThread) -> bool:
        """Could `thread` go on if it were picked?"""
        pending = thread.pending
        return pending is None or pending.free or thread.timed_out

    def pick(self, thread: SimThread, can_continue: bool) -> SimThread:
        """Who runs next; makes time pass, or ends the execution, where nobody can."""
        others = [
            u
            for u in self.live
            if u is not thread and ((p := u.pending) is None or p.free or u.timed_out)
        ]
        if can_continue:
            return self.decide(thread, False, others) if others else thread
        while not others:
            self._idle(thread)
            others = [u for u in self.live if self.can_run(u)]
        return others[0] if len(others) == 1 else self.decide(thread, True, others)

    def decide(self, thread: SimThread, free: bool, others: list[SimThread]) -> SimThread:
        """Asks the strategy."""
        chosen = self.strategy.choose(self, thread, free, others)
        if chosen is None:
            self.pruned = True
            self.stop(None)
        assert chosen is not None
        if self.tracer is not None:
            self.tracer.decided(self, thread, chosen)
        return chosen

    def _idle(self, thread: SimThread) -> None:
        deadlines = [u.deadline for u in self.live if u.deadline is not None]
        if not deadlines or not self._worth_waiting():
            self.stop(self.on_deadlock(self))
        self.clock = max(self.clock, min(deadlines))
        self.switches_then = self.switches
        for sleeper in self.live:
            if sleeper.deadline is not None and sleeper.deadline <= self.clock:
                sleeper.timed_out = True

    def _worth_waiting(self) -> bool:
        """Daemons that sleep do not keep a program alive whose other threads have ended."""
        return any(not self.is_daemon(thread) for thread in self.live)


def as_seconds(given: float) -> float:
    """What CPython's C code takes for seconds: a float or an integer, but no Fraction and no Decimal."""
    return float(given if isinstance(given, float) else operator.index(given))


def refuse_timeout(timeout: float) -> None:
    """No `wait(math.inf)`: it raises this in CPython too."""
    if timeout != timeout:
        raise ValueError("Invalid value NaN (not a number)")
    raise OverflowError("timeout value is too large")


def _ignore(*access: object) -> None:
    """What threads do while they are unwound is no part of the execution."""


_DEAD = SimThread(-1, None)
_DEAD.nudger = _DEAD
