"""Right: a done-callback on each future frees the place of a cancelled task at once.

The heap holds numbers only; a dict from number to task says which of them still wait. Cancelling
removes the task from the dict and leaves its number in the heap, to be passed over later. The bound
looks at the dict.
"""

import functools
import heapq
import threading
from concurrent.futures import Future


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1 or (max_pending is not None and max_pending < 1):
            raise ValueError("num_workers and max_pending must be at least 1")
        self._max_pending = max_pending
        self._mutex = threading.RLock()
        self._work_ready = threading.Condition(self._mutex)
        self._place_free = threading.Condition(self._mutex)
        self._order = []  # a heap of (priority, number)
        self._waiting = {}  # number -> task
        self._submitted = 0
        self._closed = False
        self._crew = [threading.Thread(target=self._worker) for _ in range(num_workers)]
        for thread in self._crew:
            thread.start()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = Future()
        with self._mutex:
            while not self._closed and len(self._waiting) == self._max_pending:
                self._place_free.wait()
            if self._closed:
                raise RuntimeError("submit: the pool has been shut down")
            number = self._submitted
            self._submitted += 1
            self._waiting[number] = (future, functools.partial(fn, *args, **kwargs))
            heapq.heappush(self._order, (priority, number))
            self._work_ready.notify()
        # Run at once, here, if the task is over already.
        future.add_done_callback(lambda done: self._when_done(number, done))
        return future

    def _when_done(self, number, future):
        if not future.cancelled():
            return
        with self._mutex:
            mine = self._waiting.pop(number, None) is not None
            if mine:
                self._place_free.notify()
        if mine:
            future.set_running_or_notify_cancel()

    def shutdown(self, wait=True, *, cancel_pending=False):
        with self._mutex:
            self._closed = True
            doomed = list(self._waiting.values()) if cancel_pending else []
            if cancel_pending:
                self._waiting.clear()
                self._order.clear()
            self._work_ready.notify_all()
            self._place_free.notify_all()
        for future, _ in doomed:
            future.cancel()
            future.set_running_or_notify_cancel()
        if wait:
            for thread in self._crew:
                thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shutdown(wait=True)

    def _next(self):
        with self._mutex:
            while not self._waiting:
                if self._closed:
                    return None
                self._work_ready.wait()
            while True:
                _, number = heapq.heappop(self._order)
                if number in self._waiting:
                    self._place_free.notify()
                    return self._waiting.pop(number)

    def _worker(self):
        while (task := self._next()) is not None:
            future, call = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = call()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
