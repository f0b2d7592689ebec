"""Right: sleepers wait for "the next change", an Event that every change sets and replaces.

A sleeper picks up the current Event under the lock, together with the look that told it to sleep,
so a change that comes in between sets exactly the Event that it is about to wait for.
"""

import heapq
import threading
from concurrent.futures import Future

_AGAIN = object()


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1 or (max_pending is not None and max_pending < 1):
            raise ValueError("num_workers and max_pending must be at least 1")
        self._max_pending = max_pending
        self._lock = threading.Lock()
        self._next_change = threading.Event()
        self._heap = []
        self._number = 0
        self._closed = False
        self._workers = [threading.Thread(target=self._work) for _ in range(num_workers)]
        for worker in self._workers:
            worker.start()

    def _changed(self):
        """Tell every sleeper. self._lock is held."""
        self._next_change.set()
        self._next_change = threading.Event()

    def _when_possible(self, attempt):
        """What `attempt` returns, once it returns something other than _AGAIN."""
        while True:
            with self._lock:
                outcome = attempt()
                if outcome is not _AGAIN:
                    self._changed()
                    return outcome
                change = self._next_change
            change.wait()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = Future()

        def attempt():
            if self._closed:
                return False
            if self._max_pending is not None and len(self._heap) >= self._max_pending:
                return _AGAIN
            self._number += 1
            heapq.heappush(self._heap, (priority, self._number, (future, fn, args, kwargs)))
            return True

        if not self._when_possible(attempt):
            raise RuntimeError("submit after shutdown")
        return future

    def shutdown(self, wait=True, *, cancel_pending=False):
        dropped = []
        with self._lock:
            self._closed = True
            if cancel_pending:
                dropped, self._heap = self._heap, []
            self._changed()
        for _, _, task in dropped:
            task[0].cancel()
            task[0].set_running_or_notify_cancel()
        if wait:
            for worker in self._workers:
                worker.join()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shutdown(wait=True)

    def _take(self):
        if self._heap:
            return heapq.heappop(self._heap)[2]
        return None if self._closed else _AGAIN

    def _work(self):
        while (task := self._when_possible(self._take)) is not None:
            future, fn, args, kwargs = task
            if future.set_running_or_notify_cancel():
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
