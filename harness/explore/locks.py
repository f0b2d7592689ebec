"""Simulated locks: what `_thread` gives to CPython's own `threading`.

Guarantees
- Taking a lock that another thread may want is a point; releasing one is a point only if somebody asks
  for it without waiting (a release commutes with everything else that others can do meanwhile).
- Misuse raises what the real lock raises.
Assumptions
- `HiddenLock`s are used by the standard library alone, to park one thread until another wakes it.
"""

from __future__ import annotations

import sys
from types import TracebackType

from harness.explore.kernel import MOMENT, TIMEOUT_MAX, Abandoned, as_seconds, refuse_timeout
from harness.explore.memory import Clock, merge
from harness.explore.simthread import SimThread
from harness.explore.state import STATE

QUEUE_SITE = -2  # stands for the calls of a SimpleQueue: always visible


def _timeout(blocking: bool, timeout: float) -> float | None:
    """None for ever; checks the arguments as CPython does."""
    timeout = as_seconds(timeout)
    if not blocking and timeout != -1:
        raise ValueError("can't specify a timeout for a non-blocking call")
    if timeout < 0 and timeout != -1:
        raise ValueError("timeout value must be a non-negative number")
    if not timeout <= TIMEOUT_MAX:
        refuse_timeout(timeout)
    return None if timeout == -1 else timeout


_early: list[_Lock] = []  # locks that were made at import time, which every execution finds anew


def renew_early_locks() -> None:
    """Lets go of the locks of modules that are loaded once for all executions."""
    for lock in _early:
        lock.forget()


class _Lock:
    """What Lock and RLock share: a name, an owner, a chain of events."""

    __slots__ = ("__weakref__", "chain", "clock", "free", "key", "owner", "takers")
    kind = "lock"

    def __init__(self) -> None:
        self.free = True
        self.owner: SimThread | None = None
        self.chain = 0
        self.clock: Clock = {}  # what the last release comes after
        self.takers: dict[SimThread, int] = {}
        thread = STATE.thread
        if thread is None:  # made at import time
            self.key = (-1, len(_early))
            _early.append(self)
            return
        self.key = (thread.index, thread.locks_made)
        thread.locks_made += 1

    def forget(self) -> None:
        """As new: for a lock that outlives an execution."""
        self.free, self.owner, self.chain = True, None, 0
        self.clock, self.takers = {}, {}

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return self is other

    def _take(self, thread: SimThread) -> None:
        self.free = False
        self.owner = thread
        thread.chain = self.chain = hash((thread.chain, self.chain))
        if self.takers and self.key not in STATE.run.visible_locks:
            self._shared_by(thread)
        self.takers[thread] = thread.epoch
        merge(thread.known, self.clock)
        if STATE.tracer is not None:
            STATE.tracer.took(STATE.run, thread, self)

    def _shared_by(self, thread: SimThread) -> None:
        known = thread.known
        for other, epoch in self.takers.items():
            if other is not thread and epoch > known.get(other, -1):
                STATE.run.found_locks.add(self.key)
                return

    def _asked_without_waiting(self) -> None:
        """Who only asks sees whether somebody holds it: taking it and letting go of it both become points."""
        STATE.run.found_locks.update((self.key, (self.key, "tried")))

    def _is_handed_over(self) -> bool:
        """Does somebody release it, or ask for it, who does not hold it?"""
        return (self.key, "tried") in STATE.run.visible_locks

    def _let_go(self, thread: SimThread) -> None:
        self.owner = None
        self.free = True
        thread.chain = self.chain = hash((thread.chain, self.chain, 1))
        self.clock = {**thread.known, thread: thread.epoch}
        thread.epoch += 1
        if STATE.tracer is not None:
            STATE.tracer.released(STATE.run, thread, self)

    def _acquire(self, thread: SimThread, blocking: bool, timeout: float | None) -> bool:
        """Takes a lock that `thread` does not own."""
        run = STATE.run
        if blocking and timeout is None:
            run.block(thread, self, None, self.key in run.visible_locks)
            self._take(thread)
            return True
        return self._try(thread, timeout if blocking else None)

    def _try(self, thread: SimThread, timeout: float | None) -> bool:
        run = STATE.run
        self._asked_without_waiting()
        if timeout is not None and timeout > 0:
            got = run.block(thread, self, timeout, True)
        else:
            lock_point(thread)
            got = self.free
        if got:
            self._take(thread)
        else:
            thread.chain = self.chain = hash((thread.chain, self.chain, 2))
        return got

    def _before_release(self, thread: SimThread) -> None:
        thread.count += 1
        if thread.nudger is not None:
            STATE.run.come_back(thread)
        elif (self.key, "tried") in STATE.run.visible_locks:
            STATE.run.preempt(thread)

    def _locked(self) -> bool:
        thread = STATE.thread
        if thread is not None and (self.owner is not thread or self._is_handed_over()):
            self._asked_without_waiting()
            lock_point(thread)
            thread.chain = self.chain = hash((thread.chain, self.chain, 2))
        return not self.free

    def __reduce__(self) -> str:
        raise TypeError(f"cannot pickle '_thread.{self.kind}' object")

    def _at_fork_reinit(self) -> None:
        self.free, self.owner = True, None


