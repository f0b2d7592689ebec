"""Missing: realloc looks behind the block first (where the block before is free, it slides down into it).

Level: 4
Killed by: test_realloc_grows_in_place_between_two_free_neighbours
Verdict: WRONG
Lesson: Sliding down saves a realloc that would fail otherwise, but it copies all bytes and the pointer
changes. The block after it comes first: growing into that one costs nothing.
"""

import threading

_WORD = 8
_LEAST = 4 * _WORD  # header, two links and the size once more
_IN_USE = 1
_PREV_IN_USE = 2
_FLAGS = _IN_USE | _PREV_IN_USE
_NONE = 1  # no block: blocks stand at multiples of 8


def _block_size(size: int) -> int:
    """The size of the block that a request for `size` bytes needs."""
    if size < 1:
        raise ValueError(f"size must be at least 1, not {size}")
    return max(_LEAST, _WORD + (size + _WORD - 1) // _WORD * _WORD)


class FreeListAllocator:
    """A heap in one bytearray; all that it knows of its blocks is written between them."""

    def __init__(self, heap_size: int) -> None:
        if heap_size < _LEAST:
            raise ValueError(f"a heap needs at least {_LEAST} bytes, not {heap_size}")
        self.memory = bytearray(heap_size)
        self._end = heap_size // _WORD * _WORD
        self._words = memoryview(self.memory)[: self._end].cast("Q")
        self._lock = threading.Lock()
        # guarded by self._lock, as are the words
        self._first_free = _NONE
        self._set_header(0, self._end, _PREV_IN_USE)
        self._add_free(0)

    def malloc(self, size: int) -> int | None:
        """The offset of `size` bytes, a multiple of 8, or None if no free block is large enough."""
        need = _block_size(size)
        with self._lock:
            return self._allocate(need)

    def free(self, ptr: int | None) -> None:
        """Take back what malloc or realloc returned. None is nothing; anything else a ValueError."""
        if ptr is None:
            return
        with self._lock:
            self._release(self._block_of(ptr))

    def realloc(self, ptr: int | None, size: int) -> int | None:
        """Change a payload's size, in place where that is possible; None if there is no room."""
        need = _block_size(size)
        with self._lock:
            if ptr is None:
                return self._allocate(need)
            block = self._block_of(ptr)
            slid = self._slide(block, need)
            if slid is not None:
                return slid
            if self._stretch(block, need):
                self._trim(block, need)
                return ptr
            return self._move(block, need)

    def _slide(self, block: int, need: int) -> int | None:
        """Move a block that is to grow down to the start of the free one before it, if that is enough."""
        size = self._size(block)
        if need <= size or self._flags(block) & _PREV_IN_USE:
            return None
        before_size = self._words[block // _WORD - 1]
        after, room = block + size, before_size + size
        if after < self._end and not self._flags(after) & _IN_USE:
            room += self._size(after)
        if room < need:
            return None
        kept = self.memory[block + _WORD : after]
        self._release(block)
        start = block - before_size
        self._remove_free(start)
        self._mark_in_use(start)
        self.memory[start + _WORD : start + size] = kept
        self._trim(start, need)
        return start + _WORD

    # -- what a request comes to ------------------------------------------------------------------------

    def _allocate(self, need: int) -> int | None:
        block = self._best_fit(need)
        if block == _NONE:
            return None
        self._remove_free(block)
        self._mark_in_use(block)
        self._trim(block, need)
        return block + _WORD

    def _best_fit(self, need: int) -> int:
        """The smallest free block of at least `need` bytes, the lowest of equal ones; or _NONE.

        Smallest, so that what is large stays whole; lowest, so that the upper end of the heap empties.
        """
        best = (self._end + 1, _NONE)
        block = self._first_free
        while block != _NONE:
            size = self._size(block)
            if size >= need and (size, block) < best:
                best = (size, block)
            block = self._next_free(block)
        return best[1]

    def _trim(self, block: int, need: int) -> None:
        """Give back what a block in use has beyond `need`, if that can stand alone."""
        size = self._size(block)
        if size - need < _LEAST:
            return
        self._set_header(block, need, self._flags(block))
        rest = block + need
        self._set_header(rest, size - need, _IN_USE | _PREV_IN_USE)
        self._release(rest)

    def _release(self, block: int) -> None:
        """Make a block in use free, as one with its free neighbours (I3)."""
        size = self._size(block)
        after = block + size
        if after < self._end and not self._flags(after) & _IN_USE:
            self._remove_free(after)
            size += self._size(after)
        flags = self._flags(block)
        if not flags & _PREV_IN_USE:
            before_size = self._words[block // _WORD - 1]
            block -= before_size
            size += before_size
            self._remove_free(block)
            flags = self._flags(block)
        self._set_header(block, size, flags & ~_IN_USE)
        self._add_free(block)

    def _stretch(self, block: int, need: int) -> bool:
        """Whether the block has `need` bytes; takes in the free block after it where that helps."""
        size = self._size(block)
        if size >= need:
            return True
        after = block + size
        if after >= self._end or self._flags(after) & _IN_USE:
            return False
        if size + self._size(after) < need:
            return False
        self._remove_free(after)
        self._set_header(block, size + self._size(after), self._flags(block))
        self._mark_in_use(block)
        return True

    def _move(self, block: int, need: int) -> int | None:
        """Copy a payload to a larger block and free the old one; None, and no change, if none fits."""
        ptr = self._allocate(need)
        if ptr is not None:
            old, length = block + _WORD, self._size(block) - _WORD
            self.memory[ptr : ptr + length] = self.memory[old : old + length]
            self._release(block)
        return ptr

    def _block_of(self, ptr: int) -> int:
        """The block in use whose payload begins at `ptr`; ValueError if there is none.

        The blocks are walked from the start: a payload may hold any bytes, a copy of a header too, so
        that what stands before `ptr` proves nothing.
        """
        wanted = ptr - _WORD
        block = 0
        while block < wanted and block < self._end:
            block += self._size(block)
        if block != wanted or block >= self._end or not self._flags(block) & _IN_USE:
            raise ValueError(f"{ptr} is not the start of a block in use")
        return block

    # -- headers ------------------------------------------------------------------------------------

    def _size(self, block: int) -> int:
        return self._words[block // _WORD] & ~_FLAGS

    def _flags(self, block: int) -> int:
        return self._words[block // _WORD] & _FLAGS

    def _set_header(self, block: int, size: int, flags: int) -> None:
        self._words[block // _WORD] = size | flags

    def _mark_in_use(self, block: int) -> None:
        self._words[block // _WORD] |= _IN_USE
        after = block + self._size(block)
        if after < self._end:
            self._words[after // _WORD] |= _PREV_IN_USE

    # -- the list of free blocks -------------------------------------------------------------------------

    def _next_free(self, block: int) -> int:
        return self._words[block // _WORD + 1]

    def _add_free(self, block: int) -> None:
        """Put a block whose header says free into the list, and tell the block after it."""
        size, at = self._size(block), block // _WORD
        self._words[at + 1] = self._first_free
        self._words[at + 2] = _NONE
        if self._first_free != _NONE:
            self._words[self._first_free // _WORD + 2] = block
        self._first_free = block
        self._words[(block + size) // _WORD - 1] = size
        if block + size < self._end:
            self._words[(block + size) // _WORD] &= ~_PREV_IN_USE

    def _remove_free(self, block: int) -> None:
        at = block // _WORD
        after, before = self._words[at + 1], self._words[at + 2]
        if before == _NONE:
            self._first_free = after
        else:
            self._words[before // _WORD + 1] = after
        if after != _NONE:
            self._words[after // _WORD + 2] = before
