"""Right: it wastes all that the contract allows: 64 bytes for the heap itself, 16 for each block.

Eight heads of lists, by powers of two, stand at the start of the heap. A block begins with its size and
flag and with the size of the block before it; a remainder below 32 bytes goes with the block. A heap of
96 bytes holds one block of 32, and so 16 bytes. The lock is a flag that is guarded by a condition.
"""

import contextlib
import struct
import threading

HEADS = 8
SUPER = 8 * HEADS
HDR = 16


class FreeListAllocator:
    def __init__(self, heap_size: int) -> None:
        if heap_size < SUPER + 32:
            raise ValueError("the heap has to hold the superblock and one block")
        self.memory = bytearray(heap_size)
        self._limit = SUPER + (heap_size - SUPER) // 8 * 8
        self._cond = threading.Condition()
        self._busy = False
        self._set(SUPER, self._limit - SUPER, 0, 0)
        self._push(SUPER)

    @contextlib.contextmanager
    def _exclusive(self):
        with self._cond:
            while self._busy:
                self._cond.wait()
            self._busy = True
        try:
            yield self
        finally:
            with self._cond:
                self._busy = False
                self._cond.notify()

    def _u(self, at):
        return struct.unpack_from("<q", self.memory, at)[0]

    def _p(self, at, value):
        struct.pack_into("<q", self.memory, at, value)

    def _size(self, b):
        return self._u(b) & ~1

    def _used(self, b):
        return self._u(b) & 1

    def _set(self, b, size, used, before):
        self._p(b, size | used)
        self._p(b + 8, before)
        if b + size < self._limit:
            self._p(b + size + 8, size)

    def _head(self, size):
        return 8 * min(HEADS - 1, size.bit_length() - 6)

    def _push(self, b):
        head = self._head(self._size(b))
        self._p(b + 16, self._u(head))
        self._p(head, b)

    def _pop(self, b):
        at = self._head(self._size(b))
        while self._u(at) != b:
            at = self._u(at) + 16
        self._p(at, self._u(b + 16))

    def _find(self, need):
        for head in range(self._head(need), SUPER, 8):
            best, b = None, self._u(head)
            while b:
                if self._size(b) >= need and (best is None or (self._size(b), b) < best):
                    best = self._size(b), b
                b = self._u(b + 16)
            if best:
                return best[1]
        return None

    def _need(self, size):
        if size < 1:
            raise ValueError(size)
        return max(32, (size + 7) // 8 * 8 + HDR)

    def _grant(self, b, size, need):
        before = self._u(b + 8)
        if size - need < 32:
            need = size
        if need == size:
            self._set(b, size, 1, before)
            return
        self._p(b, need | 1)
        self._set(b + need, size - need, 1, need)
        self._release(b + need)

    def _release(self, b):
        size, before = self._size(b), self._u(b + 8)
        n = b + size
        if n < self._limit and not self._used(n):
            self._pop(n)
            size += self._size(n)
        if before and not self._used(b - before):
            b -= before
            self._pop(b)
            size += before
            before = self._u(b + 8)
        self._set(b, size, 0, before)
        self._push(b)

    def _take(self, need):
        b = self._find(need)
        if b is None:
            return None
        self._pop(b)
        self._grant(b, self._size(b), need)
        return b + HDR

    def _block(self, ptr):
        b = SUPER
        while b < self._limit:
            if b + HDR == ptr:
                if self._used(b):
                    return b
                break
            b += self._size(b)
        raise ValueError("no block in use there")

    def malloc(self, size):
        need = self._need(size)
        with self._exclusive():
            return self._take(need)

    def free(self, ptr):
        if ptr is None:
            return
        with self._exclusive() as me:
            me._release(me._block(ptr))

    def realloc(self, ptr, size):
        need = self._need(size)
        with self._exclusive():
            if ptr is None:
                return self._take(need)
            b = self._block(ptr)
            have = self._size(b)
            n = b + have
            if (
                have < need
                and n < self._limit
                and not self._used(n)
                and have + self._size(n) >= need
            ):
                self._pop(n)
                have += self._size(n)
            if have >= need:
                self._grant(b, have, need)
                return ptr
            new = self._take(need)
            if new is not None:
                k = have - HDR
                self.memory[new : new + k] = self.memory[ptr : ptr + k]
                self._release(b)
            return new
