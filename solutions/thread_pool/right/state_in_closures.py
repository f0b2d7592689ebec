"""Right: the object has no state of its own; closures over local variables do all the work.

One Condition, notify_all; the waiting tasks are a sorted list that bisect keeps in order. `submit`
and `shutdown` are thin methods over two inner functions.
"""

import bisect
from concurrent.futures import Future
from threading import Condition, Lock, Thread


def _start(num_workers, max_pending):
    changed = Condition(Lock())
    waiting = []
    closed = False

    def put(priority, future, call):
        with changed:
            while not closed and max_pending is not None and len(waiting) >= max_pending:
                changed.wait()
            if closed:
                raise RuntimeError("pool closed")
            # insort_right puts it behind its equals
            bisect.insort_right(waiting, (priority, future, call), key=lambda entry: entry[0])
            changed.notify_all()

    def take():
        with changed:
            while not waiting and not closed:
                changed.wait()
            if not waiting:
                return None
            changed.notify_all()
            return waiting.pop(0)

    def close(empty):
        nonlocal closed
        with changed:
            closed = True
            left = [future for _, future, _ in waiting] if empty else []
            if empty:
                waiting.clear()
            changed.notify_all()
            return left

    def work():
        while entry := take():
            _, future, (fn, args, kwargs) = entry
            if future.set_running_or_notify_cancel():
                try:
                    outcome, complete = fn(*args, **kwargs), future.set_result
                except BaseException as error:
                    outcome, complete = error, future.set_exception
                complete(outcome)

    threads = [Thread(target=work) for _ in range(num_workers)]
    for thread in threads:
        thread.start()
    return put, close, threads


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1 or (max_pending is not None and max_pending < 1):
            raise ValueError("num_workers and max_pending must be at least 1")
        self._put, self._close, self._threads = _start(num_workers, max_pending)

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = Future()
        self._put(priority, future, (fn, args, kwargs))
        return future

    def shutdown(self, wait=True, *, cancel_pending=False):
        for future in self._close(cancel_pending):
            future.cancel()
            future.set_running_or_notify_cancel()
        if wait:
            for thread in self._threads:
                thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shutdown(wait=True)
