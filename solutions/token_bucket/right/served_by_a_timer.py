"""Right: a waiter does nothing but sleep; a Timer, set for the first in line, serves it and the next.

There is no timer while nobody waits, and never more than one that counts: whoever changes the head of
the line cancels it and sets another. A waiter is served by whoever finds its tokens there, and it
reads the answer when its event is set. One that times out looks whether it was served meanwhile.
"""

import math
import threading
import time
from collections import deque


class _Waiter:
    def __init__(self, tokens):
        self.tokens = tokens
        self.served = False
        self.event = threading.Event()


class TokenBucket:
    def __init__(self, rate, capacity, *, clock=time.monotonic):
        if not 0 < rate < math.inf or not 0 < capacity < math.inf:
            raise ValueError("rate and capacity must be positive and finite")
        self.rate, self.capacity, self.clock = rate, capacity, clock
        self.lock = threading.Lock()
        self.level, self.latest = capacity, clock()
        self.line = deque()
        self.timer = None

    def _refill(self):
        now = self.clock()
        if now > self.latest:
            self.level = min(self.capacity, self.level + self.rate * (now - self.latest))
            self.latest = now

    def _serve(self):
        """Serve all who can be served, and have a timer for the next one. self.lock is held."""
        self._refill()
        while self.line and self.line[0].tokens <= self.level:
            waiter = self.line.popleft()
            self.level -= waiter.tokens
            waiter.served = True
            waiter.event.set()
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.line:
            missing = (self.line[0].tokens - self.level) / self.rate
            self.timer = threading.Timer(missing, self._ring)
            self.timer.daemon = True
            self.timer.start()

    def _ring(self):
        with self.lock:
            if self.timer is threading.current_thread():
                self._serve()

    def _check(self, tokens):
        if not 0 < tokens <= self.capacity:
            raise ValueError("tokens must be positive and at most the capacity")

    def try_acquire(self, tokens=1.0):
        self._check(tokens)
        with self.lock:
            self._refill()
            if self.line or tokens > self.level:
                return False
            self.level -= tokens
            return True

    def available(self):
        with self.lock:
            self._refill()
            return float(self.level)

    def acquire(self, tokens=1.0, timeout=None):
        self._check(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError("timeout must be at least 0")
        with self.lock:
            waiter = _Waiter(tokens)
            was_empty = not self.line
            self.line.append(waiter)
            if was_empty:
                self._serve()
            if waiter.served:
                return True
        waiter.event.wait(timeout)
        with self.lock:
            if not waiter.served:
                was_first = self.line[0] is waiter
                self.line.remove(waiter)
                if was_first:
                    self._serve()
            return waiter.served
