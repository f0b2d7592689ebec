"""Right: each slot has a sequence number that says whose turn it is (Vyukov's bounded queue).

The number of slot i starts at i: free for push number i. After that push it is i + 1: full for pop
number i. After that pop it is i + capacity: free for the next round. No side reads the other's index.
A batch is published by its first slot, which is marked last.
"""

import threading


class Closed(Exception):
    pass


class _Slot:
    __slots__ = ("item", "turn")

    def __init__(self, turn):
        self.turn = turn
        self.item = None


class SpscRingBuffer:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("a ring has at least one slot")
        self.capacity = capacity
        self._slots = [_Slot(2 * number) for number in range(capacity)]
        self._pushes = self._pops = 0
        self._closed = False
        self._items = threading.Condition()
        self._room = threading.Condition()
        self._wants_items = self._wants_room = False

    # A slot's turn is 2 * n while it is free for item n, and 2 * n + 1 while it holds item n.

    def _is_free(self, number):
        return self._slots[number % self.capacity].turn == 2 * number

    def _is_full(self, number):
        return self._slots[number % self.capacity].turn == 2 * number + 1

    def push_many(self, items):
        if self._closed:
            raise Closed
        first = number = self._pushes
        while (
            number - first < len(items) and number - first < self.capacity and self._is_free(number)
        ):
            self._slots[number % self.capacity].item = items[number - first]
            number += 1
        for filled in range(number - 1, first - 1, -1):
            self._slots[filled % self.capacity].turn = 2 * filled + 1
        self._pushes = number
        if self._wants_items:
            with self._items:
                self._items.notify_all()
        return number - first

    def pop_many(self, limit):
        if limit < 1:
            raise ValueError("limit must be at least 1")
        first = number = self._pops
        items = []
        while len(items) < min(limit, self.capacity) and self._is_full(number):
            slot = self._slots[number % self.capacity]
            items.append(slot.item)
            slot.item = None
            number += 1
        for emptied in range(number - 1, first - 1, -1):
            self._slots[emptied % self.capacity].turn = 2 * (emptied + self.capacity)
        self._pops = number
        if self._wants_room:
            with self._room:
                self._room.notify_all()
        return items

    def try_push(self, item):
        return bool(self.push_many([item]))

    def try_pop(self, default=None):
        for item in self.pop_many(1):
            return item
        return default

    def __len__(self):
        pops = self._pops
        return max(0, min(self._pushes - pops, self.capacity))

    def push(self, item, timeout=None):
        if self.try_push(item):
            return True
        with self._room:
            self._wants_room = True
            came = self._room.wait_for(lambda: self._is_free(self._pushes), timeout)
            self._wants_room = False
        return came and self.try_push(item)

    def pop(self, timeout=None, default=None):
        with self._items:
            self._wants_items = True
            came = self._items.wait_for(lambda: self._is_full(self._pops) or self._closed, timeout)
            self._wants_items = False
        if not came:
            return default
        for item in self.pop_many(1):
            return item
        raise Closed

    def close(self):
        self._closed = True
        with self._items:
            self._items.notify_all()
