"""Right: best fit, but blocks are carved from the lower and the upper end of a free one in turn.

Blocks that were asked for one after the other need not be neighbours. All blocks are in a list in order
of address, linked both ways: a header has two offsets, and in the second one the flag.
"""

import itertools
import struct
import threading

_H = struct.Struct("<II")


class FreeListAllocator:
    def __init__(self, heap_size):
        if heap_size < 32:
            raise ValueError(heap_size)
        self.memory = bytearray(heap_size)
        self._end = heap_size // 8 * 8
        self._mutex = threading.Lock()
        self._turn = itertools.cycle((False, True))
        self._put(0, 0, self._end, 0)

    def _put(self, at, before, after, used):
        _H.pack_into(self.memory, at, before, after | used)

    def _get(self, at):
        before, word = _H.unpack_from(self.memory, at)
        return before, word & ~1, word & 1

    def _relink(self, at, before):
        if at < self._end:
            _, after, used = self._get(at)
            self._put(at, before, after, used)

    @staticmethod
    def _need(size):
        if size < 1:
            raise ValueError(size)
        return max(32, (size + 7) // 8 * 8 + 8)

    def _take(self, size, need):
        best, at = None, 0
        while at < self._end:
            _, after, used = self._get(at)
            if not used and after - at >= need and (best is None or after - at < best[0]):
                best = after - at, at
            at = after
        if best is None:
            return None
        have, at = best
        before, after, _ = self._get(at)
        if have - need < 32:
            self._put(at, before, after, 1)
            return at + 8
        if next(self._turn):
            new = after - need
            self._put(at, before, new, 0)
            self._put(new, at, after, 1)
            self._relink(after, new)
            return new + 8
        self._put(at, before, at + need, 1)
        self._put(at + need, at, after, 0)
        self._relink(after, at + need)
        return at + 8

    def _drop(self, at):
        before, after, _ = self._get(at)
        if after < self._end:
            _, beyond, used = self._get(after)
            if not used:
                after = beyond
        if at:
            first, _, used = self._get(before)
            if not used:
                at, before = before, first
        self._put(at, before, after, 0)
        self._relink(after, at)

    def _find(self, ptr):
        at = 0
        while at < self._end:
            _, after, used = self._get(at)
            if at + 8 == ptr:
                if used:
                    return at, after
                break
            at = after
        raise ValueError(ptr)

    def malloc(self, size):
        need = self._need(size)
        with self._mutex:
            return self._take(size, need)

    def free(self, ptr):
        if ptr is None:
            return
        with self._mutex:
            self._drop(self._find(ptr)[0])

    def realloc(self, ptr, size):
        need = self._need(size)
        with self._mutex:
            if ptr is None:
                return self._take(size, need)
            at, after = self._find(ptr)
            end = after
            if end - at < need and after < self._end:
                _, beyond, used = self._get(after)
                if not used and beyond - at >= need:
                    end = beyond
            if end - at >= need:
                before = self._get(at)[0]
                if end - at - need >= 32:
                    self._put(at, before, at + need, 1)
                    self._put(at + need, at, end, 1)
                    self._relink(end, at + need)
                    self._drop(at + need)
                else:
                    self._put(at, before, end, 1)
                    self._relink(end, at)
                return ptr
            new = self._take(size, need)
            if new is not None:
                length = after - ptr
                self.memory[new : new + length] = self.memory[ptr : ptr + length]
                self._drop(at)
            return new
