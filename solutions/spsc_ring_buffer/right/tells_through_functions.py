"""Right: a single item is a batch of one; each side tells the other through a function that it was given.

The function knows a name which is bound only where there is somebody to report to: a cell that stays empty.
"""

import threading
import time


class Closed(Exception):
    pass


def teller(event, report=None):
    def tell():
        event.set()
        if report is not None:
            report(line)

    if report is not None:
        line = f"told {event}"
    return tell


class SpscRingBuffer:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("capacity < 1")
        self.capacity = capacity
        self._slots = [None] * capacity
        self._in = self._out = 0
        self._closed = False
        self._items, self._room = threading.Event(), threading.Event()
        self._tell_consumer, self._tell_producer = teller(self._items), teller(self._room)

    def __len__(self):
        out = self._out
        return min(self._in - out, self.capacity)

    def push_many(self, items):
        if self._closed:
            raise Closed
        n = min(len(items), self.capacity - (self._in - self._out))
        for i in range(n):
            self._slots[(self._in + i) % self.capacity] = items[i]
        if n:
            self._in += n
            self._tell_consumer()
        return n

    def pop_many(self, limit):
        if limit < 1:
            raise ValueError("limit < 1")
        n = min(limit, self._in - self._out)
        out = []
        for i in range(n):
            at = (self._out + i) % self.capacity
            out.append(self._slots[at])
            self._slots[at] = None
        if n:
            self._out += n
            self._tell_producer()
        return out

    def try_push(self, item):
        return self.push_many([item]) == 1

    def try_pop(self, default=None):
        got = self.pop_many(1)
        return got[0] if got else default

    def push(self, item, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            self._room.clear()
            if self.try_push(item):
                return True
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                return False
            self._room.wait(left)

    def pop(self, timeout=None, default=None):
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            self._items.clear()
            closed = self._closed
            got = self.pop_many(1)
            if got:
                return got[0]
            if closed:
                raise Closed
            left = None if end is None else end - time.monotonic()
            if left is not None and left <= 0:
                return default
            self._items.wait(left)

    def close(self):
        self._closed = True
        self._tell_consumer()
