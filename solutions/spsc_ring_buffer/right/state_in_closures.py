"""Right: state in closures instead of attributes; one method decides for single items and batches alike.

The ring is a list that is as long as capacity, the counters are rebound by the side that owns them.
Blocking calls sleep on a Condition each, and the waker gives a second wakeup rather than too few.
"""

import threading
import time


class Closed(Exception):
    pass


class SpscRingBuffer:
    def __init__(self, capacity):
        if capacity < 1:
            raise ValueError("needs room for one item at least")
        self.capacity = capacity
        ring = [()] * capacity  # an item is kept in a tuple of one, an empty slot is an empty tuple
        added = taken = 0
        closed = False
        sleepers = [0, 0]  # consumer, producer
        conditions = [threading.Condition(threading.Lock()) for _ in sleepers]

        def tell(side):
            if sleepers[side]:
                with conditions[side]:
                    conditions[side].notify_all()

        def put(items):
            nonlocal added
            if closed:
                raise Closed
            count = min(len(items), capacity - (added - taken))
            for number in range(count):
                ring[(added + number) % capacity] = (items[number],)
            added += count
            tell(0)
            return count

        def take(limit):
            nonlocal taken
            items = []
            for number in range(taken, min(added, taken + limit)):
                items += ring[number % capacity]
                ring[number % capacity] = ()
            taken += len(items)
            tell(1)
            return items

        def size():
            before = taken
            return min(added - before, capacity)

        def sleep(side, timeout, unchanged):
            end = None if timeout is None else time.monotonic() + timeout
            with conditions[side]:
                sleepers[side] = 1
                while unchanged():
                    left = None if end is None else end - time.monotonic()
                    if left is not None and left <= 0:
                        break
                    conditions[side].wait(left)
                sleepers[side] = 0

        def close():
            nonlocal closed
            closed = True
            tell(0)

        self._put, self._take, self._size, self.close = put, take, size, close
        self._await_room = lambda t: sleep(1, t, lambda: added - taken == capacity)
        self._await_items = lambda t: sleep(0, t, lambda: added == taken and not closed)
        self._is_closed = lambda: closed

    def try_push(self, item):
        return self._put((item,)) == 1

    def try_pop(self, default=None):
        items = self._take(1)
        return items[0] if items else default

    def __len__(self):
        return self._size()

    def push(self, item, timeout=None):
        if self.try_push(item):
            return True
        self._await_room(timeout)
        return self.try_push(item)

    def pop(self, timeout=None, default=None):
        self._await_items(timeout)
        over = self._is_closed()
        items = self._take(1)
        if items:
            return items[0]
        if over:
            raise Closed
        return default

    def push_many(self, items):
        return self._put(items)

    def pop_many(self, limit):
        if limit < 1:
            raise ValueError("take one at least")
        return self._take(limit)
