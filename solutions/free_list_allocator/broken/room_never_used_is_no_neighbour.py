"""Missing: realloc grows in place into what no block has had yet, too (the rest of the heap is in no list
and counts as no block).

Level: 4
Killed by: test_realloc_grows_into_room_that_was_never_used
Verdict: WRONG
Lesson: What is kept apart for speed is one more case in each method, not in malloc and free alone.
"""

import functools
import struct
import threading
import time
from array import array

W = struct.Struct("<II")  # size | used, size of the one before


def locked(method):
    @functools.wraps(method)
    def inner(self, *a, **k):
        while not self._l.acquire(blocking=False):
            time.sleep(0)
        try:
            return method(self, *a, **k)
        finally:
            self._l.release()

    return inner


class FreeListAllocator:
    __slots__ = ("_l", "_s", "memory")

    def __init__(self, heap_size):
        assert isinstance(heap_size, int)
        if heap_size < 32:
            raise ValueError
        self.memory = bytearray(heap_size)
        self._l = threading.Lock()
        self._s = array("q", [0, heap_size // 8 * 8, 0, -1])  # top, end, before top, first hole

    def _r(self, o):
        a, b = W.unpack_from(self.memory, o)
        return a & ~1, a & 1, b

    def _w(self, o, size, used, before):
        W.pack_into(self.memory, o, size | used, before)
        n = o + size
        if n < self._s[0]:
            a, _ = W.unpack_from(self.memory, n)
            W.pack_into(self.memory, n, a, size)
        elif n == self._s[0]:
            self._s[2] = size

    def _nxt(self, o):
        return int.from_bytes(self.memory[o + 8 : o + 16], "little", signed=True)

    def _setnxt(self, o, v):
        self.memory[o + 8 : o + 16] = v.to_bytes(8, "little", signed=True)

    def _insert(self, o):
        size = self._r(o)[0]
        p, q = -1, self._s[3]
        while q >= 0 and (self._r(q)[0], q) < (size, o):
            p, q = q, self._nxt(q)
        self._setnxt(o, q)
        if p < 0:
            self._s[3] = o
        else:
            self._setnxt(p, o)

    def _unlink(self, o):
        p, q = -1, self._s[3]
        while q != o:
            p, q = q, self._nxt(q)
        if p < 0:
            self._s[3] = self._nxt(o)
        else:
            self._setnxt(p, self._nxt(o))

    def _n(self, size):
        if size < 1:
            raise ValueError(size)
        return max(32, (size + 15) // 8 * 8)

    def _get(self, need):
        o = self._s[3]
        while o >= 0 and self._r(o)[0] < need:
            o = self._nxt(o)
        if o >= 0:
            self._unlink(o)
            size, _, before = self._r(o)
            self._finish(o, size, need, before)
            return o + 8
        top, end, before, _ = self._s
        if end - top < need:
            return None
        self._s[0] = top + need
        W.pack_into(self.memory, top, need | 1, before)
        self._s[2] = need
        return top + 8

    def _finish(self, o, size, need, before):
        """o is to be in use with `need` of its `size` bytes"""
        if size - need < 32:
            self._w(o, size, 1, before)
            return
        W.pack_into(self.memory, o, need | 1, before)
        self._w(o + need, size - need, 1, need)
        self._put(o + need)

    def _put(self, o):
        size, _, before = self._r(o)
        if before and not self._r(o - before)[1]:
            self._unlink(o - before)
            o -= before
            size += before
            before = self._r(o)[2]
        n = o + size
        if n < self._s[0] and not self._r(n)[1]:
            self._unlink(n)
            size += self._r(n)[0]
        if o + size == self._s[0]:
            self._s[0], self._s[2] = o, before
        else:
            self._w(o, size, 0, before)
            self._insert(o)

    def _at(self, ptr):
        o = 0
        while o < self._s[0]:
            size, used, _ = self._r(o)
            if o + 8 == ptr and used:
                return o
            o += size
        raise ValueError(ptr)

    @locked
    def malloc(self, size):
        return self._get(self._n(size))

    @locked
    def free(self, ptr):
        if ptr is not None:
            self._put(self._at(ptr))

    @locked
    def realloc(self, ptr, size):
        need = self._n(size)
        if ptr is None:
            return self._get(need)
        o = self._at(ptr)
        size, _, before = self._r(o)
        n = o + size
        if need > size:
            if False:
                self._s[0] = o + need
                W.pack_into(self.memory, o, need | 1, before)
                self._s[2] = need
                return ptr
            if n < self._s[0]:
                s, u, _ = self._r(n)
                if not u and size + s >= need:
                    self._unlink(n)
                    size += s
        if need <= size:
            self._finish(o, size, need, before)
            return ptr
        new = self._get(need)
        if new is not None:
            self.memory[new : new + size - 8] = self.memory[ptr : ptr + size - 8]
            self._put(o)
        return new
