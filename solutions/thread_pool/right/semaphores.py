"""Right: two counting semaphores, the way the textbook draws producers and consumers.

`tasks` counts what can be taken, `room` what can be put, a Lock guards the heap itself. Shutdown
gives every worker one permit more than there are tasks: the worker that gets a permit and finds
nothing knows that it is the end. One extra permit of `room` wakes the blocked submitters in turn.
"""

import heapq
import threading
from concurrent.futures import Future


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1 or (max_pending is not None and max_pending < 1):
            raise ValueError("num_workers and max_pending must be at least 1")
        self._bounded = max_pending is not None
        self._room = threading.Semaphore(max_pending or 0)
        self._tasks = threading.Semaphore(0)
        self._mutex = threading.Lock()
        self._heap = []
        self._serial = 0
        self._closed = False
        self._workers = [threading.Thread(target=self._work) for _ in range(num_workers)]
        for worker in self._workers:
            worker.start()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = Future()
        if self._bounded:
            self._room.acquire()
        with self._mutex:
            accepted = not self._closed
            if accepted:
                self._serial += 1
                entry = (priority, self._serial, (future, fn, args, kwargs))
                heapq.heappush(self._heap, entry)
        if not accepted:
            self._room.release()  # the next blocked submitter wants to know too
            raise RuntimeError("submit on a pool that has been shut down")
        self._tasks.release()
        return future

    def shutdown(self, wait=True, *, cancel_pending=False):
        dropped = []
        with self._mutex:
            self._closed = True
            if cancel_pending:
                dropped, self._heap = self._heap, []
        for _, _, task in dropped:
            task[0].cancel()
            task[0].set_running_or_notify_cancel()
        self._tasks.release(len(self._workers))
        self._room.release()
        if wait:
            for worker in self._workers:
                worker.join()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.shutdown(wait=True)

    def _work(self):
        while True:
            self._tasks.acquire()
            with self._mutex:
                if not self._heap:
                    return
                future, fn, args, kwargs = heapq.heappop(self._heap)[2]
            if self._bounded:
                self._room.release()
            if future.set_running_or_notify_cancel():
                self._call(future, fn, args, kwargs)

    @staticmethod
    def _call(future, fn, args, kwargs):
        try:
            result = fn(*args, **kwargs)
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(result)
