"""Right: segregated fit; a fixed table of 32 lists, by power of two and half of it, in the object.

Large enough blocks are in the request's own bin or a higher one: in the first bin that has one the
smallest is taken. Blocks are carved from the upper end of a free block, which therefore stays where
it is in memory; only its size, and perhaps its bin, change.
"""

import threading

USED, BEFORE_USED = 1, 2
NIL = (1 << 64) - 1


def bin_of(size):
    top = size.bit_length()
    return min(31, 2 * (top - 6) + (size >> (top - 2) & 1))


class FreeListAllocator:
    __slots__ = ("_bins", "_end", "_lock", "_w", "memory")

    def __init__(self, heap_size):
        if heap_size < 32:
            raise ValueError("a heap has at least 32 bytes")
        self.memory = bytearray(heap_size)
        self._end = heap_size >> 3  # all addresses here count words
        self._w = memoryview(self.memory)[: self._end * 8].cast("Q")
        self._lock = threading.Lock()
        self._bins = [NIL] * 32
        self._w[0] = BEFORE_USED
        self._give(0, self._end)

    def _size(self, at):
        return self._w[at] >> 3

    def _link(self, at):
        w, number = self._w, bin_of(self._size(at) * 8)
        w[at + 1], w[at + 2] = self._bins[number], NIL
        if w[at + 1] != NIL:
            w[w[at + 1] + 2] = at
        self._bins[number] = at

    def _unlink(self, at):
        w = self._w
        after, before = w[at + 1], w[at + 2]
        if before == NIL:
            self._bins[bin_of(self._size(at) * 8)] = after
        else:
            w[before + 1] = after
        if after != NIL:
            w[after + 2] = before

    def _give(self, at, size):
        """Makes `size` words at `at` one free block, whose neighbours are in use."""
        w = self._w
        w[at] = size << 3 | w[at] & BEFORE_USED
        w[at + size - 1] = size
        if at + size < self._end:
            w[at + size] &= ~BEFORE_USED
        self._link(at)

    def _search(self, need):
        for number in range(bin_of(need * 8), 32):
            best, at = (NIL, NIL), self._bins[number]
            while at != NIL:
                if self._size(at) >= need:
                    best = min(best, (self._size(at), at))
                at = self._w[at + 1]
            if best[1] != NIL:
                return best[1]
        return NIL

    def _take(self, need):
        at = self._search(need)
        if at == NIL:
            return None
        self._unlink(at)
        w, size = self._w, self._size(at)
        if size - need >= 4:
            w[at] = 0 | w[at] & BEFORE_USED
            start = at + size - need
            w[start] = need << 3 | USED
            self._give(at, size - need)
        else:
            start, need = at, size
            w[at] |= USED
        if start + need < self._end:
            w[start + need] |= BEFORE_USED
        return (start + 1) * 8

    def _drop(self, at):
        w, size = self._w, self._size(at)
        after = at + size
        if after < self._end and not w[after] & USED:
            self._unlink(after)
            size += self._size(after)
        if not w[at] & BEFORE_USED:
            before = w[at - 1]
            at -= before
            size += before
            self._unlink(at)
        self._give(at, size)

    def _block(self, ptr):
        at = 0
        while at < self._end and (at + 1) * 8 < ptr:
            at += self._size(at)
        if at >= self._end or (at + 1) * 8 != ptr or not self._w[at] & USED:
            raise ValueError(f"free or realloc of {ptr}, where no block in use starts")
        return at

    @staticmethod
    def _words(size):
        if size < 1:
            raise ValueError("a request is for at least 1 byte")
        return max(4, 1 + (size + 7 >> 3))

    def malloc(self, size):
        need = self._words(size)
        with self._lock:
            return self._take(need)

    def free(self, ptr):
        if ptr is None:
            return
        with self._lock:
            self._drop(self._block(ptr))

    def realloc(self, ptr, size):
        need = self._words(size)
        with self._lock:
            if ptr is None:
                return self._take(need)
            w, at = self._w, self._block(ptr)
            have = self._size(at)
            after = at + have
            room = self._size(after) if after < self._end and not w[after] & USED else 0
            if have < need <= have + room:
                self._unlink(after)
                have += room
                w[at] = have << 3 | w[at] & 7
                if at + have < self._end:
                    w[at + have] |= BEFORE_USED
            if need <= have:
                if have - need >= 4:
                    w[at] = need << 3 | w[at] & 7
                    w[at + need] = have - need << 3 | USED | BEFORE_USED
                    self._drop(at + need)
                return ptr
            new = self._take(need)
            if new is not None:
                length = have * 8 - 8
                self.memory[new : new + length] = self.memory[ptr : ptr + length]
                self._drop(at)
            return new
