"""Missing: windows start at multiples of `window`, below 0 too (fmod has the sign of the time).

Level: 3
Killed by: test_windows_start_at_multiples_of_the_window
Verdict: WRONG
Lesson: math.fmod(-7, 4) is -3, and -7 % 4 is 1. How far one is into a window is never negative.
"""

import heapq
import math
import threading
import time
from dataclasses import dataclass, field


@dataclass
class SlidingWindowLog:
    limit: int
    window: float
    clock: object = field(default=time.monotonic, kw_only=True)
    expiries: list = field(default_factory=list, init=False, repr=False)

    def __post_init__(self):
        if self.limit < 1 or not self.window > 0:
            raise ValueError(self)
        self.free = threading.BoundedSemaphore(self.limit)
        self.turn = threading.Semaphore()
        self.high = self.clock()

    def settle(self):
        self.high = max(self.high, self.clock())
        while self.expiries and self.expiries[0] <= self.high:
            heapq.heappop(self.expiries)
            self.free.release()
        return self.high

    def allow(self):
        with self.turn:
            now = self.settle()
            if not self.free.acquire(blocking=False):
                return False
            heapq.heappush(self.expiries, now + self.window)
            return True

    def retry_after(self):
        with self.turn:
            now = self.settle()
            return self.expiries[0] - now if len(self.expiries) == self.limit else 0.0


@dataclass
class SlidingWindowCounter:
    limit: int
    window: float
    clock: object = field(default=time.monotonic, kw_only=True)

    def __post_init__(self):
        if self.limit < 1 or not self.window > 0:
            raise ValueError(self)
        self.turn = threading.Semaphore()
        self.high = self.clock()
        self.start = self.high // self.window * self.window
        self.now = self.before = 0

    def settle(self):
        self.high = max(self.high, self.clock())
        start = self.high // self.window * self.window
        if start > self.start:
            self.before = self.now if start == self.start + self.window else 0
            self.now = 0
            self.start = start
        return math.fmod(self.high, self.window)

    def allow(self):
        with self.turn:
            left = self.window - self.settle()
            if self.before * left > (self.limit - 1 - self.now) * self.window:
                return False
            self.now += 1
            return True

    def retry_after(self):
        with self.turn:
            elapsed = self.settle()
            window, room = self.window, self.limit - 1 - self.now
            if self.before * (window - elapsed) <= room * window:
                return 0.0
            if room >= 0:
                return window - room * window / self.before - elapsed
            return 2 * window - elapsed - (self.limit - 1) * window / self.now
