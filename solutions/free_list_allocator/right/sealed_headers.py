"""Right: no walk to check a pointer; each header carries a seal over its address, its size and a secret.

Bytes that a caller wrote, a copied header too, have the wrong seal for where they stand: with 32 bits of
it, one word in four thousand millions would pass. Headers that merging leaves behind are wiped. 16 bytes
a block: a word of size, flag and seal, and the size of the block before, by which free goes back.
"""

import os
import threading
import zlib

HEADER = 16


class FreeListAllocator:
    def __init__(self, heap_size):
        if heap_size < 32:
            raise ValueError("heap too small")
        self.memory = bytearray(heap_size)
        self._end = heap_size // 8 * 8
        self._secret = os.urandom(8)
        self._lock = threading.Lock()
        self._write(0, self._end, 0, 0)

    def _seal(self, at, size, used):
        return zlib.crc32(b"%d %d %d" % (at, size, used) + self._secret)

    def _write(self, at, size, used, before):
        self.memory[at : at + 4] = (size | used).to_bytes(4, "little")
        self.memory[at + 4 : at + 8] = self._seal(at, size, used).to_bytes(4, "little")
        self.memory[at + 8 : at + 16] = before.to_bytes(8, "little")
        if at + size < self._end:
            self.memory[at + size + 8 : at + size + 16] = size.to_bytes(8, "little")

    def _read(self, at):
        word = int.from_bytes(self.memory[at : at + 4], "little")
        return word & ~1, word & 1, int.from_bytes(self.memory[at + 8 : at + 16], "little")

    def _check(self, ptr):
        at = ptr - HEADER
        if ptr % 8 == 0 and 0 <= at <= self._end - 32:
            size, used, _ = self._read(at)
            seal = int.from_bytes(self.memory[at + 4 : at + 8], "little")
            if used and seal == self._seal(at, size, used):
                return at
        raise ValueError(f"{ptr} does not carry this heap's seal")

    def _wipe(self, at):
        self.memory[at : at + HEADER] = bytes(HEADER)

    def _merge(self, at, size, before):
        after = at + size
        if after < self._end:
            more, used, _ = self._read(after)
            if not used:
                self._wipe(after)
                size += more
        if at and not self._read(at - before)[1]:
            self._wipe(at)
            at -= before
            size += before
            before = self._read(at)[2]
        self._write(at, size, 0, before)

    def _cut(self, at, size, need, before):
        """A block in use of `need` bytes; what is beyond it becomes free, and one with what follows."""
        if size - need < 32:
            self._write(at, size, 1, before)
            return
        self._write(at, need, 1, before)
        self._write(at + need, size - need, 1, need)
        self._merge(at + need, size - need, need)

    @staticmethod
    def _need(size):
        if size < 1:
            raise ValueError("size must be at least 1")
        return max(32, HEADER + (size + 7) // 8 * 8)

    def _allocate(self, need):
        best, at = None, 0
        while at < self._end:
            size, used, before = self._read(at)
            if not used and size >= need and (best is None or size < best[1]):
                best = at, size, before
            at += size
        if best is None:
            return None
        at, size, before = best
        self._cut(at, size, need, before)
        return at + HEADER

    def malloc(self, size):
        need = self._need(size)
        with self._lock:
            return self._allocate(need)

    def free(self, ptr):
        if ptr is None:
            return
        with self._lock:
            at = self._check(ptr)
            size, _, before = self._read(at)
            self._wipe(at)
            self._merge(at, size, before)

    def realloc(self, ptr, size):
        need = self._need(size)
        with self._lock:
            if ptr is None:
                return self._allocate(need)
            at = self._check(ptr)
            have, _, before = self._read(at)
            if need > have and at + have < self._end:
                more, used, _ = self._read(at + have)
                if not used and have + more >= need:
                    self._wipe(at + have)
                    have += more
            if need <= have:
                self._cut(at, have, need, before)
                return ptr
            new = self._allocate(need)
            if new is not None:
                length = have - HEADER
                self.memory[new : new + length] = self.memory[ptr : ptr + length]
                have, _, before = self._read(at)
                self._wipe(at)
                self._merge(at, have, before)
            return new
