"""The Python API of spsc_ring_buffer over its C reference.

An item goes through C as a handle. What keeps it alive meanwhile is the set of the handles that are in
the ring: the producer adds to it before it pushes, the consumer takes out what it has popped.
"""

import sys
from collections.abc import Sequence
from typing import Any

from harness.native.bind import load

ffi, lib = load("spsc_ring_buffer")


class Closed(Exception):  # noqa: N818 - the contract's name
    """The producer has said that nothing more will come."""


class SpscRingBuffer:
    """See katas/spsc_ring_buffer."""

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        self.capacity = capacity
        self._ring = ffi.gc(lib.ring_new(min(capacity, sys.maxsize)), lib.ring_delete)
        if self._ring == ffi.NULL:
            raise MemoryError(f"no memory for {capacity} items")
        self._inside: set[Any] = set()
        self._popped = ffi.new("void **")  # the consumer's

    def try_push(self, item: Any) -> bool:
        """Whether there was room."""
        handle = self._keep(item)
        return self._pushed(handle, lib.ring_try_push(self._ring, handle))

    def push(self, item: Any, timeout: float | None = None) -> bool:
        """Whether there was room in time."""
        handle = self._keep(item)
        return self._pushed(handle, lib.ring_push(self._ring, handle, _seconds(timeout)))

    def try_pop(self, default: Any = None) -> Any:
        """The oldest item, or the default."""
        if not lib.ring_try_pop(self._ring, self._popped):
            return default
        return self._give(self._popped[0])

    def pop(self, timeout: float | None = None, default: Any = None) -> Any:
        """The oldest item, or the default at the deadline."""
        outcome = lib.ring_pop(self._ring, self._popped, _seconds(timeout))
        if outcome == lib.RING_CLOSED:
            raise Closed("the ring is closed and drained")
        return self._give(self._popped[0]) if outcome == lib.RING_DONE else default

    def close(self) -> None:
        """No more items will come."""
        lib.ring_close(self._ring)

    def push_many(self, items: Sequence[Any]) -> int:
        """How many of the items fitted."""
        if lib.ring_is_closed(self._ring):
            raise Closed("push after close")
        handles = [self._keep(item) for item in items[: self.capacity]]
        count = int(lib.ring_push_many(self._ring, ffi.new("void *[]", handles), len(handles)))
        self._inside.difference_update(handles[count:])
        return count

    def pop_many(self, limit: int) -> list[Any]:
        """Up to `limit` of the oldest items."""
        if limit < 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        limit = min(limit, self.capacity)
        popped = ffi.new("void *[]", limit)
        count = lib.ring_pop_many(self._ring, popped, limit)
        return [self._give(popped[number]) for number in range(count)]

    def __len__(self) -> int:
        return int(lib.ring_size(self._ring))

    def _keep(self, item: Any) -> Any:
        handle = ffi.new_handle(item)
        self._inside.add(handle)
        return handle

    def _give(self, handle: Any) -> Any:
        item = ffi.from_handle(handle)
        self._inside.remove(handle)
        return item

    def _pushed(self, handle: Any, outcome: int) -> bool:
        if outcome != lib.RING_DONE:
            self._inside.remove(handle)
        if outcome == lib.RING_CLOSED:
            raise Closed("push after close")
        return bool(outcome == lib.RING_DONE)


def _seconds(timeout: float | None) -> float:
    """As C takes it: a negative one is none."""
    return -1.0 if timeout is None else timeout
