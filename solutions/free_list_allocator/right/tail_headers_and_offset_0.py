"""Right: the size stands behind the payload, so that the first payload starts at offset 0.

Block 0 of the heap is [payload ... | size, flag]: whoever takes 0 for "no block" is wrong here. Walks go
downwards, from the end of the heap to its start, because a block is known by where it ends. Best fit,
the highest of equal ones. Every block in use is carved from the upper end of a free one.
"""

import threading

TAIL = 8


class FreeListAllocator:
    def __init__(self, heap_size):
        if heap_size < 32:
            raise ValueError("a heap below 32 bytes")
        self.memory = bytearray(heap_size)
        self._end = heap_size & -8
        self._lock = threading.RLock()
        self._set(0, self._end, False)

    def _set(self, start, size, used):
        end = start + size
        self.memory[end - TAIL : end] = (2 * size + used).to_bytes(TAIL, "little", signed=False)

    def _walk(self):
        """All blocks as (start, size, used), the highest first; free neighbours as one."""
        end, pending = self._end, None
        while end > 0:
            word = int.from_bytes(self.memory[end - TAIL : end], "little")
            start, size, used = end - (word >> 1), word >> 1, bool(word & 1)
            end = start
            if used:
                if pending:
                    yield (*pending, False)
                pending = None
                yield start, size, True
            else:
                pending = (start, size + (pending[1] if pending else 0))
        if pending:
            yield (*pending, False)

    def _need(self, size):
        if not size > 0:
            raise ValueError("a size below 1")
        return max(32, (size + 7) // 8 * 8 + TAIL)

    def _allocate(self, need):
        fits = [(size, -start) for start, size, used in self._walk() if not used and size >= need]
        if not fits:
            return None
        size, start = min(fits)
        return self._use(-start, size, need, False)

    def _use(self, start, size, need, low):
        """A block in use of `need` bytes at the low or the high end of a free stretch."""
        if size - need < 32:
            low, need = True, size
        first, second = (need, size - need) if low else (size - need, need)
        if second:
            self._set(start + first, second, not low)
        self._set(start, first, low)
        return start if low else start + first

    def _find(self, ptr):
        above = None
        for start, size, used in self._walk():
            if start == ptr and used:
                return size, above
            above = None if used else (start, size)
        raise ValueError(f"nothing in use starts at {ptr}")

    def malloc(self, size):
        need = self._need(size)
        with self._lock:
            return self._allocate(need)

    def free(self, ptr):
        if ptr is None:
            return
        with self._lock:
            size, _ = self._find(ptr)
            self._set(ptr, size, False)

    def realloc(self, ptr, size):
        need = self._need(size)
        with self._lock:
            if ptr is None:
                return self._allocate(need)
            have, above = self._find(ptr)
            if need > have and above and have + above[1] >= need:
                self._use(ptr, have + above[1], need, True)
                return ptr
            if need <= have:
                self._use(ptr, have, need, True)
                return ptr
            new = self._allocate(need)
            if new is not None:
                self.memory[new : new + have - TAIL] = self.memory[ptr : ptr + have - TAIL]
                self._set(ptr, have, False)
            return new
