"""Missing: capacity < 1 raises ValueError.

Level: 1
Killed by: test_a_capacity_below_1_raises_ValueError
Verdict: WRONG
Lesson: An arena of 0 bytes that refuses everything is a mistake of the caller which shows up far
away from where it was made. Say so where it was made.
"""

import threading


class Arena:
    """A fixed block of memory, handed out from the start onwards and taken back all at once."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.memory = bytearray(max(capacity, 0))
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
            if start > self.capacity or size > self.capacity - start:
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
