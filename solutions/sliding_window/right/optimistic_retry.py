"""Right: decisions are made without a lock, on a state that is never modified, and then committed.

The state is a tuple. A call works out the next one from what it read, and stores it only if nobody
has stored another meanwhile; otherwise it begins anew, as with a compare-and-swap instruction. The
lock covers only that comparison. The log is a linked list of tuples in two halves, like a queue made
of two stacks, so that a step costs O(1) on average.
"""

import math
import threading
import time


class _Cell:
    """A value with compare-and-swap."""

    def __init__(self, value):
        self._value = value
        self._lock = threading.Lock()

    def read(self):
        return self._value

    def swap(self, old, new):
        with self._lock:
            if self._value is not old:
                return False
            self._value = new
            return True


class _Limiter:
    def __init__(self, limit, window, *, clock=time.monotonic):
        if not limit >= 1 or not window > 0:
            raise ValueError("limit must be at least 1, window positive")
        self._limit, self._window, self._clock = limit, window, clock
        self._cell = _Cell(self._fresh())

    def allow(self):
        while True:
            old = self._cell.read()
            state = self._at(old, self._clock())
            fits = self._missing(state) <= 0
            if self._cell.swap(old, self._with_one_more(state) if fits else state):
                return fits

    def retry_after(self):
        while True:
            old = self._cell.read()
            state = self._at(old, self._clock())
            if self._cell.swap(old, state):
                return self._missing(state)


class SlidingWindowLog(_Limiter):
    """State: latest reading, number of times, old ones (oldest first), new ones (newest first)."""

    def _fresh(self):
        return (-math.inf, 0, None, None)

    def _at(self, state, now):
        latest, count, old, new = state
        latest = max(latest, now)
        while count:
            if old is None:
                while new is not None:
                    old, new = (new[0], old), new[1]
            if old[0] > latest - self._window:
                break
            old, count = old[1], count - 1
        return (latest, count, old, new)

    def _missing(self, state):
        latest, count, old, _ = state
        return old[0] + self._window - latest if count >= self._limit else 0.0

    def _with_one_more(self, state):
        latest, count, old, new = state
        return (latest, count + 1, old, (latest, new))


class SlidingWindowCounter(_Limiter):
    """State: latest reading, previous count, current count."""

    def _fresh(self):
        return (self._clock(), 0, 0)

    def _at(self, state, now):
        latest, previous, current = state
        now = max(latest, now)
        passed = now // self._window - latest // self._window
        if passed == 1:
            previous, current = current, 0
        elif passed > 1:
            previous, current = 0, 0
        return (now, previous, current)

    def _missing(self, state):
        latest, previous, current = state
        elapsed = latest % self._window
        if current >= self._limit:
            return self._window - elapsed + self._window * (1 - (self._limit - 1) / current)
        if current + previous * (1 - elapsed / self._window) + 1 <= self._limit:
            return 0.0
        return self._window * (1 - (self._limit - 1 - current) / previous) - elapsed

    def _with_one_more(self, state):
        latest, previous, current = state
        return (latest, previous, current + 1)
