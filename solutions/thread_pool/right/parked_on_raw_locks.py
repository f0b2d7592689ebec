"""Right: no Condition at all; every sleeper parks on a lock of its own, in two lists.

This is what threading.Condition is made of: a lock that its owner has locked once and tries to lock
again, until somebody else unlocks it. Each list is served from the front, so sleepers of one kind
are never woken in place of the other. The state is guarded by an RLock.
"""

import collections
import heapq
import threading
from concurrent.futures import Future


class _Parking:
    """A list of sleepers. Its methods are called with the pool's lock held."""

    def __init__(self):
        self._places = collections.deque()

    def enter(self):
        place = threading.Lock()
        place.acquire()
        self._places.append(place)
        return place

    def wake_one(self):
        if self._places:
            self._places.popleft().release()

    def wake_all(self):
        while self._places:
            self.wake_one()


class ThreadPool:
    def __init__(self, num_workers, max_pending=None):
        if num_workers < 1:
            raise ValueError("num_workers must be positive")
        if max_pending is not None and max_pending < 1:
            raise ValueError("max_pending must be positive")
        self._max_pending = max_pending
        self._state = threading.RLock()
        self._queue = []
        self._next = 0
        self._shut = False
        self._idle = _Parking()
        self._blocked = _Parking()
        self._workers = [threading.Thread(target=self._work) for _ in range(num_workers)]
        for worker in self._workers:
            worker.start()

    def submit(self, fn, /, *args, priority=0, **kwargs):
        future = Future()
        while (place := self._try_put(priority, (future, fn, args, kwargs))) is not None:
            place.acquire()  # sleeps until wake_one or wake_all lets it go
        return future

    def _try_put(self, priority, task):
        """Queue the task; or else return the place to sleep on before trying again."""
        with self._state:
            if self._shut:
                raise RuntimeError("pool is shut down")
            if self._max_pending is not None and len(self._queue) >= self._max_pending:
                return self._blocked.enter()
            heapq.heappush(self._queue, (priority, self._next, task))
            self._next += 1
            self._idle.wake_one()
            return None

    def shutdown(self, wait=True, *, cancel_pending=False):
        with self._state:
            self._shut = True
            dropped = []
            if cancel_pending:
                dropped, self._queue = self._queue, []
            self._idle.wake_all()
            self._blocked.wake_all()
        for _, _, (future, *_) in dropped:
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
            with self._state:
                if self._queue:
                    _, _, (future, fn, args, kwargs) = heapq.heappop(self._queue)
                    self._blocked.wake_one()
                    place = None
                elif self._shut:
                    return
                else:
                    place = self._idle.enter()
            if place is not None:
                place.acquire()
            elif future.set_running_or_notify_cancel():
                try:
                    result = fn(*args, **kwargs)
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
