"""Missing: the threads are reused for ever (after 1,000 tasks a new one takes over).

Level: 2
Killed by: test_without_max_pending_no_submit_blocks
Verdict: WRONG
Lesson: A limit of tasks a worker is for processes that leak memory; threads share theirs. Here no
other thread than those of the constructor may run a task.
"""

import heapq
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any


class _Task:
    """A call that somebody is waiting for, and the future that tells them."""

    def __init__(self, future: Future, fn: Callable[..., Any], args: tuple, kwargs: dict) -> None:
        self._future = future
        self._fn = fn
        self._args = args
        self._kwargs = kwargs

    def run(self) -> None:
        """Run the call, unless its future was cancelled first, and complete the future."""
        # One atomic step of the future decides between us and cancel(); asking cancelled() first
        # and running afterwards would leave a gap. If cancel() won, this also tells wait()ers.
        if not self._future.set_running_or_notify_cancel():
            return
        try:
            result = self._fn(*self._args, **self._kwargs)
        except BaseException as error:  # SystemExit too: it is the task that ends, not the worker
            self._future.set_exception(error)
        else:
            self._future.set_result(result)

    def drop(self) -> None:
        """Complete the future as cancelled. Nobody may take the task any more."""
        self._future.cancel()
        # cancel() alone wakes result(), but not concurrent.futures.wait() and as_completed().
        self._future.set_running_or_notify_cancel()


class ThreadPool:
    """`num_workers` threads that run submitted calls, the most urgent first."""

    def __init__(self, num_workers: int, max_pending: int | None = None) -> None:
        if num_workers < 1:
            raise ValueError(f"num_workers must be at least 1, not {num_workers}")
        if max_pending is not None and max_pending < 1:
            raise ValueError(f"max_pending must be at least 1 or None, not {max_pending}")
        self._max_pending = max_pending
        self._lock = threading.Lock()
        # Two conditions, so that a notification cannot go to the wrong kind of sleeper and be lost.
        self._task_waits = threading.Condition(self._lock)
        self._room = threading.Condition(self._lock)
        # guarded by self._lock
        self._waiting: list[tuple[int, int, _Task]] = []  # a heap of (priority, number, task)
        self._accepted = 0  # the next task's number: breaks ties in order, and before tasks compare
        self._closed = False
        # written only here
        self._workers = [threading.Thread(target=self._work) for _ in range(num_workers)]
        for worker in self._workers:
            worker.start()

    def submit(
        self, fn: Callable[..., Any], /, *args: Any, priority: int = 0, **kwargs: Any
    ) -> Future:
        """Queue the call fn(*args, **kwargs); block while the queue is full."""
        future: Future = Future()
        task = _Task(future, fn, args, kwargs)
        with self._lock:
            while self._is_full() and not self._closed:
                self._room.wait()
            if self._closed:
                raise RuntimeError("submit after shutdown: this pool takes no more tasks")
            heapq.heappush(self._waiting, (priority, self._accepted, task))
            self._accepted += 1
            self._task_waits.notify()
        return future

    def shutdown(self, wait: bool = True, *, cancel_pending: bool = False) -> None:
        """Take no more tasks; with `wait`, return when every worker has ended."""
        dropped: list[tuple[int, int, _Task]] = []
        with self._lock:
            self._closed = True
            if cancel_pending:
                dropped, self._waiting = self._waiting, []
            self._task_waits.notify_all()
            self._room.notify_all()
        for _, _, task in dropped:
            task.drop()
        if wait:
            for worker in self._workers:
                worker.join()

    def __enter__(self) -> "ThreadPool":
        return self

    def __exit__(self, *exc: object) -> None:
        self.shutdown(wait=True)

    def _is_full(self) -> bool:
        """Whether no place is free. self._lock must be held."""
        return self._max_pending is not None and len(self._waiting) >= self._max_pending

    def _work(self) -> None:
        """A worker's life: run one task after the other until the pool is closed and empty."""
        for _ in range(1000):
            if (task := self._take()) is None:
                return
            task.run()
            del task  # or its arguments and result would live on while this worker sleeps
        worker = threading.Thread(target=self._work)
        self._workers.append(worker)
        worker.start()

    def _take(self) -> _Task | None:
        """The most urgent task, when there is one; None when there never will be one again."""
        with self._lock:
            while not self._waiting:
                if self._closed:
                    return None
                self._task_waits.wait()
            _, _, task = heapq.heappop(self._waiting)
            # One place freed, one submitter told. Should another one take the place first, the
            # woken one looks again and sleeps on; the next take tells the next.
            self._room.notify()
            return task
