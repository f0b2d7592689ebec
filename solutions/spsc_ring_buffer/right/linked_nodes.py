"""Right: no slots at all: a linked list, whose nodes the producer appends and the consumer leaves behind.

Each side counts its own items; the difference keeps the list within capacity. A sleeper parks itself on
a Lock of its own, made for this one sleep, that the other side releases.
"""

import itertools
import threading
import time


class Closed(Exception):
    pass


class _Node:
    __slots__ = ("item", "next")

    def __init__(self, item=None):
        self.item = item
        self.next = None


class SpscRingBuffer:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError(f"capacity {capacity} is less than 1")
        self.capacity = capacity
        self._first = self._last = _Node()  # the first node's item has been popped already
        self._pushed = self._popped = 0
        self._closed = False
        self._parked_producer = self._parked_consumer = None

    def try_push(self, item):
        return self.push_many([item]) == 1

    def push_many(self, items):
        if self._closed:
            raise Closed("no push after close")
        room = self.capacity - (self._pushed - self._popped)
        chain = [_Node(item) for item in items[:room]]
        if not chain:
            return 0
        for node, after in itertools.pairwise(chain):
            node.next = after
        self._pushed += len(chain)
        last, self._last = self._last, chain[-1]
        last.next = chain[0]
        _wake(self._parked_consumer)
        return len(chain)

    def try_pop(self, default=None):
        node = self._first.next
        if node is None:
            return default
        item, node.item = node.item, None
        self._first = node
        self._popped += 1
        _wake(self._parked_producer)
        return item

    def pop_many(self, limit):
        if limit < 1:
            raise ValueError(f"limit {limit} is less than 1")
        node, items = self._first, []
        while len(items) < limit and node.next is not None:
            node = node.next
            items.append(node.item)
            node.item = None
        if items:
            self._first = node
            self._popped += len(items)
            _wake(self._parked_producer)
        return items

    def __len__(self):
        popped = self._popped
        return min(self.capacity, max(0, self._pushed - popped))

    def close(self):
        self._closed = True
        _wake(self._parked_consumer)

    def push(self, item, timeout=None):
        end = None if timeout is None else time.monotonic() + timeout
        while not self.try_push(item):
            self._parked_producer = bed = _bed()
            full = self._pushed - self._popped == self.capacity
            woken = not full or _sleep(bed, end)
            self._parked_producer = None
            if not woken:
                return self.try_push(item)
        return True

    def pop(self, timeout=None, default=None):
        end = None if timeout is None else time.monotonic() + timeout
        while self._first.next is None:
            self._parked_consumer = bed = _bed()
            over = self._closed
            empty = self._first.next is None
            woken = over or not empty or _sleep(bed, end)
            self._parked_consumer = None
            if over and empty:
                raise Closed("closed and drained")
            if not woken:
                return self.try_pop(default)
        return self.try_pop()


def _bed():
    lock = threading.Lock()
    lock.acquire()
    return lock


def _sleep(bed, end):
    return bed.acquire() if end is None else bed.acquire(timeout=max(0, end - time.monotonic()))


def _wake(bed):
    if bed is not None and bed.locked():
        bed.release()
