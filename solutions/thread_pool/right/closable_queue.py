"""Right: a subclass of queue.PriorityQueue that can be closed, as Queue.shutdown does since 3.13.

queue.Queue brings a mutex and the two conditions not_empty and not_full; put and get only have to
look at one flag more while they wait.
"""

import dataclasses
import queue
import threading
from concurrent.futures import Future
from typing import Any


@dataclasses.dataclass(order=True)
class _Entry:
    priority: int
    number: int
    future: Future = dataclasses.field(compare=False)
    call: Any = dataclasses.field(compare=False)


class _ClosableQueue(queue.PriorityQueue):
    def __init__(self, maxsize):
        super().__init__(maxsize)
        self._numbers = 0
        self._closed = False

    def put_call(self, priority, future, call):
        with self.not_full:
            while not self._closed and 0 < self.maxsize <= self._qsize():
                self.not_full.wait()
            if self._closed:
                raise RuntimeError("the pool is shut down")
            self._numbers += 1
            self._put(_Entry(priority, self._numbers, future, call))
            self.not_empty.notify()

    def get_entry(self):
        with self.not_empty:
            while not self._qsize():
                if self._closed:
                    return None
                self.not_empty.wait()
            self.not_full.notify()
            return self._get()

    def close(self, empty):
        with self.mutex:
            self._closed = True
            entries = [self._get() for _ in range(self._qsize())] if empty else []
            self.not_empty.notify_all()
            self.not_full.notify_all()
            return entries


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1:
            raise ValueError(f"num_workers: {num_workers}")
        if max_pending is not None and max_pending < 1:
            raise ValueError(f"max_pending: {max_pending}")
        self._queue = _ClosableQueue(max_pending or 0)
        self._workers = [threading.Thread(target=self._work) for _ in range(num_workers)]
        for worker in self._workers:
            worker.start()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = Future()
        self._queue.put_call(priority, future, (fn, args, kwargs))
        return future

    def shutdown(self, wait=True, *, cancel_pending=False):
        for entry in self._queue.close(empty=cancel_pending):
            entry.future.cancel()
            entry.future.set_running_or_notify_cancel()
        if wait:
            for worker in self._workers:
                worker.join()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shutdown(wait=True)

    def _work(self):
        while entry := self._queue.get_entry():
            if entry.future.set_running_or_notify_cancel():
                fn, args, kwargs = entry.call
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:
                    entry.future.set_exception(error)
                else:
                    entry.future.set_result(result)
