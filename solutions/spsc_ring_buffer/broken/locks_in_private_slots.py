"""Missing: try_push and try_pop use no lock (they look for a sleeper while they hold his).

Level: 2
Killed by: test_the_try_calls_use_no_lock[1]
Verdict: WRONG
Lesson: A Condition wants its lock for `notify`, so the lock is taken whether somebody sleeps or not. Ask a
plain flag first: it costs no lock, and the sleeper raises it before his last look.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

_NOTHING = object()  # no caller can push it


class Closed(Exception):
    """The producer has said that nothing more will come."""


class _Bed:
    """Where one side sleeps until the other one has changed something."""

    __slots__ = ("__changed", "__in_use")

    def __init__(self) -> None:
        self.__changed = threading.Condition(threading.Lock())
        self.__in_use = False

    def sleep_until(self, ready: Callable[[], bool], timeout: float | None) -> bool:
        """Sleep until `ready()`; False if that has not come within the timeout."""
        with self.__changed:
            self.__in_use = True
            try:
                return self.__changed.wait_for(ready, timeout)
            finally:
                self.__in_use = False

    def wake(self) -> None:
        """To be called by the other side after each publication."""
        with self.__changed:
            if self.__in_use:
                self.__changed.notify()


class SpscRingBuffer:
    """First in, first out, at most `capacity` items, between exactly two threads."""

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        self.capacity = capacity
        self._slots: list[Any] = [None] * capacity
        # written by the producer only
        self._tail = 0
        self._closed = False
        # written by the consumer only
        self._head = 0
        # where each side sleeps
        self._consumers_bed = _Bed()
        self._producers_bed = _Bed()

    def try_push(self, item: Any) -> bool:
        """Store the item; False if there is no room."""
        if self._closed:
            raise Closed("push after close")
        tail = self._tail
        if tail - self._head == self.capacity:
            return False
        self._slots[tail % self.capacity] = item
        self._tail = tail + 1  # the item is in place: this hands it over
        self._consumers_bed.wake()
        return True

    def try_pop(self, default: Any = None) -> Any:
        """The oldest item; `default` if there is none."""
        head = self._head
        if head == self._tail:
            return default
        slot = head % self.capacity
        item = self._slots[slot]
        self._slots[slot] = None  # or the ring would keep the item alive until it is overwritten
        self._head = head + 1  # the slot is out of use: this gives it back
        self._producers_bed.wake()
        return item

    def __len__(self) -> int:
        # The head first: the tail that is read later cannot be behind it. In between both may have
        # moved on, so that the difference can be too large, never too small.
        head = self._head
        return min(self._tail - head, self.capacity)

    def push(self, item: Any, timeout: float | None = None) -> bool:
        """Store the item, waiting for room; False if there was none within the timeout."""
        if self.try_push(item):
            return True
        if not self._producers_bed.sleep_until(self._has_room, timeout):
            return False
        return self.try_push(item)  # the producer alone takes room: it is still there

    def pop(self, timeout: float | None = None, default: Any = None) -> Any:
        """The oldest item, waiting for it; `default` if none came within the timeout."""
        item = self.try_pop(_NOTHING)
        if item is not _NOTHING:
            return item
        if not self._consumers_bed.sleep_until(self._has_items_or_ends, timeout):
            return default
        item = self.try_pop(_NOTHING)
        if item is _NOTHING:  # the end was seen first, the ring empty after it: so it stays
            raise Closed("the ring is closed and drained")
        return item

    def close(self) -> None:
        """No more items will come."""
        self._closed = True
        self._consumers_bed.wake()

    def push_many(self, items: Sequence[Any]) -> int:
        """Store as many of the items as fit, in order; return how many."""
        if self._closed:
            raise Closed("push after close")
        tail = self._tail
        count = min(len(items), self.capacity - (tail - self._head))
        for number in range(count):
            self._slots[(tail + number) % self.capacity] = items[number]
        if count:
            self._tail = tail + count  # all are in place: this hands them over at once
            self._consumers_bed.wake()
        return count

    def pop_many(self, limit: int) -> list[Any]:
        """Up to `limit` of the oldest items, in order."""
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        head = self._head
        slots = [n % self.capacity for n in range(head, min(head + limit, self._tail))]
        items = [self._slots[slot] for slot in slots]
        for slot in slots:
            self._slots[slot] = None
        if items:
            self._head = head + len(items)  # all slots are out of use: this gives them back at once
            self._producers_bed.wake()
        return items

    def _has_room(self) -> bool:
        return self._tail - self._head < self.capacity

    def _has_items_or_ends(self) -> bool:
        return self._tail != self._head or self._closed
