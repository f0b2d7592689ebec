"""The Python API of bump_allocator over its C reference."""

import sys

from harness.native.bind import load

ffi, lib = load("bump_allocator")


class Arena:
    """See katas/bump_allocator."""

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        self.capacity = capacity
        self.memory = bytearray(capacity)
        self._arena = ffi.gc(lib.arena_new(capacity), lib.arena_delete)
        if self._arena == ffi.NULL:
            raise MemoryError("no memory for the arena's own fields")

    @property
    def used(self) -> int:
        """Bytes consumed from the start."""
        return int(lib.arena_used(self._arena))

    def alloc(self, size: int, align: int = 8) -> int | None:
        """An offset, or None."""
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        if align < 1 or align & (align - 1):
            raise ValueError(f"align must be a power of two, not {align}")
        if size > sys.maxsize:  # more than size_t can say fits in no memory
            return None
        start = ffi.new("size_t *")
        # An alignment beyond size_t is met by offset 0 alone, as is the largest that it can say.
        if lib.arena_alloc_shared(self._arena, size, min(align, sys.maxsize + 1), start):
            return int(start[0])
        return None

    def reset(self) -> None:
        """All is free again."""
        lib.arena_reset(self._arena)

    def mark(self) -> int:
        """For rewind."""
        return self.used

    def rewind(self, mark: int) -> None:
        """Frees what came after `mark`."""
        if not 0 <= mark <= sys.maxsize or not lib.arena_rewind(self._arena, mark):
            raise ValueError(f"mark {mark} is not between 0 and used, {self.used}")
