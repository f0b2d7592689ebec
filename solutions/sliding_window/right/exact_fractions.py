"""Right: Fractions throughout, turned into floats only when they are returned.

The log asks whether the request `limit` requests ago is old enough, and trims itself to `limit`
entries. The counter's two windows are a frozen dataclass; each decision makes a new one.
"""

import collections
import dataclasses
import threading
import time
from fractions import Fraction


@dataclasses.dataclass(frozen=True)
class _Windows:
    number: int
    previous: int = 0
    current: int = 0

    def at(self, number):
        if number == self.number:
            return self
        return _Windows(number, self.current if number == self.number + 1 else 0)


class _Limiter:
    def __init__(self, limit, window, *, clock=time.monotonic):
        if limit < 1 or window != window or window <= 0:
            raise ValueError("limit must be at least 1, window positive")
        self._limit, self._window, self._clock = limit, Fraction(window), clock
        self._lock = threading.Lock()
        self._latest = Fraction(clock())
        self._begin()

    def _now(self):
        self._latest = max(self._latest, Fraction(self._clock()))
        return self._latest

    def allow(self):
        with self._lock:
            if self._missing(self._now()) > 0:
                return False
            self._note()
            return True

    def retry_after(self):
        with self._lock:
            return float(self._missing(self._now()))


class SlidingWindowLog(_Limiter):
    def _begin(self):
        self._times = collections.deque()

    def _missing(self, now):
        if len(self._times) < self._limit:
            return Fraction(0)
        return max(Fraction(0), self._times[0] - (now - self._window))

    def _note(self):
        if len(self._times) == self._limit:
            self._times.popleft()
        self._times.append(self._latest)


class SlidingWindowCounter(_Limiter):
    def _begin(self):
        self._windows = _Windows(self._latest // self._window)

    def _missing(self, now):
        self._windows = windows = self._windows.at(now // self._window)
        elapsed = now / self._window - windows.number
        waiting = Fraction(0)
        if windows.current == self._limit:
            waiting = 1 - elapsed
            windows, elapsed = windows.at(windows.number + 1), Fraction(0)
        room = self._limit - 1 - windows.current
        if windows.previous > room:
            waiting += max(Fraction(0), 1 - Fraction(room, windows.previous) - elapsed)
        return waiting * self._window

    def _note(self):
        self._windows = dataclasses.replace(self._windows, current=self._windows.current + 1)
