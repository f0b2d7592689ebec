"""Right: capacity + 1 slots, indices that wrap, one Event for each side.

One slot always stays empty, so that head == tail can only mean empty. A side that wants to sleep clears
its event, says so, looks once more, and only then waits.
"""

import threading
import time

_MISSING = object()


class Closed(Exception):
    pass


class SpscRingBuffer:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("capacity < 1")
        self.capacity = capacity
        self._ring = [None] * (capacity + 1)
        self._head = self._tail = 0
        self._closed = False
        self._filled, self._drained = threading.Event(), threading.Event()
        self._consumer_sleeps = self._producer_sleeps = False

    def _next(self, index, by=1):
        return (index + by) % len(self._ring)

    def try_push(self, item):
        if self._closed:
            raise Closed
        tail = self._tail
        if self._next(tail) == self._head:
            return False
        self._ring[tail] = item
        self._tail = self._next(tail)
        if self._consumer_sleeps:
            self._filled.set()
        return True

    def try_pop(self, default=None):
        head = self._head
        if head == self._tail:
            return default
        item, self._ring[head] = self._ring[head], None
        self._head = self._next(head)
        if self._producer_sleeps:
            self._drained.set()
        return item

    def __len__(self):
        return (self._tail - self._head) % len(self._ring)

    def push(self, item, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        while not self.try_push(item):
            if not self._sleep_for_room(end):
                return self.try_push(item)
        return True

    def _sleep_for_room(self, end):
        self._drained.clear()
        self._producer_sleeps = True
        woken = True
        if self._next(self._tail) == self._head:
            woken = self._drained.wait(_left(end))
        self._producer_sleeps = False
        return woken

    def pop(self, timeout=None, default=None):
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            over = self._closed
            item = self.try_pop(_MISSING)
            if item is not _MISSING:
                return item
            if over:
                raise Closed
            if not self._sleep_for_items(end):
                return self.try_pop(default)

    def _sleep_for_items(self, end):
        self._filled.clear()
        self._consumer_sleeps = True
        woken = True
        if self._head == self._tail and not self._closed:
            woken = self._filled.wait(_left(end))
        self._consumer_sleeps = False
        return woken

    def close(self):
        self._closed = True
        self._filled.set()

    def push_many(self, items):
        if self._closed:
            raise Closed
        tail = self._tail
        room = (self._head - tail - 1) % len(self._ring)
        batch = items[:room]
        for number, item in enumerate(batch):
            self._ring[self._next(tail, number)] = item
        self._tail = self._next(tail, len(batch))
        if self._consumer_sleeps:
            self._filled.set()
        return len(batch)

    def pop_many(self, limit):
        if limit < 1:
            raise ValueError("limit < 1")
        index, end, items = self._head, self._tail, []
        while index != end and len(items) < limit:
            items.append(self._ring[index])
            self._ring[index] = None
            index = self._next(index)
        self._head = index
        if self._producer_sleeps:
            self._drained.set()
        return items


def _left(end):
    return None if end is None else max(0.0, end - time.monotonic())
