"""Right: a deque holds the items, but what counts as in the ring is decided by two counters.

append and popleft of a deque are single steps. The counters make a batch appear and disappear at once,
which the deque alone would not. A sleeper brings a new Event each time, and takes it away again; it may
be rung for an item that has been popped meanwhile, so whoever wakes looks again.
"""

import threading
import time
from collections import deque

_NONE = object()


class Closed(Exception):
    pass


class SpscRingBuffer:
    def __init__(self, capacity):
        if not capacity >= 1:
            raise ValueError("capacity must be positive")
        self.capacity = capacity
        self._queue = deque()
        self._added = 0
        self._removed = 0
        self._closed = False
        self._item_bell = None
        self._room_bell = None

    def _size(self):
        return self._added - self._removed

    def __len__(self):
        removed = self._removed
        return min(self._added - removed, self.capacity)

    @staticmethod
    def _ring(bell):
        if bell is not None:
            bell.set()

    def try_push(self, item):
        if self._closed:
            raise Closed
        if self._size() == self.capacity:
            return False
        self._queue.append(item)
        self._added += 1
        self._ring(self._item_bell)
        return True

    def push_many(self, items):
        if self._closed:
            raise Closed
        fits = items[: self.capacity - self._size()]
        self._queue.extend(fits)
        self._added += len(fits)
        self._ring(self._item_bell)
        return len(fits)

    def try_pop(self, default=None):
        if self._size() == 0:
            return default
        item = self._queue.popleft()
        self._removed += 1
        self._ring(self._room_bell)
        return item

    def pop_many(self, limit):
        if not limit >= 1:
            raise ValueError("limit must be positive")
        items = [self._queue.popleft() for _ in range(min(limit, self._size()))]
        self._removed += len(items)
        self._ring(self._room_bell)
        return items

    def push(self, item, timeout=None):
        end = _end(timeout)
        while not self.try_push(item):
            self._room_bell = bell = threading.Event()
            rung = self._size() < self.capacity or bell.wait(_left(end))
            self._room_bell = None
            if not rung:
                return self.try_push(item)
        return True

    def pop(self, timeout=None, default=None):
        end = _end(timeout)
        while True:
            over = self._closed
            item = self.try_pop(_NONE)
            if item is not _NONE:
                return item
            if over:
                raise Closed
            self._item_bell = bell = threading.Event()
            rung = self._size() > 0 or self._closed or bell.wait(_left(end))
            self._item_bell = None
            if not rung:
                return self.try_pop(default)

    def close(self):
        self._closed = True
        self._ring(self._item_bell)


def _end(timeout):
    return None if timeout is None else time.monotonic() + timeout


def _left(end):
    return None if end is None else max(0.0, end - time.monotonic())
