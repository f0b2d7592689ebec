"""Right: no lock and no guarded field; the cursor is a token in a queue, and who has it may move it.

`queue.SimpleQueue` holds one item, the cursor. `get` waits until it is there, `put` gives it back: what
others do with a lock around data is done here with the data itself.
"""

import contextlib
import queue


class Arena:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("capacity must be at least 1")
        self.capacity = capacity
        self.memory = bytearray(capacity)
        self._token = queue.SimpleQueue()
        self._token.put(0)

    @contextlib.contextmanager
    def _cursor(self):
        cursor = [self._token.get()]
        try:
            yield cursor
        finally:
            self._token.put(cursor[0])

    @property
    def used(self):
        with self._cursor() as cursor:
            return cursor[0]

    def alloc(self, size, align=8):
        if size <= 0:
            raise ValueError("size must be at least 1")
        if align <= 0 or align.bit_count() != 1:
            raise ValueError("align must be a power of two")
        with self._cursor() as cursor:
            offset = -(-cursor[0] // align) * align
            if offset + size > self.capacity:
                return None
            cursor[0] = offset + size
            return offset

    def reset(self):
        self.rewind(0)

    def mark(self):
        return self.used

    def rewind(self, mark):
        with self._cursor() as cursor:
            if mark < 0 or mark > cursor[0]:
                raise ValueError("no such mark")
            cursor[0] = mark
