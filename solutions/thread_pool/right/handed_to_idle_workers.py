"""Right: a task goes straight into the hands of an idle worker; only the rest waits in a queue.

Each worker has a mailbox. While anybody is idle the queue is empty, so a task handed over never
overtakes one that waits, and it does not count as waiting: its worker has it.
"""

import heapq
import queue
import threading
from concurrent.futures import Future


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1 or (max_pending is not None and max_pending < 1):
            raise ValueError("num_workers and max_pending must be at least 1")
        self._max_pending = max_pending
        self._lock = threading.Lock()
        self._room = threading.Condition(self._lock)
        self._heap = []
        self._count = 0
        self._closed = False
        self._idle = [queue.SimpleQueue() for _ in range(num_workers)]
        self._workers = [threading.Thread(target=self._work, args=(box,)) for box in self._idle]
        for worker in self._workers:
            worker.start()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = Future()
        task = (future, fn, args, kwargs)
        with self._lock:
            while not self._closed and not self._idle and len(self._heap) == self._max_pending:
                self._room.wait()
            if self._closed:
                raise RuntimeError("the pool is shut down")
            if self._idle:
                self._idle.pop().put(task)
            else:
                self._count += 1
                heapq.heappush(self._heap, (priority, self._count, task))
        return future

    def shutdown(self, wait=True, *, cancel_pending=False):
        dropped = []
        with self._lock:
            self._closed = True
            while self._idle:
                self._idle.pop().put(None)
            while cancel_pending and self._heap:
                dropped.append(heapq.heappop(self._heap)[2][0])
            self._room.notify_all()
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

    def _report_for_work(self, box):
        """Put the worker's next task, or None to end, into its box; or note that it is idle."""
        with self._lock:
            self._room.notify()
            if self._heap:
                box.put(heapq.heappop(self._heap)[2])
            elif self._closed:
                box.put(None)
            else:
                self._idle.append(box)

    def _work(self, box):
        while (task := box.get()) is not None:
            future, fn, args, kwargs = task
            if future.set_running_or_notify_cancel():
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
            self._report_for_work(box)
