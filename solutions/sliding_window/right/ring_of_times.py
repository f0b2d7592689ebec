"""Right: a ring of `limit` times that begins with minus infinity, and allow that asks retry_after (RLock).

The slot that would be overwritten next holds the time of the request `limit` requests ago: that one
decides alone. Nothing is ever dropped, so that each call takes constant time, not only on average.
The counter keeps the start of its window instead of its number.
"""

import math
import threading
import time


def _check(limit, window):
    if limit < 1 or not window > 0:
        raise ValueError("limit must be at least 1, window positive")


class SlidingWindowLog:
    def __init__(self, limit, window, *, clock=time.monotonic):
        _check(limit, window)
        self._window, self._clock = window, clock
        self._ring = [-math.inf] * limit
        self._next = 0
        self._seen = -math.inf
        self._lock = threading.RLock()

    def retry_after(self):
        with self._lock:
            self._seen = max(self._seen, self._clock())
            return max(0.0, self._window - (self._seen - self._ring[self._next]))

    def allow(self):
        with self._lock:
            if self.retry_after() > 0:
                return False
            self._ring[self._next] = self._seen
            self._next = (self._next + 1) % len(self._ring)
            return True


class SlidingWindowCounter:
    def __init__(self, limit, window, *, clock=time.monotonic):
        _check(limit, window)
        self._limit, self._window, self._clock = limit, window, clock
        self._seen = self._start = -math.inf
        self._counts = [0, 0]  # previous, current
        self._lock = threading.RLock()

    def _update(self):
        self._seen = max(self._seen, self._clock())
        start = self._seen - self._seen % self._window
        if start >= self._start + 2 * self._window:
            self._counts = [0, 0]
        elif start > self._start:
            self._counts = [self._counts[1], 0]
        self._start = start

    def allow(self):
        with self._lock:
            if self.retry_after() > 0:
                return False
            self._counts[1] += 1
            return True

    def retry_after(self):
        with self._lock:
            self._update()
            previous, current = self._counts
            start = self._start
            if current >= self._limit:
                previous, current, start = current, 0, start + self._window
            room = self._limit - 1 - current
            if previous <= room:
                return max(0.0, start - self._seen)
            return max(0.0, start + self._window * (previous - room) / previous - self._seen)
