"""Missing: the flag of a sleeper is lowered before he is woken (for the producer it comes after).

Level: 3
Killed by: test_a_producer_that_blocks_twice_is_woken_twice
Verdict: DEADLOCK
Lesson: Whoever was woken may be back and asleep again before the waker gets to his next line, which then takes
back an announcement that was not meant. It takes a producer that blocks twice.
"""

from threading import Semaphore
from time import monotonic


class Closed(Exception):
    pass


class SpscRingBuffer:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError(capacity)
        self.capacity = capacity
        size = 1 << (capacity - 1).bit_length()
        self._mask = size - 1
        self._slots = [None] * size
        self._write = self._read_seen = 0  # producer's
        self._read = self._write_seen = 0  # consumer's
        self._end = False
        self._starving = self._stuffed = False
        self._food, self._space = Semaphore(0), Semaphore(0)

    def _room(self):
        if self._write - self._read_seen == self.capacity:
            self._read_seen = self._read
        return self.capacity - (self._write - self._read_seen)

    def _stock(self):
        if self._read == self._write_seen:
            self._write_seen = self._write
        return self._write_seen - self._read

    def _published(self):
        if self._starving:
            self._starving = False
            self._food.release()

    def _freed(self):
        if self._stuffed:
            self._space.release()
            self._stuffed = False

    def try_push(self, item):
        if self._end:
            raise Closed("closed")
        if not self._room():
            return False
        self._slots[self._write & self._mask] = item
        self._write += 1
        self._published()
        return True

    def try_pop(self, default=None):
        if not self._stock():
            return default
        where = self._read & self._mask
        item = self._slots[where]
        self._slots[where] = None
        self._read += 1
        self._freed()
        return item

    def __len__(self):
        while True:
            read, write = self._read, self._write
            if read == self._read:
                return min(write - read, self.capacity)

    def push(self, item, timeout=None):
        deadline = None if timeout is None else monotonic() + timeout
        while not self.try_push(item):
            self._stuffed = True
            if self._room():
                self._stuffed = False
            elif not _permit(self._space, deadline):
                self._stuffed = False
                return self.try_push(item)
        return True

    def pop(self, timeout=None, default=None):
        deadline = None if timeout is None else monotonic() + timeout
        while True:
            last = self._end
            if self._stock():
                return self.try_pop()
            if last:
                raise Closed("closed and empty")
            self._starving = True
            if self._stock() or self._end:
                self._starving = False
            elif not _permit(self._food, deadline):
                self._starving = False
                if self._end and not self._stock():
                    raise Closed("closed and empty")
                return self.try_pop(default)

    def close(self):
        self._end = True
        self._food.release()

    def push_many(self, items):
        if self._end:
            raise Closed("closed")
        self._read_seen = self._read
        number = min(self._room(), len(items))
        start = self._write
        for offset in range(number):
            self._slots[(start + offset) & self._mask] = items[offset]
        self._write = start + number
        self._published()
        return number

    def pop_many(self, limit):
        if limit < 1:
            raise ValueError(limit)
        self._write_seen = self._write
        places = [(self._read + n) & self._mask for n in range(min(limit, self._stock()))]
        batch = [self._slots[place] for place in places]
        for place in places:
            self._slots[place] = None
        self._read += len(batch)
        self._freed()
        return batch


def _permit(semaphore, deadline):
    if deadline is None:
        return semaphore.acquire()
    return semaphore.acquire(timeout=max(0, deadline - monotonic()))
