"""Right: a dataclass whose cursor is an unsigned 64-bit slot of an array, as the C version would have it.

An array("Q") refuses what does not fit in 64 bits, so everything that comes from the caller is compared
before it gets there. One bare lock, taken and released by hand with try/finally.
"""

import array
import threading
from dataclasses import dataclass, field


@dataclass(eq=False)
class Arena:
    capacity: int
    memory: bytearray = field(init=False, repr=False)
    _slot: array.array = field(
        default_factory=lambda: array.array("Q", [0]), init=False, repr=False
    )
    _lock: object = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self):
        if not self.capacity >= 1:
            raise ValueError("capacity must be at least 1")
        self.memory = bytearray(self.capacity)

    @property
    def used(self):
        return self._slot[0]

    def alloc(self, size, align=8):
        self._lock.acquire()
        try:
            if size < 1 or align < 1 or (align - 1).bit_length() == align.bit_length():
                raise ValueError("size must be positive and align a power of two")
            cursor = self._slot[0]
            misfit = cursor & (align - 1)
            start = cursor if misfit == 0 else cursor + (align - misfit)
            if start >= self.capacity or size > self.capacity - start:
                return None
            self._slot[0] = start + size
            return start
        finally:
            self._lock.release()

    def reset(self):
        self._lock.acquire()
        try:
            self._slot[0] = 0
        finally:
            self._lock.release()

    def mark(self):
        return self._slot[0]

    def rewind(self, mark):
        self._lock.acquire()
        try:
            if mark < 0 or mark > self._slot[0]:
                raise ValueError("no such mark")
            self._slot[0] = mark
        finally:
            self._lock.release()
