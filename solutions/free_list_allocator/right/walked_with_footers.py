"""Right: no list of free blocks at all; every block has a header and a footer, and malloc walks them.

The textbook's implicit list: |size+flag| payload |size+flag|, 16 bytes a block. First fit by address,
coalescing at once, both neighbours found by arithmetic. Words are packed with struct, sizes are in bytes.
"""

import struct
import threading

TAG = struct.Struct("<q")


class FreeListAllocator:
    def __init__(self, heap_size):
        if heap_size < 32:
            raise ValueError("too small a heap")
        self.memory = bytearray(heap_size)
        self._limit = heap_size - heap_size % 8
        self._lock = threading.RLock()
        self._tag(0, self._limit, False)

    def _tag(self, at, size, used):
        word = size + 1 if used else size
        TAG.pack_into(self.memory, at, word)
        TAG.pack_into(self.memory, at + size - 8, word)

    def _read(self, at):
        word = TAG.unpack_from(self.memory, at)[0]
        return word & ~7, word & 1

    def _blocks(self):
        at = 0
        while at < self._limit:
            size, used = self._read(at)
            yield at, size, used
            at += size

    def _find(self, ptr):
        for at, size, used in self._blocks():
            if at + 8 == ptr and used:
                return at, size
        raise ValueError(f"no block in use starts at {ptr}")

    @staticmethod
    def _cost(size):
        if size < 1:
            raise ValueError("size must be positive")
        return max(32, (size + 23) & -8)

    def _place(self, at, size, cost):
        if size - cost >= 32:
            self._tag(at + cost, size - cost, False)
            size = cost
        self._tag(at, size, True)

    def malloc(self, size):
        cost = self._cost(size)
        with self._lock:
            for at, have, used in self._blocks():
                if not used and have >= cost:
                    self._place(at, have, cost)
                    return at + 8
            return None

    def _merge(self, at, size):
        """Frees [at, at + size) together with what is free around it."""
        if at + size < self._limit:
            after, used = self._read(at + size)
            if not used:
                size += after
        if at:
            before, used = self._read(at - 8)
            if not used:
                at -= before
                size += before
        self._tag(at, size, False)

    def free(self, ptr):
        if ptr is not None:
            with self._lock:
                self._merge(*self._find(ptr))

    def realloc(self, ptr, size):
        if ptr is None:
            return self.malloc(size)
        cost = self._cost(size)
        with self._lock:
            at, have = self._find(ptr)
            if cost > have and at + have < self._limit:
                after, used = self._read(at + have)
                if not used and have + after >= cost:
                    have += after
            if cost <= have:
                self._tag(at, have, True)
                if have - cost >= 32:
                    self._tag(at, cost, True)
                    self._merge(at + cost, have - cost)
                return ptr
            new = self.malloc(size)
            if new is not None:
                self.memory[new : new + have - 16] = self.memory[ptr : ptr + have - 16]
                self._merge(at, have)
            return new
