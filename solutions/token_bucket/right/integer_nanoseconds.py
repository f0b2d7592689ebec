"""Right: integers only: the level is kept in nanoseconds of refilling, time in nanoseconds.

A token is worth 1e9 / rate nanoseconds. The clock's float is turned into an integer once, at the
reading, and from then on nothing is ever rounded; requests are turned upwards, so that no rounding
admits more than was promised.
"""

import collections
import math
import threading
import time

SECOND = 1_000_000_000


class TokenBucket:
    def __init__(self, rate, capacity, *, clock=time.monotonic):
        if math.isnan(rate) or math.isinf(rate) or rate <= 0:
            raise ValueError("bad rate")
        if math.isnan(capacity) or math.isinf(capacity) or capacity <= 0:
            raise ValueError("bad capacity")
        self._rate = rate
        self._capacity = capacity
        self._clock = clock
        self._full = self._worth(capacity)
        self._credit = self._full
        self._mark = self._read()
        self._mutex = threading.Lock()
        self._line = collections.OrderedDict()  # ticket -> condition

    def _worth(self, tokens):
        return math.ceil(tokens * SECOND / self._rate)

    def _read(self):
        return int(self._clock() * SECOND)

    def _advance(self):
        passed = max(0, self._read() - self._mark)
        self._mark += passed
        self._credit = min(self._full, self._credit + passed)

    def _price(self, tokens):
        if not tokens > 0 or tokens > self._capacity:
            raise ValueError("bad number of tokens")
        return self._worth(tokens)

    def try_acquire(self, tokens=1.0):
        price = self._price(tokens)
        with self._mutex:
            self._advance()
            granted = len(self._line) == 0 and self._credit >= price
            if granted:
                self._credit -= price
        return granted

    def available(self):
        with self._mutex:
            self._advance()
            return self._credit * self._rate / SECOND

    def acquire(self, tokens=1.0, timeout=None):
        price = self._price(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError("bad timeout")
        with self._mutex:
            end = None if timeout is None else self._read() + int(timeout * SECOND)
            me = object()
            self._line[me] = woken = threading.Condition(self._mutex)
            while True:
                self._advance()
                mine = next(iter(self._line)) is me
                granted = mine and self._credit >= price
                over = end is not None and self._mark >= end
                if granted or over:
                    break
                ends = [] if end is None else [end - self._mark]
                if mine:
                    ends.append(price - self._credit)
                woken.wait(min(ends) / SECOND if ends else None)
            if granted:
                self._credit -= price
            del self._line[me]
            for following in self._line.values():
                following.notify()
                break
        return granted
