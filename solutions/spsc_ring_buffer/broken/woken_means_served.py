"""Missing: whoever wakes looks again (a permit is taken for an item).

Level: 3
Killed by: test_push_and_pop_keep_each_other_going
Verdict: WRONG
Lesson: The item came between announcing and looking: it was taken without sleeping, and the
permit that was given for it is still in the semaphore. The next wait comes back at once, with
nothing there. A wakeup is a reason to look, never the news itself: loop until it is true or the
deadline has come.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

_NOTHING = object()


class Closed(Exception):
    """The producer has said that nothing more will come."""


class _Bed:
    """Where one side sleeps until the other one has changed something."""

    def __init__(self) -> None:
        self._knocks = threading.Semaphore(0)
        self._in_use = False

    def sleep_until(self, ready: Callable[[], bool], timeout: float | None) -> bool:
        """Sleep until `ready()`; False if that has not come within the timeout."""
        self._in_use = True
        try:
            return ready() or self._knocks.acquire(timeout=timeout)
        finally:
            self._in_use = False

    def wake(self) -> None:
        """To be called by the other side after each publication."""
        if self._in_use:
            self._knocks.release()


class SpscRingBuffer:
    """First in, first out, at most `capacity` items, between exactly two threads."""

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        self.capacity = capacity
        self._slots: list[Any] = [None] * capacity
        self._tail = 0
        self._closed = False
        self._head = 0
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
        self._tail = tail + 1
        self._consumers_bed.wake()
        return True

    def try_pop(self, default: Any = None) -> Any:
        """The oldest item; `default` if there is none."""
        head = self._head
        if head == self._tail:
            return default
        slot = head % self.capacity
        item = self._slots[slot]
        self._slots[slot] = None
        self._head = head + 1
        self._producers_bed.wake()
        return item

    def __len__(self) -> int:
        head = self._head
        return min(self._tail - head, self.capacity)

    def push(self, item: Any, timeout: float | None = None) -> bool:
        """Store the item, waiting for room; False if there was none within the timeout."""
        if self.try_push(item):
            return True
        if not self._producers_bed.sleep_until(self._has_room, timeout):
            return False
        return self.try_push(item)

    def pop(self, timeout: float | None = None, default: Any = None) -> Any:
        """The oldest item, waiting for it; `default` if none came within the timeout."""
        item = self.try_pop(_NOTHING)
        if item is not _NOTHING:
            return item
        if not self._consumers_bed.sleep_until(self._has_items_or_ends, timeout):
            return default
        item = self.try_pop(_NOTHING)
        if item is _NOTHING:
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
            self._tail = tail + count
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
            self._head = head + len(items)
            self._producers_bed.wake()
        return items

    def _has_room(self) -> bool:
        return self._tail - self._head < self.capacity

    def _has_items_or_ends(self) -> bool:
        return self._tail != self._head or self._closed
