"""Missing: a task frees its place once (when it is taken, and again when it raises).

Level: 2
Killed by: test_a_task_that_raises_frees_its_place_once
Verdict: WRONG
Lesson: Cleaning up after an error gives back what was given back before: from then on the bound is
one too high for each failure. Let one line free what one line took, or count what is there.
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

    def run(self) -> bool:
        """Run the call, unless its future was cancelled first; whether nothing was raised."""
        if not self._future.set_running_or_notify_cancel():
            return True
        try:
            result = self._fn(*self._args, **self._kwargs)
        except BaseException as error:
            self._future.set_exception(error)
            return False
        else:
            self._future.set_result(result)
            return True

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
        self._room = threading.Condition(self._lock)
        self._waiting: list[tuple[int, int, _Task]] = []
        self._pending = 0
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
                self._room.wait()
            if self._closed:
                raise RuntimeError("submit after shutdown: this pool takes no more tasks")
            heapq.heappush(self._waiting, (priority, self._accepted, task))
            self._accepted += 1
            self._pending += 1
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
        return self._max_pending is not None and self._pending >= self._max_pending

    def _free(self) -> None:
        """Give a place back. self._lock must be held."""
        self._pending -= 1
        self._room.notify()

    def _run(self, task: _Task) -> None:
        """Run the task, and clean up if it fails."""
        if not task.run():
            with self._lock:
                self._free()

    def _work(self) -> None:
        """A worker's life: run one task after the other until the pool is closed and empty."""
        while (task := self._take()) is not None:
            self._run(task)
            del task

    def _take(self) -> _Task | None:
        """The most urgent task, when there is one; None when there never will be one again."""
        with self._lock:
            while not self._waiting:
                if self._closed:
                    return None
                self._task_waits.wait()
            _, _, task = heapq.heappop(self._waiting)
            self._free()
            return task
