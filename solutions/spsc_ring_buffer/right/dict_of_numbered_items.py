"""Right: a dict from item number to item, two counters, one Condition for both sides.

The consumer deletes what it takes, so there is nothing to clear. The blocking calls do everything under
the condition and say beforehand that they are there; the try_ calls touch it only if somebody said so.
"""

import threading
import time


class Closed(Exception):
    """Nothing more will come."""


class SpscRingBuffer:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError(capacity)
        self.capacity = capacity
        self._items = {}
        self._in = 0
        self._out = 0
        self._over = False
        self._sleepers = threading.Condition(threading.RLock())
        self._consumer_inside = False
        self._producer_inside = False

    def __len__(self):
        out = self._out
        count = self._in - out
        return count if count < self.capacity else self.capacity

    def _open(self):
        if self._over:
            raise Closed

    def _tell(self, inside):
        if inside:
            with self._sleepers:
                self._sleepers.notify_all()

    def try_push(self, item):
        self._open()
        if self._in - self._out >= self.capacity:
            return False
        self._items[self._in] = item
        self._in += 1
        self._tell(self._consumer_inside)
        return True

    def try_pop(self, default=None):
        if self._in == self._out:
            return default
        item = self._items.pop(self._out)
        self._out += 1
        self._tell(self._producer_inside)
        return item

    def push(self, item, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        with self._sleepers:
            self._producer_inside = True
            try:
                while not self.try_push(item):
                    left = None if end is None else end - time.monotonic()
                    if left is not None and left <= 0:
                        return False
                    self._sleepers.wait(left)
            finally:
                self._producer_inside = False
        return True

    def pop(self, timeout=None, default=None):
        end = None if timeout is None else time.monotonic() + timeout
        with self._sleepers:
            self._consumer_inside = True
            try:
                while True:
                    over = self._over
                    if self._in != self._out:
                        return self.try_pop()
                    if over:
                        raise Closed
                    left = None if end is None else end - time.monotonic()
                    if left is not None and left <= 0:
                        return default
                    self._sleepers.wait(left)
            finally:
                self._consumer_inside = False

    def close(self):
        self._over = True
        with self._sleepers:
            self._sleepers.notify_all()

    def push_many(self, items):
        self._open()
        first = self._in
        batch = list(items)[: self.capacity - (first - self._out)]
        self._items.update(enumerate(batch, first))
        self._in = first + len(batch)
        self._tell(self._consumer_inside)
        return len(batch)

    def pop_many(self, limit):
        if limit < 1:
            raise ValueError(limit)
        out = self._out
        batch = [self._items.pop(number) for number in range(out, min(self._in, out + limit))]
        self._out = out + len(batch)
        self._tell(self._producer_inside)
        return batch
