"""Right: two queue.SimpleQueue objects carry tickets; the tasks lie in a heap under a Lock.

A worker takes a ticket first and then the most urgent task, which need not be the one that the
ticket was written for. Places are tickets too: `max_pending` of them lie ready. A worker that gets
None instead of a ticket leaves: whoever holds an earlier ticket will take what is left.
"""

import heapq
import queue
import threading
from concurrent.futures import Future


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1 or (max_pending is not None and max_pending < 1):
            raise ValueError("num_workers and max_pending must be at least 1")
        self._bounded = max_pending is not None
        self._places = queue.SimpleQueue()
        for _ in range(max_pending or 0):
            self._places.put("place")
        self._tickets = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._heap = []
        self._number = 0
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, daemon=True) for _ in range(num_workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = Future()
        if self._bounded:
            self._places.get()
        with self._lock:
            if self._closed:
                self._places.put("place")  # for the next one who is blocked
                raise RuntimeError("the pool no longer takes tasks")
            self._number += 1
            heapq.heappush(self._heap, (priority, self._number, (future, fn, args, kwargs)))
            self._tickets.put("ticket")
        return future

    def shutdown(self, wait=True, *, cancel_pending=False):
        dropped = []
        with self._lock:
            if not self._closed:
                self._closed = True
                self._places.put("place")
                for _ in self._threads:
                    self._tickets.put(None)
            if cancel_pending:
                dropped, self._heap = self._heap, []
        for _, _, task in dropped:
            task[0].cancel()
            task[0].set_running_or_notify_cancel()
        if wait:
            for thread in self._threads:
                thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shutdown(wait=True)

    def _work(self):
        while self._tickets.get() is not None:
            with self._lock:
                if not self._heap:  # its task was cancelled by shutdown
                    continue
                future, fn, args, kwargs = heapq.heappop(self._heap)[2]
            if self._bounded:
                self._places.put("place")
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(fn(*args, **kwargs))
                except BaseException as error:
                    future.set_exception(error)
