"""Right: shutdown wakes one worker and one submitter; each one that leaves wakes the next.

notify_all is the simple way, not the only one: it is enough that nobody who leaves for good keeps a
wakeup to himself.
"""

import heapq
import threading
from concurrent.futures import Future


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1 or (max_pending is not None and max_pending < 1):
            raise ValueError("num_workers and max_pending must be at least 1")
        self._max_pending = max_pending
        self._lock = threading.Lock()
        self._work_waits = threading.Condition(self._lock)
        self._room = threading.Condition(self._lock)
        self._heap = []
        self._number = 0
        self._closed = False
        self._workers = tuple(threading.Thread(target=self._work) for _ in range(num_workers))
        for worker in self._workers:
            worker.start()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = Future()
        with self._lock:
            while not self._closed and len(self._heap) == self._max_pending:
                self._room.wait()
            if self._closed:
                self._room.notify()  # the baton
                raise RuntimeError("the pool was shut down")
            self._number += 1
            heapq.heappush(self._heap, (priority, self._number, (future, fn, args, kwargs)))
            self._work_waits.notify()
        return future

    def shutdown(self, wait=True, *, cancel_pending=False):
        dropped = []
        with self._lock:
            self._closed = True
            if cancel_pending:
                dropped, self._heap = self._heap, []
            self._work_waits.notify()
            self._room.notify()
        for _, _, (future, *_) in dropped:
            future.cancel()
            future.set_running_or_notify_cancel()
        if wait:
            for worker in self._workers:
                worker.join()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shutdown(wait=True)

    def _work(self):
        while True:
            with self._lock:
                while not self._heap and not self._closed:
                    self._work_waits.wait()
                if not self._heap:
                    self._work_waits.notify()  # the baton
                    return
                _, _, (future, fn, args, kwargs) = heapq.heappop(self._heap)
                self._room.notify()
            if future.set_running_or_notify_cancel():
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
