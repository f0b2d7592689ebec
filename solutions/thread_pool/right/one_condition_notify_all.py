"""Right: one Condition for workers and submitters alike, notify_all at every change.

Over-notifying is slow (every sleeper wakes and looks again) but never wrong: with notify_all nobody
can be told in somebody else's place. The Condition brings its own RLock.
"""

import heapq
import threading
from concurrent.futures import Future


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1:
            raise ValueError("num_workers < 1")
        if max_pending is not None and max_pending < 1:
            raise ValueError("max_pending < 1")
        self._limit = float("inf") if max_pending is None else max_pending
        self._changed = threading.Condition()
        self._heap = []
        self._count = 0
        self._open = True
        self._threads = []
        for index in range(num_workers):
            thread = threading.Thread(target=self._run, name=f"pool-worker-{index}")
            self._threads.append(thread)
            thread.start()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = Future()
        with self._changed:
            self._changed.wait_for(lambda: not self._open or len(self._heap) < self._limit)
            if not self._open:
                raise RuntimeError("cannot submit: pool is shut down")
            self._count += 1
            heapq.heappush(self._heap, (priority, self._count, future, fn, args, kwargs))
            self._changed.notify_all()
        return future

    def shutdown(self, wait=True, *, cancel_pending=False):
        with self._changed:
            self._open = False
            cancelled = []
            if cancel_pending:
                while self._heap:
                    cancelled.append(heapq.heappop(self._heap)[2])
            self._changed.notify_all()
        for future in cancelled:
            future.cancel()
            future.set_running_or_notify_cancel()
        if wait:
            for thread in self._threads:
                thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shutdown()

    def _run(self):
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._heap or not self._open)
                if not self._heap:
                    return
                _, _, future, fn, args, kwargs = heapq.heappop(self._heap)
                live = future.set_running_or_notify_cancel()
                self._changed.notify_all()
            if live:
                try:
                    future.set_result(fn(*args, **kwargs))
                except BaseException as error:
                    future.set_exception(error)
