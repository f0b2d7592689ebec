"""Right: exact arithmetic with Fraction, and the line of a bakery: tickets and a set of who still waits.

Whoever waits draws a number; the smallest number among those who still wait is served. One condition
for all, and notify_all: everybody looks again when somebody leaves, which is a little often, but
bounded by how many come and go.
"""

import math
import threading
import time
from fractions import Fraction


class TokenBucket:
    def __init__(self, rate, capacity, *, clock=time.monotonic):
        if not (0 < rate < math.inf and 0 < capacity < math.inf):
            raise ValueError("rate and capacity must be positive and finite")
        self._rate, self._capacity = Fraction(rate), Fraction(capacity)
        self._clock = clock
        self._changed = threading.Condition()
        self._level = self._capacity
        self._latest = Fraction(clock())
        self._next_ticket = 0
        self._tickets = set()

    def _refill(self):
        now = Fraction(self._clock())
        if now > self._latest:
            self._level = min(self._capacity, self._level + (now - self._latest) * self._rate)
            self._latest = now

    def _checked(self, tokens):
        if not 0 < tokens <= self._capacity:
            raise ValueError("tokens must be positive and at most the capacity")
        return Fraction(tokens)

    def try_acquire(self, tokens=1.0):
        tokens = self._checked(tokens)
        with self._changed:
            self._refill()
            if self._tickets or self._level < tokens:
                return False
            self._level -= tokens
            return True

    def available(self):
        with self._changed:
            self._refill()
            return float(self._level)

    def acquire(self, tokens=1.0, timeout=None):
        tokens = self._checked(tokens)
        if timeout is not None and (timeout < 0 or math.isnan(timeout)):
            raise ValueError("timeout must be at least 0")
        with self._changed:
            deadline = None if timeout is None else Fraction(self._clock()) + Fraction(timeout)
            ticket = self._next_ticket
            self._next_ticket += 1
            self._tickets.add(ticket)
            try:
                while True:
                    self._refill()
                    first = min(self._tickets) == ticket
                    if first and self._level >= tokens:
                        self._level -= tokens
                        return True
                    if deadline is not None and self._latest >= deadline:
                        return False
                    naps = []
                    if first:
                        naps.append((tokens - self._level) / self._rate)
                    if deadline is not None:
                        naps.append(deadline - self._latest)
                    self._changed.wait(float(min(naps)) if naps else None)
            finally:
                self._tickets.discard(ticket)
                self._changed.notify_all()
