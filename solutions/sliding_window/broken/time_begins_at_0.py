"""Missing: a clock may show any time (the latest reading begins with 0).

Level: 1
Killed by: test_a_request_counts_until_exactly_a_window_later
Verdict: WRONG
Lesson: The zero of a monotonic clock means nothing, and readings may be negative. Begin with a reading, or
with minus infinity, never with 0.
"""

from __future__ import annotations
import functools
import math
import threading
import time
from collections import deque


def guarded(cls):
    for name, f in list(vars(cls).items()):
        if callable(f) and not name.startswith("_"):

            def wrapper(self, _f=f):
                with self._lock:
                    return _f(self)

            setattr(cls, name, functools.update_wrapper(wrapper, f))
    return cls


class Limiter:
    def __init__(self, limit: int, window: float, *, clock=time.monotonic) -> None:
        if limit < 1 or window <= 0 or math.isnan(window):
            raise ValueError("limit must be >= 1, window > 0")
        self._limit, self._window, self._clock = limit, window, clock
        self._lock = threading.RLock()
        self._seen = 0.0

    def _now(self):
        self._seen = max(self._seen, self._clock())
        return self._seen


@guarded
class SlidingWindowLog(Limiter):
    def __init__(self, limit, window, **options):
        super().__init__(limit, window, **options)
        self._runs = deque()
        self._total = 0

    def _drop(self, now):
        while self._runs and now - self._runs[0][0] >= self._window:
            self._total -= self._runs.popleft()[1]

    def allow(self):
        now = self._now()
        self._drop(now)
        if self._total >= self._limit:
            return False
        if self._runs and self._runs[-1][0] == now:
            self._runs[-1][1] += 1
        else:
            self._runs.append([now, 1])
        self._total += 1
        return True

    def retry_after(self):
        now = self._now()
        self._drop(now)
        return 0.0 if self._total < self._limit else self._window - (now - self._runs[0][0])


@guarded
class SlidingWindowCounter(Limiter):
    def __init__(self, limit, window, **options):
        super().__init__(limit, window, **options)
        self._counts = (None, 0, 0)

    def _roll(self):
        now = self._now()
        n, elapsed = divmod(now, self._window)
        match self._counts:
            case (m, c, p) if m == n:
                pass
            case (m, c, p) if m is not None and m == n - 1:
                c, p = 0, c
            case _:
                c = p = 0
        self._counts = n, c, p
        return c, p, elapsed

    def allow(self):
        c, p, e = self._roll()
        if c + p * (1 - e / self._window) + 1 > self._limit:
            return False
        self._counts = self._counts[0], c + 1, p
        return True

    def retry_after(self):
        c, p, e = self._roll()
        w, room = self._window, self._limit - 1
        if c + p * (1 - e / w) <= room:
            return 0.0
        if c <= room:
            return w * (1 - (room - c) / p) - e
        return w - e + w * (1 - room / c)
