"""The Python API of thread_pool over its C reference: Python calls run on the threads that C starts.

Guarantees: an exception never passes through C; the future has it. A worker is seen by `threading`
from its first task on to its last. When the interpreter ends, pools that were left open are shut down
first, so that no thread comes back to an interpreter that is gone.
"""

import atexit
import heapq
import itertools
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from harness.native.bind import load
from harness.suite import NeedsExplorer

ffi, lib = load("thread_pool")

_MOST = sys.maxsize  # beyond what a priority in C may be, as is -_MOST - 1

# C has no references, so what it points to is kept here: tasks that were accepted, pools with threads.
_accepted: set["_Task | _Ticket"] = set()
_open: set["ThreadPool"] = set()


class _Task:
    """A call and its future."""

    def __init__(
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.future: Future[Any] = Future()
        self.handle = ffi.new_handle(self)
        self._call = fn, args, kwargs

    def run(self) -> None:
        """Completes the future with what the call gives, unless its owner has cancelled it."""
        if not self.future.set_running_or_notify_cancel():
            return
        fn, args, kwargs = self._call
        try:
            result = fn(*args, **kwargs)
        except BaseException as error:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)

    def drop(self) -> None:
        """Completes the future as cancelled."""
        self.future.cancel()
        self.future.set_running_or_notify_cancel()


class _Beyond:
    """The tasks of a pool whose priority is too large, or too small, for C to tell apart.

    In C they all have one priority, and stand there as tickets. Each ticket that is accepted puts one
    task in here, and each one that is reached takes out the most urgent.
    """

    def __init__(self) -> None:
        self._there = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._heap: list[tuple[int, int, _Task]] = []

    def put(self, priority: int, task: _Task) -> None:
        """To be called when the ticket has been accepted."""
        with self._lock:
            heapq.heappush(self._heap, (priority, next(self._numbers), task))
        self._there.release()

    def take(self) -> _Task:
        """Waits no longer than it takes the one whose ticket was accepted to put his task in."""
        self._there.acquire()
        with self._lock:
            return heapq.heappop(self._heap)[-1]


class _Ticket:
    def __init__(self, beyond: _Beyond) -> None:
        self.handle = ffi.new_handle(self)
        self._beyond = beyond

    def run(self) -> None:
        self._beyond.take().run()

    def drop(self) -> None:
        self._beyond.take().drop()


class _Worker(threading.Thread):
    """What `threading` shows of a thread that C has started, for as long as it runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)  # not for threading to wait for: _close does
        self._number = threading.get_ident()
        self._over = threading.Event()

    @property
    def ident(self) -> int:
        """As of any thread."""
        return self._number

    def is_alive(self) -> bool:
        """Whether it has not come to its end."""
        return not self._over.is_set()

    def join(self, timeout: float | None = None) -> None:
        """Waits for its end."""
        self._over.wait(timeout)

    def enter(self) -> None:
        """Makes threading.enumerate and current_thread see it: there is no public way to."""
        vars(threading)["_active"][self._number] = self

    def leave(self) -> None:
        """Its last Python."""
        del vars(threading)["_active"][self._number]
        self._over.set()


@ffi.callback("void *(void *)")
def _run(handle: Any) -> Any:
    task = ffi.from_handle(handle)
    _accepted.discard(task)
    task.run()
    return ffi.NULL


@ffi.callback("void (void *)")
def _drop(handle: Any) -> None:
    task = ffi.from_handle(handle)
    _accepted.discard(task)
    task.drop()


@ffi.callback("void (void *)")
def _enter(handle: Any) -> None:
    _Worker().enter()
    ffi.from_handle(handle).release()


@ffi.callback("void (void *)")
def _leave(handle: Any) -> None:
    worker = threading.current_thread()
    assert isinstance(worker, _Worker)
    worker.leave()


@atexit.register
def _close() -> None:
    for pool in list(_open):
        pool.shutdown()


class ThreadPool:
    """See katas/thread_pool."""

    def __init__(self, num_workers: int, max_pending: int | None = None) -> None:
        if num_workers < 1:
            raise ValueError(f"num_workers must be at least 1, not {num_workers}")
        if max_pending is not None and max_pending < 1:
            raise ValueError(f"max_pending must be at least 1 or None, not {max_pending}")
        entered = threading.Semaphore(0)
        self._entered = ffi.new_handle(entered), entered
        hooks = ffi.new("struct pool_hooks *", (_enter, _leave, self._entered[0]))
        made = lib.pool_new(min(num_workers, _MOST), min(max_pending or 0, _MOST), hooks)
        if not made:
            raise RuntimeError(f"{num_workers} threads cannot be started")
        self._pool = ffi.gc(made, lib.pool_delete)
        self._beyond = {_MOST: _Beyond(), -_MOST - 1: _Beyond()}
        _open.add(self)
        for _ in range(num_workers):
            entered.acquire()

    def submit(
        self, fn: Callable[..., Any], /, *args: Any, priority: int = 0, **kwargs: Any
    ) -> Future[Any]:
        """Blocks while there is no room."""
        task = _Task(fn, args, kwargs)
        if -_MOST <= priority < _MOST:
            self._queue(task, priority)
        else:
            side = _MOST if priority > 0 else -_MOST - 1
            self._queue(_Ticket(self._beyond[side]), side)
            self._beyond[side].put(priority, task)
        return task.future

    def _queue(self, task: _Task | _Ticket, priority: int) -> None:
        _accepted.add(task)
        answer = lib.pool_submit(self._pool, _run, _drop, task.handle, priority, ffi.NULL)
        if answer == lib.POOL_ACCEPTED:
            return
        _accepted.discard(task)
        if answer == lib.POOL_CLOSED:
            raise RuntimeError("submit after shutdown: this pool takes no more tasks")
        raise MemoryError

    def shutdown(self, wait: bool = True, *, cancel_pending: bool = False) -> None:
        """Waits for the workers too, unless told not to."""
        if not lib.pool_shutdown(self._pool, wait, cancel_pending):
            raise RuntimeError("a task cannot wait for the end of its own pool")
        if wait:
            _open.discard(self)  # its threads are gone, so it may go too

    def __enter__(self) -> "ThreadPool":
        return self

    def __exit__(self, *exc: object) -> None:
        if NeedsExplorer in exc:  # the check ends here, and nobody will let its tasks go on
            return
        self.shutdown(wait=True)
