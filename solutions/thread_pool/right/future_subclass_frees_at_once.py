"""Right: a subclass of Future whose cancel() takes the task out of the queue at once.

A place comes free the moment its task is cancelled. Whoever takes a task out of `_waiting` under
the lock (a worker, shutdown, or cancel) is the one who calls set_running_or_notify_cancel, so that
it is called exactly once a future.
"""

import threading
from concurrent.futures import Future


class _PoolFuture(Future):
    def __init__(self, pool):
        super().__init__()
        self._pool = pool

    def cancel(self):
        cancelled = super().cancel()
        if cancelled and self._pool._remove(self):
            self.set_running_or_notify_cancel()
        return cancelled


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1 or (max_pending is not None and max_pending < 1):
            raise ValueError("num_workers and max_pending must be at least 1")
        self._max_pending = max_pending
        self._lock = threading.Lock()
        self._filled = threading.Condition(self._lock)
        self._freed = threading.Condition(self._lock)
        self._waiting = {}  # future -> (priority, fn, args, kwargs); a dict keeps submission order
        self._closed = False
        self._workers = [threading.Thread(target=self._work) for _ in range(num_workers)]
        for worker in self._workers:
            worker.start()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = _PoolFuture(self)
        with self._lock:
            while not self._closed and len(self._waiting) == self._max_pending:
                self._freed.wait()
            if self._closed:
                raise RuntimeError("the pool is closed")
            self._waiting[future] = (priority, fn, args, kwargs)
            self._filled.notify()
        return future

    def shutdown(self, wait=True, *, cancel_pending=False):
        with self._lock:
            self._closed = True
            self._freed.notify_all()
            self._filled.notify_all()
            futures = list(self._waiting) if cancel_pending else []
        for future in futures:
            future.cancel()  # False if a worker was faster
        if wait:
            for worker in self._workers:
                worker.join()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shutdown(wait=True)

    def _remove(self, future):
        """Take the future's task out of the queue; whether it was still there."""
        with self._lock:
            if future not in self._waiting:
                return False
            del self._waiting[future]
            self._freed.notify()
            return True

    def _take(self):
        with self._lock:
            while not self._waiting:
                if self._closed:
                    return None, None
                self._filled.wait()
            # min returns the first of several equal ones, which is the one submitted first
            future = min(self._waiting, key=lambda waiting: self._waiting[waiting][0])
            self._freed.notify()
            return future, self._waiting.pop(future)

    def _work(self):
        while True:
            future, call = self._take()
            if future is None:
                return
            if future.set_running_or_notify_cancel():
                _, fn, args, kwargs = call
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
