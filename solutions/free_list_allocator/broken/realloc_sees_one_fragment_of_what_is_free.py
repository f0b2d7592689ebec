"""Missing: free neighbours act as one for realloc, too (it looks at the first of them only).

Level: 4
Killed by: test_realloc_grows_into_free_neighbours_as_one
Verdict: WRONG
Lesson: Who merges late has to merge before every look, not only before that of malloc.
"""

import threading


class FreeListAllocator:
    def __init__(self, heap_size):
        if heap_size < 32:
            raise ValueError("heap_size")
        self.memory = bytearray(heap_size)
        self._n = heap_size // 8
        self._w = memoryview(self.memory)[: self._n * 8].cast("Q")
        self._lock = threading.Lock()
        self._version = 0
        self._w[0] = self._n << 1

    def _walk(self, ptr):
        i = 0
        while i < self._n:
            word = self._w[i]
            if 8 * i + 8 == ptr and word & 1:
                return i
            if word < 2:
                break  # torn: somebody is changing it
            i += word >> 1
        return None

    def _look(self, ptr):
        version = self._version
        return version, self._walk(ptr)

    def _confirm(self, seen, ptr):
        version, i = seen
        if version != self._version:
            i = self._walk(ptr)
        if i is None:
            raise ValueError("no live block")
        return i

    def _need(self, size):
        if size < 1:
            raise ValueError("size")
        return max(4, (size + 15) // 8)

    def _grant(self, i, have, need):
        if have - need >= 4:
            self._w[i + need] = (have - need) << 1
            have = need
        self._w[i] = have << 1 | 1
        return 8 * i + 8

    def _free_run(self, i):
        n = 0
        while i + n < self._n and not self._w[i + n] & 1:
            n += self._w[i + n] >> 1
        return n

    def _take(self, need):
        best, i = None, 0
        while i < self._n:
            run = self._free_run(i)
            if run:
                self._w[i] = run << 1
                if run >= need and (best is None or run < best[0]):
                    best = run, i
            i += run or self._w[i] >> 1
        if best is None:
            return None
        return self._grant(best[1], best[0], need)

    def malloc(self, size):
        need = self._need(size)
        with self._lock:
            try:
                return self._take(need)
            finally:
                self._version += 1

    def free(self, ptr):
        if ptr is None:
            return
        seen = self._look(ptr)
        with self._lock:
            i = self._confirm(seen, ptr)
            self._w[i] &= ~1
            self._version += 1

    def realloc(self, ptr, size):
        need = self._need(size)
        if ptr is None:
            return self.malloc(size)
        seen = self._look(ptr)
        with self._lock:
            i = self._confirm(seen, ptr)
            try:
                return self._resize(i, ptr, need)
            finally:
                self._version += 1

    def _resize(self, i, ptr, need):
        have = old = self._w[i] >> 1
        if have < need:
            have += (
                self._w[i + have] >> 1 if i + have < self._n and not self._w[i + have] & 1 else 0
            )
        if have >= need:
            return self._grant(i, have, need)
        new = self._take(need)
        if new is not None:
            self.memory[new : new + 8 * old - 8] = self.memory[ptr : ptr + 8 * old - 8]
            self._w[i] &= ~1
        return new
