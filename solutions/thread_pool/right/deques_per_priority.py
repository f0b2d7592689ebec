"""Right: no heap and no numbers; a deque for each priority and a sorted list of priorities.

A deque keeps submission order by itself, so nothing has to break ties and no task is ever compared
with another one. A priority is in the sorted list as long as its deque is not empty.
"""

import bisect
import collections
import threading
from concurrent.futures import Future


class _Backlog:
    """The waiting tasks. Not locked: the pool does that."""

    def __init__(self):
        self._deques = collections.defaultdict(collections.deque)
        self._priorities = []
        self.size = 0

    def put(self, priority, task):
        if not self._deques[priority]:
            bisect.insort(self._priorities, priority)
        self._deques[priority].append(task)
        self.size += 1

    def take(self):
        priority = self._priorities[0]
        tasks = self._deques[priority]
        task = tasks.popleft()
        self.size -= 1
        if not tasks:
            del self._priorities[0], self._deques[priority]
        return task


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1 or (max_pending is not None and max_pending < 1):
            raise ValueError("num_workers and max_pending must be at least 1")
        self._max_pending = max_pending
        lock = threading.Lock()
        self._not_empty = threading.Condition(lock)
        self._not_full = threading.Condition(lock)
        self._backlog = _Backlog()
        self._closing = False
        self._workers = []
        for _ in range(num_workers):
            self._workers.append(threading.Thread(target=self._loop))
            self._workers[-1].start()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        with self._not_full:
            while not self._closing and self._max_pending == self._backlog.size:
                self._not_full.wait()
            if self._closing:
                raise RuntimeError("shut down")
            future = Future()
            self._backlog.put(priority, (future, fn, args, kwargs))
            self._not_empty.notify()
            return future

    def shutdown(self, wait=True, *, cancel_pending=False):
        dropped = []
        with self._not_empty:
            self._closing = True
            while cancel_pending and self._backlog.size:
                dropped.append(self._backlog.take()[0])
            self._not_empty.notify_all()
            self._not_full.notify_all()
        for future in dropped:
            future.cancel()
            future.set_running_or_notify_cancel()
        if wait:
            for worker in self._workers:
                worker.join()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shutdown()

    def _loop(self):
        while True:
            with self._not_empty:
                while self._backlog.size == 0:
                    if self._closing:
                        return
                    self._not_empty.wait()
                future, fn, args, kwargs = self._backlog.take()
                self._not_full.notify()
            if future.set_running_or_notify_cancel():
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
