"""Right: each limiter is a generator that is sent the time and says how long to wait; a lock is around it.

`allow` and `retry_after` are one method with an argument filled in (`partialmethod`), so that they are
no functions and have no name of their own. The log keeps times of expiry, in a deque that drops the
oldest by itself.
"""

import math
import threading
import time
from collections import deque
from functools import partialmethod


class _Driven:
    def __init__(self, limit, window, *, clock=time.monotonic):
        if math.isnan(window) or window <= 0 or limit < 1:
            raise ValueError((limit, window))
        self._lock = threading.Lock()
        self._clock = clock
        self._machine = self._run(limit, window)
        next(self._machine)
        self._high = float("-inf")

    def _ask(self, really):
        with self._lock:
            self._high = max(self._high, self._clock())
            wait = self._machine.send((self._high, really))
        return wait <= 0 if really else float(wait)

    allow = partialmethod(_ask, True)
    retry_after = partialmethod(_ask, False)


class SlidingWindowLog(_Driven):
    @staticmethod
    def _run(limit, window):
        expiries = deque(maxlen=limit)
        now, really = yield
        while True:
            wait = max(0.0, expiries[0] - now) if len(expiries) == limit else 0.0
            if really and not wait:
                expiries.append(now + window)
            now, really = yield wait


class SlidingWindowCounter(_Driven):
    @staticmethod
    def _run(limit, window):
        counts, index = [0, 0], 0
        now, really = yield
        while True:
            i = now // window
            for _ in range(min(2, int(i - index)) if i >= index else 2):
                counts = [counts[1], 0]
            index = i
            old, new = counts
            x = (now - i * window) / window
            if new + old * (1 - x) + 1 <= limit:
                wait = 0.0
                if really:
                    counts[1] += 1
            elif new < limit:
                wait = ((old + new + 1 - limit) / old - x) * window
            else:
                wait = (1 - x + (new + 1 - limit) / new) * window
            now, really = yield wait
