"""Right: computes without the lock, and confirms under it that the cursor still stands where it did.

Optimistic concurrency with a version number: rewind and alloc can bring the cursor back to an old value,
so that comparing the cursor alone would take a changed arena for an unchanged one (here harmless, as the
cursor is the whole state, but it is the habit that counts). Slots instead of a dict, a Semaphore as lock.
"""

import threading


class Arena:
    __slots__ = ("_cursor", "_gate", "capacity", "memory")

    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self.capacity = capacity
        self.memory = bytearray(capacity)
        self._gate = threading.Semaphore(1)
        self._cursor = (0, 0)  # version, used: read and replaced together

    @property
    def used(self):
        return self._cursor[1]

    def _swap(self, seen, used):
        with self._gate:
            if self._cursor is not seen:
                return False
            self._cursor = (seen[0] + 1, used)
            return True

    def alloc(self, size, align=8):
        if size < 1:
            raise ValueError("size must be at least 1")
        if align < 1 or align & (align - 1) != 0:
            raise ValueError("align must be a power of two")
        while True:
            seen = self._cursor
            start = seen[1]
            if start % align:
                start += align - start % align
            end = start + size
            if end > self.capacity:
                return None
            if self._swap(seen, end):
                return start

    def reset(self):
        while not self._swap(self._cursor, 0):
            pass

    def mark(self):
        return self.used

    def rewind(self, mark):
        while True:
            seen = self._cursor
            if mark not in range(seen[1] + 1):
                raise ValueError(f"{mark} is no mark of this arena")
            if self._swap(seen, mark):
                return
