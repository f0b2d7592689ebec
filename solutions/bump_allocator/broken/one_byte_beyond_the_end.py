"""Missing: a block ends inside memory (the check lets one byte too many through).

Level: 1
Killed by: test_the_arena_can_be_filled_to_the_last_byte
Verdict: WRONG
Lesson: Off by one in the other direction: the last byte of the last block lies outside of memory.
In C this is a heap overflow that works until the neighbour matters. Try every bound with the
value that just does not fit.
"""

import threading


class Arena:
    """A fixed block of memory, handed out from the start onwards and taken back all at once."""

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity must be at least 1, not {capacity}")
        self.capacity = capacity
        self.memory = bytearray(capacity)
        self._lock = threading.Lock()
        self.used = 0

    def alloc(self, size: int, align: int = 8) -> int | None:
        """The offset of a new block, or None if it does not fit. O(1)."""
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        if align < 1 or align & (align - 1):
            raise ValueError(f"align must be a power of two, not {align}")
        with self._lock:
            start = (self.used + align - 1) & -align
            if size > self.capacity - start + 1:
                return None
            self.used = start + size
            return start

    def reset(self) -> None:
        """Make the whole capacity available again. O(1): the bytes stay as they are."""
        with self._lock:
            self.used = 0

    def mark(self) -> int:
        """Where the arena stands now, for `rewind`."""
        with self._lock:
            return self.used

    def rewind(self, mark: int) -> None:
        """Free all that was allocated since `mark`; ValueError if the arena is not that far."""
        with self._lock:
            if not 0 <= mark <= self.used:
                raise ValueError(f"mark {mark} is not between 0 and used, {self.used}")
            self.used = mark
