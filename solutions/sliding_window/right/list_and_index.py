"""Right: a plain list with the index of its first live entry; the dead part is cut off when it is half.

Cutting costs as many steps as there were entries dropped since the last time: O(1) a call on average,
and at most about twice `limit` entries. The counter is a dict of at most two windows, and the locks
are Conditions on which nobody ever waits.
"""

import threading
import time


class SlidingWindowLog:
    def __init__(self, limit, window, *, clock=time.monotonic):
        if not (limit >= 1 and window > 0):
            raise ValueError("limit must be at least 1, window positive")
        self.limit, self.window, self.clock = limit, window, clock
        self.times, self.first = [], 0
        self.latest = clock()
        self.changing = threading.Condition()

    def _live(self):
        self.latest = max(self.latest, self.clock())
        while self.first < len(self.times) and self.latest - self.times[self.first] >= self.window:
            self.first += 1
        if self.first > len(self.times) // 2:
            del self.times[: self.first]
            self.first = 0
        return len(self.times) - self.first

    def allow(self):
        with self.changing:
            if self._live() == self.limit:
                return False
            self.times.append(self.latest)
            return True

    def retry_after(self):
        with self.changing:
            if self._live() < self.limit:
                return 0.0
            return self.window - (self.latest - self.times[self.first])


class SlidingWindowCounter:
    def __init__(self, limit, window, *, clock=time.monotonic):
        if not (limit >= 1 and window > 0):
            raise ValueError("limit must be at least 1, window positive")
        self.limit, self.window, self.clock = limit, window, clock
        self.counts = {}
        self.latest = clock()
        self.changing = threading.Condition()

    def _now(self):
        self.latest = max(self.latest, self.clock())
        number, elapsed = divmod(self.latest, self.window)
        for old in [key for key in self.counts if key < number - 1]:
            del self.counts[old]
        return number, elapsed / self.window

    def _estimate(self, number, share):
        return self.counts.get(number, 0) + self.counts.get(number - 1, 0) * (1 - share)

    def allow(self):
        with self.changing:
            number, share = self._now()
            if self._estimate(number, share) > self.limit - 1:
                return False
            self.counts[number] = self.counts.get(number, 0) + 1
            return True

    def retry_after(self):
        with self.changing:
            number, share = self._now()
            excess = self._estimate(number, share) - (self.limit - 1)
            if excess <= 0:
                return 0.0
            previous, current = self.counts.get(number - 1, 0), self.counts.get(number, 0)
            if current < self.limit:
                return excess / previous * self.window
            return (1 - share + (current - self.limit + 1) / current) * self.window