def lock_point(thread: SimThread) -> None:
    """A point whatever the search looks at."""
    thread.count += 1
    if thread.nudger is not None:
        STATE.run.come_back(thread)
    else:
        STATE.run.preempt(thread)


def running() -> SimThread:
    """The simulated thread that runs."""
    thread = STATE.thread
    if thread is None:
        raise RuntimeError("a simulated lock was used outside of a simulated execution")
    if thread.index < 0:
        raise Abandoned
    return thread


class Lock(_Lock):
    """`threading.Lock`."""

    __slots__ = ()
    locked = _Lock._locked

    def __init_subclass__(cls) -> None:
        raise TypeError("type '_thread.lock' is not an acceptable base type")

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        limit = _timeout(blocking, timeout)
        if STATE.thread is None:
            was_free, self.free = self.free, False
            return was_free
        thread = running()
        if not blocking and self.owner is thread and not self._is_handed_over():
            return False  # nobody else can change that meanwhile
        return self._acquire(thread, blocking, limit)

    def release(self) -> None:
        thread = STATE.thread
        if thread is None or thread.index < 0:
            self.free, self.owner = True, None
            return
        if self.owner is not thread:  # it serves as a signal: who is first can be seen
            self._asked_without_waiting()
        self._before_release(thread)
        if self.free:
            raise RuntimeError("release unlocked lock")
        self._let_go(thread)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    acquire_lock, release_lock, locked_lock = acquire, release, _Lock._locked

    # -- what Condition would find out by trying ----------------------------------------------------

    def _is_owned(self) -> bool:
        """As in CPython, a plain lock that anybody holds counts as one's own."""
        return self.owner is STATE.thread or self._locked()

    def __repr__(self) -> str:
        state = "unlocked" if self.free else "locked"
        return f"<{state} _thread.lock object>"


class RLock(_Lock):
    """`threading.RLock`."""

    __slots__ = ("depth",)
    kind = "RLock"
    if sys.version_info >= (3, 14):
        locked = _Lock._locked

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0

    def forget(self) -> None:
        super().forget()
        self.depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        limit = _timeout(blocking, timeout)
        if STATE.thread is None:
            self.depth += 1
            return True
        thread = running()
        if self.owner is thread:
            self.depth += 1
            return True
        if self._acquire(thread, blocking, limit):
            self.depth = 1
            return True
        return False

    def release(self) -> None:
        thread = STATE.thread
        if thread is None or thread.index < 0:
            self.depth = max(0, self.depth - 1)
            return
        if self.owner is not thread:
            raise RuntimeError("cannot release un-acquired lock")
        if self.depth == 1:
            self._before_release(thread)
        self.depth -= 1
        if self.depth == 0:
            self._let_go(thread)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    # -- what Condition asks of an RLock ----------------------------------------------------------

    def _is_owned(self) -> bool:
        return self.owner is STATE.thread

    def _recursion_count(self) -> int:
        return self.depth if self._is_owned() else 0

    def _release_save(self) -> int:
        thread = STATE.thread
        if thread is None or thread.index < 0:
            return 0
        self._before_release(thread)
        depth, self.depth = self.depth, 0
        self._let_go(thread)
        return depth

    def _acquire_restore(self, depth: int) -> None:
        self._acquire(running(), True, None)
        self.depth = depth

    def __repr__(self) -> str:
        state = "unlocked" if self.free else "locked"
        return f"<{state} _thread.RLock object owner={self.owner and self.owner.ident} count={self.depth}>"


class HiddenLock:
    """A lock of the standard library's own bookkeeping: no point of its own.

    `Condition.wait` parks a thread on one; whoever notifies releases it. The woken thread then runs on to
    its next point at once (it only goes to take the condition's lock again).
    """

    __slots__ = ("__weakref__", "chain", "clock", "free", "sleeper")

    def __init__(self) -> None:
        self.free = True
        self.chain = 0
        self.clock: Clock = {}
        self.sleeper: SimThread | None = None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        thread = STATE.thread
        if self.free:
            self.free = False
            return True
        if thread is None:
            return False
        if not blocking or timeout == 0:
            if thread.gave_up_at != STATE.run.clock:
                return False
            timeout = MOMENT  # it waits on at its deadline, for the time that is left: none
        self.sleeper = running()
        got = STATE.run.block(thread, self, None if timeout < 0 else timeout, False)
        self.sleeper = None
        if not got:
            thread.gave_up_at = STATE.run.clock
        else:
            self.free = False
            thread.chain = hash((thread.chain, self.chain))
            merge(thread.known, self.clock)
        return got

    def release(self) -> None:
        self.free = True
        thread, sleeper = STATE.thread, self.sleeper
        if thread is None or thread.index < 0:
            return
        self.chain = thread.chain
        self.clock = {**thread.known, thread: thread.epoch}
        thread.epoch += 1
        if sleeper is not None:
            if STATE.tracer is not None:
                STATE.tracer.woke(STATE.run, thread, sleeper)
            STATE.run.nudge(thread, sleeper)

    def locked(self) -> bool:
        return not self.free

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *exc: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self.free = True


class NoLock:
    """For bookkeeping that runs without points, hence alone: nothing to exclude."""

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        return True

    def release(self) -> None:
        pass

    def locked(self) -> bool:
        return False

    def __enter__(self) -> bool:
        return True

    def __exit__(self, *exc: object) -> None:
        pass

    def _at_fork_reinit(self) -> None:
        pass
