"""A bump allocator: one cursor that only moves forward, and is put back for many blocks at once.

Invariants (they hold whenever nobody is inside `with self._lock`):
    I1  0 <= used <= capacity == len(memory), and `memory` is the object made in the constructor.
    I2  Every block handed out and not yet taken back lies wholly in memory[:used].
    I3  `used` is the end of the block handed out last, or the mark that was last rewound to.

I2 is why blocks never overlap: a new one starts at or after `used`, and `used` then covers it.

Lock order: there is one lock, held for the few steps between reading the cursor and moving it.
Arguments are checked before it is taken: they need no lock, and nothing can then raise under it.
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
        # guarded by self._lock
        self.used = 0

    def alloc(self, size: int, align: int = 8) -> int | None:
        """The offset of a new block, or None if it does not fit. O(1)."""
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        if align < 1 or align & (align - 1):
            raise ValueError(f"align must be a power of two, not {align}")
        with self._lock:
            # -align has all bits set from align's upwards, so & rounds down; the sum before rounds up.
            start = (self.used + align - 1) & -align
            # Written as a subtraction, because in C `start + size` could wrap round to something small.
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
            # The one check that depends on the state: outside the lock `used` could change after it.
            if not 0 <= mark <= self.used:
                raise ValueError(f"mark {mark} is not between 0 and used, {self.used}")
            self.used = mark
