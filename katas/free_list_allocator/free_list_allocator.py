"""Kata: malloc, free and realloc on a bytearray. README.md asks the question, hints.md helps.

Write here. `kata grade free_list_allocator` grades what stands here.
"""


class FreeListAllocator:
    """A heap in one bytearray.

    memory: the heap; len(memory) == heap_size, and always the same object.

    What the allocator knows of its blocks (sizes, links, flags) is written into `memory`. Outside of it
    the object keeps a fixed number of scalars and locks, however many blocks there are.
    """

    memory: bytearray

    def __init__(self, heap_size: int) -> None:
        """Raise ValueError below 32 bytes. 96 bytes or more are always enough."""
        # TODO 1: draw a block in use and a free one. What does the empty heap look like?
        raise NotImplementedError

    def malloc(self, size: int) -> int | None:
        """The offset of a payload of `size` bytes, a multiple of 8; None if it does not fit.

        No fit changes nothing. size < 1: ValueError.
        """
        # TODO 1: find a free block.
        # TODO 2: take only what is needed of it.
        # TODO 5: which of the blocks that are large enough?
        # TODO 6: several threads call at once, this and the other methods.
        raise NotImplementedError

    def free(self, ptr: int | None) -> None:
        """Take back a payload. free(None) does nothing.

        What is not the start of a payload in use: ValueError, and nothing changes.
        """
        # TODO 1: the block can be used again.
        # TODO 3: free neighbours become one block.
        # TODO 4: do not believe what the caller says.
        raise NotImplementedError

    def realloc(self, ptr: int | None, size: int) -> int | None:
        """Give a payload another size, and keep its first min(old, new) bytes.

        In place where the block shrinks, or where the block after it is free and large enough. Where it
        can't be done: None, and the old block stays valid. realloc(None, n) is malloc(n).
        """
        # TODO 4
        raise NotImplementedError
