"""Kata: a bump allocator (arena). README.md asks the question, hints.md helps.

Write here. `kata grade bump_allocator` grades what stands here.
"""


class Arena:
    """A fixed block of memory, handed out from the start onwards and taken back all at once.

    capacity: bytes, fixed.
    memory: the bytearray that blocks lie in; len(memory) == capacity, and always the same object.
    used: bytes consumed from the start, padding included.
    """

    capacity: int
    memory: bytearray
    used: int

    def __init__(self, capacity: int) -> None:
        """Raise ValueError unless capacity >= 1."""
        # TODO 1: what must an arena remember?
        raise NotImplementedError

    def alloc(self, size: int, align: int = 8) -> int | None:
        """The offset into `memory` of a new block of `size` bytes, or None if it does not fit.

        The offset is the lowest multiple of `align` at or after `used`. A request that does not fit
        changes nothing. size < 1: ValueError. O(1).
        """
        # TODO 1: hand out the next block.
        # TODO 2: any power of two as `align`, anything else ValueError; huge requests.
        # TODO 4: several threads call this at once.
        raise NotImplementedError

    def reset(self) -> None:
        """Make the whole capacity available again. O(1)."""
        # TODO 1
        raise NotImplementedError

    def mark(self) -> int:
        """Where the arena stands now, for `rewind`."""
        # TODO 3
        raise NotImplementedError

    def rewind(self, mark: int) -> None:
        """Free all that was allocated since `mark` was taken, nested marks included.

        A mark that lies beyond `used`, or is negative: ValueError, and nothing changes.
        """
        # TODO 3
        raise NotImplementedError
