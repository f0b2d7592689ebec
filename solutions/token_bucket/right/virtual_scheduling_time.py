"""Right: GCRA, the virtual scheduling algorithm of ATM and of many HTTP limiters: it counts no tokens.

All that is kept is one time, `_full_at`: when the bucket will be (or has been) full. A request of n
tokens moves it n / rate into the future, and fits if it is then no more than capacity / rate ahead.
A clock that steps back is held at its highest reading, or it would take tokens away here.
"""

import math
import threading
import time
from collections import deque


class TokenBucket:
    def __init__(self, rate, capacity, *, clock=time.monotonic):
        for value in (rate, capacity):
            if not (value > 0 and math.isfinite(value)):
                raise ValueError("rate and capacity must be positive and finite")
        self._rate, self._capacity, self._clock = rate, capacity, clock
        self._burst = capacity / rate  # seconds
        self._lock = threading.RLock()
        self._seen = self._full_at = clock()
        self._line = deque()

    def _now(self):
        self._seen = max(self._seen, self._clock())
        return self._seen

    def _fit(self, tokens):
        """When a request of that size fits, if nothing is taken before."""
        return max(self._full_at, self._seen) + tokens / self._rate - self._burst

    def _charge(self, tokens):
        if self._fit(tokens) > self._now():
            return False
        self._full_at = max(self._full_at, self._seen) + tokens / self._rate
        return True

    def _check(self, tokens):
        if not (0 < tokens <= self._capacity):
            raise ValueError("tokens must be positive and fit into the bucket")

    def try_acquire(self, tokens=1.0):
        self._check(tokens)
        with self._lock:
            self._now()
            return not self._line and self._charge(tokens)

    def available(self):
        with self._lock:
            ahead = max(0.0, self._full_at - self._now())
            return (self._burst - ahead) * self._rate

    def acquire(self, tokens=1.0, timeout=None):
        self._check(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError("timeout must be at least 0")
        deadline = math.inf if timeout is None else self._clock() + timeout
        with self._lock:
            if not self._line and self._charge(tokens):
                return True
            mine = threading.Event()
            self._line.append(mine)
        granted = False
        while not granted and (left := deadline - self._clock()) > 0:
            with self._lock:
                mine.clear()
                now = self._now()
                first = self._line[0] is mine
                if first and self._charge(tokens):
                    granted = True
                    continue
                due = self._fit(tokens) - now if first else math.inf
            nap = min(due, left)
            mine.wait(None if nap == math.inf else nap)
        with self._lock:
            # The last look may have been before the deadline: one more, now that it is over.
            granted = granted or (self._line[0] is mine and self._charge(tokens))
            self._line.remove(mine)
            if self._line:
                self._line[0].set()
        return granted
