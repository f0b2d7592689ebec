"""Right: a submitter that finds the queue full first throws out the tasks that were cancelled.

Between lazy (only a worker that reaches a cancelled task frees its place) and at once. Under an
RLock; a submitter that sleeps already is still woken by the worker that reaches the cancelled task.
"""

import heapq
import itertools
import threading
from concurrent.futures import Future


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1 or (max_pending is not None and max_pending < 1):
            raise ValueError("num_workers and max_pending must be at least 1")
        self._max_pending = max_pending
        self._lock = threading.RLock()
        self._task_ready = threading.Condition(self._lock)
        self._room_made = threading.Condition(self._lock)
        self._heap = []
        self._counter = itertools.count()
        self._closed = False
        self._workers = {threading.Thread(target=self._work) for _ in range(num_workers)}
        for worker in self._workers:
            worker.start()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = Future()
        with self._lock:
            self._make_room()
            while self._is_full() and not self._closed:
                self._room_made.wait()
            if self._closed:
                raise RuntimeError("shutdown was called")
            entry = (priority, next(self._counter), (future, fn, args, kwargs))
            heapq.heappush(self._heap, entry)
            self._task_ready.notify()
        return future

    def _is_full(self):
        return self._max_pending is not None and len(self._heap) >= self._max_pending

    def _make_room(self):
        """Drop cancelled tasks if the queue is full; each place made wakes a sleeper too."""
        if not self._is_full():
            return
        kept = []
        for entry in self._heap:
            future = entry[2][0]
            if future.cancelled():  # which it stays: nobody can undo a cancel
                future.set_running_or_notify_cancel()
                self._room_made.notify()
            else:
                kept.append(entry)
        heapq.heapify(kept)
        self._heap = kept

    def shutdown(self, wait=True, *, cancel_pending=False):
        with self._lock:
            self._closed = True
            dropped = []
            if cancel_pending:
                dropped, self._heap = self._heap, []
            self._task_ready.notify_all()
            self._room_made.notify_all()
        for _, _, (future, _, _, _) in dropped:
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
                    self._task_ready.wait()
                if not self._heap:
                    return
                _, _, (future, fn, args, kwargs) = heapq.heappop(self._heap)
                self._room_made.notify()
            if future.set_running_or_notify_cancel():
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
