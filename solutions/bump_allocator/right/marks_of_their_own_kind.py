"""Right: a mark is an int of a class of its own, so that sizes are not taken for marks."""

import threading


class Mark(int):
    """A position to rewind to."""

    __slots__ = ()

    def __repr__(self):
        return f"Mark({int(self)})"


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
            return Mark(self.used)

    def rewind(self, mark: int) -> None:
        """Free all that was allocated since `mark`; ValueError if the arena is not that far."""
        with self._lock:
            # The one check that depends on the state: outside the lock `used` could change after it.
            if not 0 <= mark <= self.used:
                raise ValueError(f"mark {mark} is not between 0 and used, {self.used}")
            self.used = int(mark)
