"""Missing: a sleeper that has been told is forgotten (each shutdown lets all of them go again).

Level: 3
Killed by: test_a_blocked_submit_raises_when_the_pool_shuts_down[1-False]
Verdict: WRONG
Lesson: A sleeper with a lock of his own is let go once: to release the lock again, when he has long
gone, raises RuntimeError. Whoever wakes a sleeper takes him off the list, at the end of the pool too.
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
        if not self._future.set_running_or_notify_cancel():
            return
        try:
            result = self._fn(*self._args, **self._kwargs)
        except BaseException as error:
            self._future.set_exception(error)
        else:
            self._future.set_result(result)

    def drop(self) -> None:
        """Complete the future as cancelled. Nobody may take the task any more."""
        self._future.cancel()
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
        self._task_waits = threading.Condition(self._lock)
        self._blocked: list[threading.Lock] = []
        self._waiting: list[tuple[int, int, _Task]] = []
        self._accepted = 0
        self._closed = False
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
                mine = threading.Lock()
                mine.acquire()
                self._blocked.append(mine)
                self._lock.release()
                mine.acquire()
                self._lock.acquire()
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
            for sleeper in self._blocked:
                sleeper.release()
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
        while (task := self._take()) is not None:
            task.run()
            del task

    def _take(self) -> _Task | None:
        """The most urgent task, when there is one; None when there never will be one again."""
        with self._lock:
            while not self._waiting:
                if self._closed:
                    return None
                self._task_waits.wait()
            _, _, task = heapq.heappop(self._waiting)
            if self._blocked and not self._closed:
                self._blocked.pop(0).release()
            return task
