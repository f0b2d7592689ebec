"""Right: `if` instead of `while` when old times are dropped, and the times kept are those of expiry.

A call adds one time at most, so dropping one is enough for it to fit: the log never has more than
`limit` entries, and no call has more than a step of tidying to do. The counter compares in whole
numbers of requests times seconds, without a division.
"""

import threading
import time
from collections import deque


class SlidingWindowLog:
    def __init__(self, limit, window, *, clock=time.monotonic):
        if limit < 1:
            raise ValueError("limit")
        if not window > 0:
            raise ValueError("window")
        self._limit, self._window, self._clock = limit, window, clock
        self._expiries = deque(maxlen=limit)
        self._latest = float("-inf")
        self._lock = threading.Lock()

    def _missing(self):
        """Seconds until one more fits. The lock is held."""
        now = self._clock()
        if now > self._latest:
            self._latest = now
        if self._expiries and self._expiries[0] <= self._latest:
            self._expiries.popleft()
        return self._expiries[0] - self._latest if len(self._expiries) == self._limit else 0.0

    def allow(self):
        self._lock.acquire()
        try:
            if self._missing():
                return False
            self._expiries.append(self._latest + self._window)
            return True
        finally:
            self._lock.release()

    def retry_after(self):
        self._lock.acquire()
        try:
            return self._missing()
        finally:
            self._lock.release()


class SlidingWindowCounter:
    def __init__(self, limit, window, *, clock=time.monotonic):
        if limit < 1:
            raise ValueError("limit")
        if not window > 0:
            raise ValueError("window")
        self._limit, self._window, self._clock = limit, window, clock
        self._latest = float("-inf")
        self._end = None  # of the current window
        self._previous = self._current = 0
        self._lock = threading.Lock()

    def _left(self):
        """Seconds that are left of the window that it is now. The lock is held."""
        self._latest = max(self._latest, self._clock())
        end = (self._latest // self._window + 1) * self._window
        if self._end is None or end > self._end:
            follows = self._end is not None and end == self._end + self._window
            self._previous, self._current = (self._current if follows else 0), 0
            self._end = end
        return end - self._latest

    def allow(self):
        with self._lock:
            left = self._left()
            fits = self._previous * left <= (self._limit - 1 - self._current) * self._window
            self._current += fits
            return fits

    def retry_after(self):
        with self._lock:
            left = self._left()
            room = self._limit - 1 - self._current
            if self._previous * left <= room * self._window:
                return 0.0
            if room >= 0:
                return left - room * self._window / self._previous
            return left + self._window - (self._limit - 1) * self._window / self._current
