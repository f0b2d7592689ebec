"""Missing: realloc keeps every byte where it slides down (the remainder gets its header before the
bytes are copied).

Level: 4
Killed by: test_realloc_beside_a_free_block_before_it_keeps_every_byte
Verdict: WRONG
Lesson: Move the payload first: the new headers may lie in it.
"""

import itertools
import struct
import threading

NONE = 0
SUPER = 8  # u32 head of the free list, u32 end


class TicketLock:
    def __init__(self):
        self.tickets = itertools.count()
        self.serving = 0
        self.turn = threading.Condition()

    def __enter__(self):
        with self.turn:
            mine = next(self.tickets)
            self.turn.wait_for(lambda: self.serving == mine)

    def __exit__(self, *exc):
        with self.turn:
            self.serving += 1
            self.turn.notify_all()


class FreeListAllocator:
    """header: u32 size | used, u32 size of the block before; free: u32 next, u32 previous."""

    def __init__(self, heap_size):
        if heap_size < 64:
            raise ValueError("64 bytes at least")
        self.memory = bytearray(heap_size)
        self.lock = TicketLock()
        end = heap_size // 8 * 8
        self.put(0, NONE)
        self.put(4, end)
        self.put(SUPER, end - SUPER)
        self.add(SUPER)

    def get(self, at):
        return struct.unpack_from(">I", self.memory, at)[0]

    def put(self, at, value):
        struct.pack_into(">I", self.memory, at, value)

    def size(self, b):
        return self.get(b) & ~7

    def used(self, b):
        return self.get(b) & 1

    def after(self, b):
        n = b + self.size(b)
        return n if n < self.get(4) else NONE

    def before(self, b):
        return b - self.get(b + 4) if self.get(b + 4) else NONE

    def shape(self, b, size, used):
        self.put(b, size | used)
        if n := self.after(b):
            self.put(n + 4, size)

    def add(self, b):
        head = self.get(0)
        self.put(b + 8, head)
        self.put(b + 12, NONE)
        if head:
            self.put(head + 12, b)
        self.put(0, b)

    def drop(self, b):
        nxt, prv = self.get(b + 8), self.get(b + 12)
        self.put(prv + 8 if prv else 0, nxt)
        if nxt:
            self.put(nxt + 12, prv)

    def free_size(self, b):
        return 0 if b == NONE or self.used(b) else self.size(b)

    def need(self, size):
        if size < 1:
            raise ValueError("size < 1")
        return max(32, 8 + (size + 7) // 8 * 8)

    def give(self, b):
        size, p, n = self.size(b), self.before(b), self.after(b)
        if more := self.free_size(n):
            self.drop(n)
            size += more
        if more := self.free_size(p):
            self.drop(p)
            size += more
            b = p
        self.shape(b, size, 0)
        self.add(b)

    def trim(self, b, have, need):
        if have - need >= 32:
            self.shape(b, need, 1)
            self.put(b + need, have - need | 1)
            self.put(b + need + 4, need)
            self.shape(b + need, have - need, 1)
            self.give(b + need)
        else:
            self.shape(b, have, 1)
        return b + 8

    def take(self, need):
        best, b = None, self.get(0)
        while b:
            if self.size(b) >= need and (best is None or (self.size(b), b) < best):
                best = self.size(b), b
            b = self.get(b + 8)
        if best is None:
            return None
        self.drop(best[1])
        return self.trim(best[1], best[0], need)

    def find(self, ptr):
        b = SUPER
        while b:
            if b + 8 == ptr and self.used(b):
                return b
            b = self.after(b)
        raise ValueError(f"{ptr} is no block in use")

    def malloc(self, size):
        need = self.need(size)
        with self.lock:
            return self.take(need)

    def free(self, ptr):
        if ptr is None:
            return
        with self.lock:
            self.give(self.find(ptr))

    def realloc(self, ptr, size):
        need = self.need(size)
        with self.lock:
            if ptr is None:
                return self.take(need)
            b = self.find(ptr)
            have, p, n = self.size(b), self.before(b), self.after(b)
            up, down = self.free_size(n), self.free_size(p)
            if have >= need:
                return self.trim(b, have, need)
            if up and have + up >= need:
                self.drop(n)
                return self.trim(b, have + up, need)
            if down and down + have + up >= need:
                self.drop(p)
                if up:
                    self.drop(n)
                self.shape(p, down + have + up, 1)
                result = self.trim(p, down + have + up, need)
                self.memory[p + 8 : p + have] = self.memory[ptr : b + have]
                return result
            new = self.take(need)
            if new is not None:
                self.memory[new : new + have - 8] = self.memory[ptr : b + have]
                self.give(b)
            return new
