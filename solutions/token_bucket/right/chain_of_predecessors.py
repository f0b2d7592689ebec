"""Right: no queue at all: each waiter waits for the one before it to leave, as in a CLH lock.

The bucket knows only the last in line and how many there are. A waiter first waits until its
predecessor has left, then it is the first and sleeps until its tokens are there. One that gives up
while others stand before it leaves its own predecessor to its successor.
"""

import math
import threading
import time


class _Place:
    def __init__(self, before):
        self.before = before  # whom to wait for; None: nobody
        self.left = threading.Event()


class TokenBucket:
    def __init__(self, rate, capacity, *, clock=time.monotonic):
        if not all(0 < value < math.inf for value in (rate, capacity)):
            raise ValueError("rate and capacity must be positive and finite")
        self._rate = rate
        self._capacity = capacity
        self._clock = clock
        self._guard = threading.Lock()
        self._state = (capacity, clock())  # level, and the time it is the level of
        self._last = None
        self._waiting = 0

    def _refilled(self):
        level, latest = self._state
        now = max(latest, self._clock())
        self._state = min(self._capacity, level + (now - latest) * self._rate), now
        return self._state

    def _take(self, tokens):
        level, latest = self._refilled()
        if level < tokens:
            return False
        self._state = level - tokens, latest
        return True

    def _check(self, tokens):
        if not tokens > 0 or not tokens <= self._capacity:
            raise ValueError("tokens must be positive and at most the capacity")

    def try_acquire(self, tokens=1.0):
        self._check(tokens)
        with self._guard:
            self._refilled()
            return self._waiting == 0 and self._take(tokens)

    def available(self):
        with self._guard:
            return float(self._refilled()[0])

    def acquire(self, tokens=1.0, timeout=None):
        self._check(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError("timeout must be at least 0")
        deadline = None if timeout is None else self._clock() + timeout
        with self._guard:
            if self._waiting == 0 and self._take(tokens):
                return True
            if timeout == 0:
                return False
            self._waiting += 1
            place = self._last = _Place(self._last)
        granted = self._stand(place, tokens, deadline)
        with self._guard:
            self._waiting -= 1
            if self._last is place and place.before is None:
                self._last = None
        place.left.set()
        return granted

    def _stand(self, place, tokens, deadline):
        while place.before is not None:
            if not place.before.left.wait(self._left(deadline)):
                return False  # our successor finds `before` in our place
            place.before = place.before.before
        while True:
            with self._guard:
                if self._take(tokens):
                    return True
                missing = (tokens - self._state[0]) / self._rate
            left = self._left(deadline)
            if left is not None and left <= 0:
                return False
            time.sleep(missing if left is None else min(missing, left))

    def _left(self, deadline):
        return None if deadline is None else max(0.0, deadline - self._clock())
