"""Right: free only clears a flag; neighbours are merged later, by whoever walks past looking for room.

Deferred coalescing. A block is a header and a payload, nothing else, so that even free blocks have no
links. malloc walks all blocks, merges runs of free ones on the way, and takes the best of them.
"""

import threading


class FreeListAllocator:
    def __init__(self, heap_size):
        if heap_size < 32:
            raise ValueError(f"{heap_size} bytes are no heap")
        self.memory = bytearray(heap_size)
        self._top = heap_size & ~7
        self._guard = threading.Condition()
        self._write(0, self._top, 0)

    def _write(self, at, size, used):
        self.memory[at : at + 8] = (size | used).to_bytes(8, "big")

    def _size(self, at):
        return int.from_bytes(self.memory[at : at + 8], "big") & ~1

    def _used(self, at):
        return self.memory[at + 7] & 1

    def _swallow(self, at):
        """Merges a free block, or one in use about to grow, with all free ones behind it."""
        size, used = self._size(at), self._used(at)
        while at + size < self._top and not self._used(at + size):
            size += self._size(at + size)
        self._write(at, size, used)
        return size

    def _carve(self, at, have, need):
        if have - need >= 32:
            self._write(at + need, have - need, 0)
            have = need
        self._write(at, have, 1)
        return at + 8

    def _need(self, size):
        if size <= 0:
            raise ValueError(f"{size} bytes are no request")
        return max(32, 8 + -(-size // 8) * 8)

    def _allocate(self, need):
        best = None
        at = 0
        while at < self._top:
            size = self._size(at) if self._used(at) else self._swallow(at)
            if not self._used(at) and size >= need and (best is None or size < best[1]):
                best = at, size
            at += size
        return None if best is None else self._carve(*best, need)

    def _start(self, ptr):
        at = 0
        while at < self._top and at + 8 < ptr:
            at += self._size(at)
        if at + 8 != ptr or at >= self._top or not self._used(at):
            raise ValueError(f"{ptr} was not handed out")
        return at

    def malloc(self, size):
        need = self._need(size)
        with self._guard:
            return self._allocate(need)

    def free(self, ptr):
        with self._guard:
            if ptr is not None:
                at = self._start(ptr)
                self._write(at, self._size(at), 0)

    def realloc(self, ptr, size):
        need = self._need(size)
        with self._guard:
            if ptr is None:
                return self._allocate(need)
            at = self._start(ptr)
            old = self._size(at)
            have = old if old >= need else self._swallow(at)
            if have >= need:
                return self._carve(at, have, need)
            self._carve(at, have, old)  # what was swallowed in vain is free again
            new = self._allocate(need)
            if new is not None:
                self.memory[new : new + old - 8] = self.memory[ptr : ptr + old - 8]
                self._write(at, self._size(at), 0)
            return new
