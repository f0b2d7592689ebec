"""Right: two locks, one for the line and one for the level, and a clock that is read outside of both.

A reading may thus reach the bucket late. That does no harm because `_Level` never goes back: for a
late reading it simply is what it was. Lock order: the line's lock before the level's.
"""

import math
import threading
import time


class _Level:
    def __init__(self, rate, capacity, now):
        self.lock = threading.Lock()
        self.rate, self.capacity = rate, capacity
        self.tokens, self.as_of = capacity, now

    def take(self, tokens, now):
        """Seconds until they are there; 0 or less if they were there, and have been taken."""
        with self.lock:
            gained = self.rate * max(0.0, now - self.as_of)
            self.as_of = max(now, self.as_of)
            self.tokens = min(self.capacity, self.tokens + gained)
            missing = tokens - self.tokens
            if missing <= 0:
                self.tokens -= tokens
            return missing / self.rate


class TokenBucket:
    def __init__(self, rate, capacity, *, clock=time.monotonic):
        if not 0 < rate < math.inf:
            raise ValueError("rate must be positive and finite")
        if not 0 < capacity < math.inf:
            raise ValueError("capacity must be positive and finite")
        self._capacity = capacity
        self._clock = clock
        self._level = _Level(rate, capacity, clock())
        self._line_lock = threading.Lock()
        self._line = []  # an event for each waiter

    def try_acquire(self, tokens=1.0):
        self._check(tokens)
        now = self._clock()
        with self._line_lock:
            missing = self._level.take(0.0 if self._line else tokens, now)
            return not self._line and missing <= 0

    def available(self):
        now = self._clock()
        self._level.take(0.0, now)
        with self._level.lock:
            return float(self._level.tokens)

    def acquire(self, tokens=1.0, timeout=None):
        self._check(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError("timeout must be at least 0")
        now = self._clock()
        deadline = math.inf if timeout is None else now + timeout
        turn = threading.Event()
        with self._line_lock:
            self._line.append(turn)
            if self._line[0] is turn:
                turn.set()
        granted = self._wait(turn, tokens, deadline)
        with self._line_lock:
            was_first = self._line[0] is turn
            self._line.remove(turn)
            if was_first and self._line:
                self._line[0].set()
        return granted

    def _wait(self, turn, tokens, deadline):
        left = deadline - self._clock()
        if not turn.wait(None if left == math.inf else left):
            return False
        while True:
            now = self._clock()
            missing = self._level.take(tokens, now)
            if missing <= 0:
                return True
            if now >= deadline:
                return False
            time.sleep(min(missing, deadline - now))

    def _check(self, tokens):
        if not 0 < tokens <= self._capacity:
            raise ValueError("tokens must be positive and at most the capacity")
