"""Right: K&R's allocator: one singly linked list of free blocks in order of address, no boundary tags.

The list itself tells the neighbours: free walks to the place where the block belongs, and merges with
the free block on either side if they touch. First fit. The lock is a queue that holds one token.
"""

import queue
import struct

HEADER = struct.Struct("<II")  # size, and the next free block; IN_USE where there is none to name
IN_USE = 0xFFFFFFFF
END = 0xFFFFFFFE


class FreeListAllocator:
    def __init__(self, heap_size):
        if heap_size < 32:
            raise ValueError("heap_size")
        self.memory = bytearray(heap_size)
        self._size = heap_size // 8 * 8
        self._token = queue.SimpleQueue()
        self._token.put(None)
        self._first = 0
        self._put(0, self._size, END)

    def __enter__(self):
        self._token.get()

    def __exit__(self, *exc):
        self._token.put(None)

    def _put(self, at, size, link):
        HEADER.pack_into(self.memory, at, size, link)

    def _get(self, at):
        return HEADER.unpack_from(self.memory, at)

    def _relink(self, before, link):
        if before is None:
            self._first = link
        else:
            self._put(before, self._get(before)[0], link)

    def _take(self, cost):
        before, at = None, self._first
        while at != END:
            size, link = self._get(at)
            if size >= cost:
                if size - cost >= 32:
                    self._put(at + cost, size - cost, link)
                    size, link = cost, at + cost
                self._relink(before, link)
                self._put(at, size, IN_USE)
                return at + 8
            before, at = at, link
        return None

    def _give(self, block, size):
        before, at = None, self._first
        while at < block:
            before, at = at, self._get(at)[1]
        if at == block + size:
            more, at = self._get(at)
            size += more
        if before is not None and before + self._get(before)[0] == block:
            self._put(before, self._get(before)[0] + size, at)
        else:
            self._put(block, size, at)
            self._relink(before, block)

    def _check(self, ptr):
        at = 0
        while at < self._size:
            size, link = self._get(at)
            if at + 8 == ptr and link == IN_USE:
                return at, size
            at += size
        raise ValueError(f"{ptr} is no payload")

    def _cost(self, size):
        if size < 1:
            raise ValueError("size")
        return max(32, size + 15 & ~7)

    def malloc(self, size):
        cost = self._cost(size)
        with self:
            return self._take(cost)

    def free(self, ptr):
        if ptr is not None:
            with self:
                self._give(*self._check(ptr))

    def realloc(self, ptr, size):
        cost = self._cost(size)
        with self:
            return self._take(cost) if ptr is None else self._resize(ptr, cost)

    def _resize(self, ptr, cost):
        block, size = self._check(ptr)
        if cost > size:
            before, at = None, self._first
            while at < block:
                before, at = at, self._get(at)[1]
            if at == block + size and size + self._get(at)[0] >= cost:
                more, link = self._get(at)
                self._relink(before, link)
                size += more
        if cost <= size:
            if size - cost >= 32:
                self._put(block, cost, IN_USE)
                self._give(block + cost, size - cost)
            else:
                self._put(block, size, IN_USE)
            return ptr
        new = self._take(cost)
        if new is not None:
            self.memory[new : new + size - 8] = self.memory[ptr : ptr + size - 8]
            self._give(block, size)
        return new
