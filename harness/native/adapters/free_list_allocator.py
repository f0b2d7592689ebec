"""The Python API of free_list_allocator over its C reference."""

import sys
from typing import Any

from harness.native.bind import load

ffi, lib = load("free_list_allocator")


class FreeListAllocator:
    """See katas/free_list_allocator."""

    def __init__(self, heap_size: int) -> None:
        if heap_size < lib.heap_least():
            raise ValueError(f"a heap needs at least {lib.heap_least()} bytes, not {heap_size}")
        if heap_size > lib.heap_most():
            raise MemoryError(f"a heap has at most {lib.heap_most()} bytes, not {heap_size}")
        self.memory = bytearray(heap_size)
        self._bytes = ffi.from_buffer(self.memory, require_writable=True)  # lent for good
        self._heap = ffi.gc(lib.heap_new(self._bytes, heap_size), lib.heap_delete)
        if self._heap == ffi.NULL:
            raise MemoryError("no memory for the heap's own fields")

    def malloc(self, size: int) -> int | None:
        """A payload's offset, or None."""
        return int(lib.heap_malloc(self._heap, _size(size))) or None

    def free(self, ptr: int | None) -> None:
        """Takes a payload back."""
        if ptr is None:
            return
        if not 0 <= ptr <= sys.maxsize or not lib.heap_free(self._heap, ptr):
            raise _no_block(ptr)

    def realloc(self, ptr: int | None, size: int) -> int | None:
        """The payload's new offset, or None."""
        if ptr is None:
            return self.malloc(size)
        size = _size(size)
        if not 0 <= ptr <= sys.maxsize:
            raise _no_block(ptr)
        now = ffi.new("size_t *")
        outcome = lib.heap_realloc(self._heap, ptr, size, now)
        if outcome == lib.HEAP_BAD_POINTER:
            raise _no_block(ptr)
        return int(now[0]) if outcome == lib.HEAP_DONE else None

    def check(self) -> str | None:
        """The name of the first invariant of the heap that does not hold, or None."""
        failure = lib.heap_check(self._heap)
        name: Any = ffi.string(lib.heap_failure_name(failure))
        return None if failure == lib.HEAP_SOUND else str(name.decode())


def _size(size: int) -> int:
    """The size as C can say it: what it cannot fits in no memory, like the most that it can."""
    if size < 1:
        raise ValueError(f"size must be at least 1, not {size}")
    return min(size, sys.maxsize)


def _no_block(ptr: int) -> ValueError:
    return ValueError(f"{ptr} is not the start of a block in use")
