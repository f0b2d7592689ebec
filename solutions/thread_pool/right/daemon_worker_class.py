"""Right: workers are a subclass of threading.Thread, daemons, that iterate over the backlog.

The backlog is an object of its own, a blocking priority queue that can be closed; a worker is
nothing but a loop over it. Daemon threads end with the interpreter, which the contract leaves open.
"""

import threading
from concurrent.futures import Future


class _Backlog:
    """A bounded priority queue; iterating over it takes, and ends when it is closed and empty."""

    def __init__(self, limit):
        self._limit = limit
        self._lock = threading.RLock()
        self._filled = threading.Condition(self._lock)
        self._freed = threading.Condition(self._lock)
        self._tasks = []  # sorted, the most urgent last
        self._closed = False

    def put(self, task):
        with self._lock:
            while not self._closed and self._limit is not None and len(self._tasks) >= self._limit:
                self._freed.wait()
            if self._closed:
                raise RuntimeError("submit after shutdown")
            self._tasks.insert(0, task)
            self._tasks.sort(key=lambda waiting: -waiting.priority)  # stable: ties stay in order
            self._filled.notify()

    def __iter__(self):
        return self

    def __next__(self):
        with self._lock:
            while not self._tasks:
                if self._closed:
                    raise StopIteration
                self._filled.wait()
            self._freed.notify()
            return self._tasks.pop()

    def close(self):
        with self._lock:
            self._closed = True
            self._filled.notify_all()
            self._freed.notify_all()

    def clear(self):
        with self._lock:
            tasks, self._tasks = self._tasks, []
            return tasks


class _Task(Future):
    """The future is the task: what to call is kept in it."""

    def __init__(self, priority, call):
        super().__init__()
        self.priority = priority
        self._call = call

    def run(self):
        if self.set_running_or_notify_cancel():
            try:
                result = self._call()
            except BaseException as error:
                self.set_exception(error)
            else:
                self.set_result(result)


class _Worker(threading.Thread):
    def __init__(self, backlog):
        super().__init__(daemon=True)
        self._backlog = backlog

    def run(self):
        for task in self._backlog:
            task.run()


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1 or (max_pending is not None and max_pending < 1):
            raise ValueError("num_workers and max_pending must be at least 1")
        self._backlog = _Backlog(max_pending)
        self._workers = [_Worker(self._backlog) for _ in range(num_workers)]
        for worker in self._workers:
            worker.start()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        task = _Task(priority, lambda: fn(*args, **kwargs))
        self._backlog.put(task)
        return task

    def shutdown(self, wait=True, *, cancel_pending=False):
        self._backlog.close()
        if cancel_pending:
            for task in self._backlog.clear():
                task.cancel()
                task.set_running_or_notify_cancel()
        if wait:
            for worker in self._workers:
                worker.join()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shutdown(wait=True)
