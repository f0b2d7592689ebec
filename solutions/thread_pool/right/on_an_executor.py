"""Right: the threads come from ThreadPoolExecutor; what they run is this pool's own loop.

The executor starts its threads lazily, one a submitted call while none is idle. The constructor
submits `num_workers` endless loops, so that exactly as many threads start, and no more later. What
the executor lacks (a bound, priorities, telling wait() of cancelled futures) the loop brings.
"""

import heapq
import threading
from concurrent.futures import Future, ThreadPoolExecutor


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1 or (max_pending is not None and max_pending < 1):
            raise ValueError("num_workers and max_pending must be at least 1")
        self._max_pending = max_pending
        self._lock = threading.Lock()
        self._has_task = threading.Condition(self._lock)
        self._has_room = threading.Condition(self._lock)
        self._heap = []
        self._number = 0
        self._closed = False
        self._executor = ThreadPoolExecutor(num_workers)
        for _ in range(num_workers):
            self._executor.submit(self._loop)

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = Future()
        with self._lock:
            while len(self._heap) == self._max_pending and not self._closed:
                self._has_room.wait()
            if self._closed:
                raise RuntimeError("cannot schedule new tasks after shutdown")
            heapq.heappush(self._heap, (priority, self._number, future, fn, args, kwargs))
            self._number += 1
            self._has_task.notify()
        return future

    def shutdown(self, wait=True, *, cancel_pending=False):
        with self._lock:
            self._closed = True
            dropped = [entry[2] for entry in self._heap] if cancel_pending else []
            if cancel_pending:
                self._heap.clear()
            self._has_task.notify_all()
            self._has_room.notify_all()
        for future in dropped:
            future.cancel()
            future.set_running_or_notify_cancel()
        self._executor.shutdown(wait=wait)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shutdown(wait=True)

    def _loop(self):
        while True:
            with self._lock:
                while not self._heap:
                    if self._closed:
                        return
                    self._has_task.wait()
                _, _, future, fn, args, kwargs = heapq.heappop(self._heap)
                self._has_room.notify()
            if future.set_running_or_notify_cancel():
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
