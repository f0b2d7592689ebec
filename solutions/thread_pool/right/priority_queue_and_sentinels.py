"""Right: queue.PriorityQueue and one sentinel a worker, with a semaphore for the places.

The sentinels sort behind every task: infinity is greater than any int, sys.maxsize is not. The
queue itself is unbounded, since a bounded one would have no room for the sentinels; the bound is a
semaphore. At shutdown one extra permit goes round: each blocked submitter takes it, finds the pool
closed, puts it back for the next, and raises.
"""

import itertools
import math
import queue
import threading
from concurrent.futures import Future


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1 or (max_pending is not None and max_pending < 1):
            raise ValueError("num_workers and max_pending must be at least 1")
        self._queue = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._places = None if max_pending is None else threading.Semaphore(max_pending)
        self._lock = threading.Lock()  # guards _closed, and puts against closing
        self._closed = False
        self._workers = [threading.Thread(target=self._work) for _ in range(num_workers)]
        for worker in self._workers:
            worker.start()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = Future()
        if self._places is not None:
            self._places.acquire()
        with self._lock:
            if not self._closed:
                task = (future, fn, args, kwargs)
                self._queue.put((priority, next(self._numbers), task))
                return future
        self._free_a_place()
        raise RuntimeError("the pool has been shut down")

    def shutdown(self, wait=True, *, cancel_pending=False):
        dropped = []
        with self._lock:
            first, self._closed = not self._closed, True
            if cancel_pending:
                dropped = self._drain()
            if first:
                for _ in self._workers:
                    self._queue.put((math.inf, next(self._numbers), None))
                self._free_a_place()
        for future in dropped:
            future.cancel()
            future.set_running_or_notify_cancel()
        if wait:
            for worker in self._workers:
                worker.join()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shutdown(wait=True)

    def _free_a_place(self):
        if self._places is not None:
            self._places.release()

    def _drain(self):
        """Empty the queue; sentinels of an earlier shutdown go back. self._lock is held."""
        futures, sentinels = [], []
        while True:
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                break
            if entry[2] is None:
                sentinels.append(entry)
            else:
                futures.append(entry[2][0])
        for entry in sentinels:
            self._queue.put(entry)
        return futures

    def _work(self):
        while (task := self._queue.get()[2]) is not None:
            self._free_a_place()
            future, fn, args, kwargs = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = fn(*args, **kwargs)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
