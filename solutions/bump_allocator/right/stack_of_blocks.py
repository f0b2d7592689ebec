"""Right: remembers the end of every block on a stack, of which only the top is ever looked at.

More than is needed, but alloc stays O(1): one append. rewind cuts the stack, and pushes the mark where
it lies in the middle of a block's padding. Guarded by an RLock, as the methods call each other.
"""

import threading


class Arena:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self.capacity = capacity
        self.memory = bytearray(capacity)
        self._guard = threading.RLock()
        self._ends = [0]

    @property
    def used(self):
        with self._guard:
            return self._ends[-1]

    def alloc(self, size, align=8):
        if size < 1 or align < 1 or (align & -align) != align:
            raise ValueError("size must be positive and align a power of two")
        with self._guard:
            offset = self.used + (-self.used % align)
            if offset > self.capacity - size:
                return None
            self._ends.append(offset + size)
            return offset

    def reset(self):
        with self._guard:
            self._ends = [0]

    def mark(self):
        return self.used

    def rewind(self, mark):
        with self._guard:
            if not 0 <= mark <= self.used:
                raise ValueError("the arena is not that far")
            if mark != self.used:
                self._ends = [mark]
