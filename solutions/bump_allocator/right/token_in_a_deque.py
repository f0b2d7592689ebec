"""Right: who has popped the only token of a deque may move the cursor; who finds none tries again.

A spin lock that needs no lock: `deque.pop` is atomic. Others get their turn by `sleep(0)`. Nothing in the
contract of `alloc` says that it blocks, so it may spin; on one core, and with long sections, one would not.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True, eq=False)
class Arena:
    capacity: int
    memory: bytearray = field(init=False, repr=False)
    used: int = field(init=False, default=0)
    _token: deque = field(init=False, repr=False, default_factory=lambda: deque((1,)))

    def __post_init__(self):
        match self.capacity:
            case int(n) if n >= 1:
                self.memory = bytearray(n)
            case _:
                raise ValueError(f"bad capacity {self.capacity!r}")

    @contextlib.contextmanager
    def _held(self):
        while True:
            try:
                token = self._token.pop()
            except IndexError:
                time.sleep(0)
            else:
                break
        try:
            yield
        finally:
            self._token.append(token)

    def alloc(self, size, align=8):
        match (size, align):
            case (s, _) if s < 1:
                raise ValueError("size")
            case (_, a) if a < 1 or a.bit_count() != 1:
                raise ValueError("align")
        with self._held():
            start, rest = divmod(self.used, align)
            start = (start + (rest > 0)) * align
            if (end := start + size) > self.capacity:
                return None
            self.used = end
        return start

    def reset(self):
        with self._held():
            self.used = 0

    def mark(self):
        return self.used

    def rewind(self, mark):
        with self._held():
            if mark not in range(self.used + 1):
                raise ValueError(mark)
            self.used = mark
