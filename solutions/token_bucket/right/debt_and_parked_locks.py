"""Right: each waiter is parked on a raw Lock that is taken already; whoever leaves opens the next one.

The level is kept as seconds of debt: 0 is a full bucket, capacity / rate an empty one. Debt melts
with the time. A waiter that was opened is the first and stays it; it sleeps on the same lock again,
with a timeout, until its debt fits.
"""

import math
import threading
import time


class TokenBucket:
    def __init__(self, rate, capacity, *, clock=time.monotonic):
        if not 0 < rate < math.inf or not 0 < capacity < math.inf:
            raise ValueError("rate and capacity must be positive and finite")
        self._rate, self._capacity, self._clock = rate, capacity, clock
        self._mutex = threading.Lock()
        self._debt, self._since = 0.0, clock()
        self._parked = []

    def _melt(self):
        now = self._clock()
        if now > self._since:
            self._debt = max(0.0, self._debt - (now - self._since))
            self._since = now

    def _excess(self, tokens):
        """Seconds by which the bucket is too deep in debt for that many tokens more."""
        return self._debt + tokens / self._rate - self._capacity / self._rate

    def _borrow(self, tokens):
        self._melt()
        fits = self._excess(tokens) <= 0
        if fits:
            self._debt += tokens / self._rate
        return fits

    def try_acquire(self, tokens=1.0):
        self._check(tokens)
        self._mutex.acquire()
        try:
            if self._parked:
                self._melt()
                return False
            return self._borrow(tokens)
        finally:
            self._mutex.release()

    def available(self):
        with self._mutex:
            self._melt()
            return self._capacity - self._debt * self._rate

    def acquire(self, tokens=1.0, timeout=None):
        self._check(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError("timeout must be at least 0")
        with self._mutex:
            start = self._clock()
            if not self._parked and self._borrow(tokens):
                return True
            if timeout == 0:
                return False
            spot = threading.Lock()
            spot.acquire()
            self._parked.append(spot)
        granted = False
        while not granted:
            with self._mutex:
                first = self._parked[0] is spot
                granted = first and self._borrow(tokens)
                nap = self._excess(tokens) if first and not granted else math.inf
                if timeout is not None:
                    left = start + timeout - self._clock()
                    nap = min(nap, left)
                if granted or nap <= 0:
                    self._parked.remove(spot)
                    if first and self._parked:
                        self._parked[0].release()
                    return granted
            spot.acquire(timeout=-1 if nap == math.inf else nap)
        return granted

    def _check(self, tokens):
        if not 0 < tokens <= self._capacity:
            raise ValueError("tokens must be positive and at most the capacity")
