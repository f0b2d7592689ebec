"""Missing: a step back is one, however big (after an hour the clock is taken for a new one).

Level: 4
Killed by: test_a_clock_that_steps_back_admits_no_more
Verdict: WRONG
Lesson: There is no step so big that it may admit more. Who begins anew from a clock that was set back has
forgotten what was allowed a moment ago.
"""

import threading
import time
from collections import deque
from contextlib import contextmanager
import array
import math

BLOCK = 256


class Fair:
    def __init__(self):
        self._door = threading.Lock()
        self._line = deque()
        self._held = False

    @contextmanager
    def held(self):
        with self._door:
            event = None
            if self._held:
                event = threading.Event()
                self._line.append(event)
            self._held = True
        if event:
            event.wait()
        try:
            yield
        finally:
            with self._door:
                if self._line:
                    self._line.popleft().set()
                else:
                    self._held = False


class Times:
    """A queue of floats, in blocks."""

    def __init__(self):
        self.blocks = deque([array.array("d")])
        self.start = 0
        self.size = 0

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        assert index == 0
        return self.blocks[0][self.start]

    def push(self, value):
        if len(self.blocks[-1]) == BLOCK:
            self.blocks.append(array.array("d"))
        self.blocks[-1].append(value)
        self.size += 1

    def pop(self):
        self.start += 1
        self.size -= 1
        if self.start == BLOCK:
            self.blocks.popleft()
            self.start = 0
            if not self.blocks:
                self.blocks.append(array.array("d"))


class _Limiter:
    def __init__(self, limit, window, *, clock=time.monotonic):
        if not limit >= 1:
            raise ValueError(limit)
        if not window > 0:
            raise ValueError(window)
        self.limit, self.window, self.clock, self.lock = limit, window, clock, Fair()
        self.high = -math.inf
        self.prepare()

    @property
    def now(self):
        shown = self.clock()
        if shown > self.high or shown < self.high - 3600:
            self.high = shown
        return self.high


class SlidingWindowLog(_Limiter):
    def prepare(self):
        self.times = Times()

    def _left(self, now):
        while self.times and self.times[0] + self.window <= now:
            self.times.pop()
        return self.limit - len(self.times)

    def allow(self):
        with self.lock.held():
            now = self.now
            if ok := self._left(now) > 0:
                self.times.push(now)
            return ok

    def retry_after(self):
        with self.lock.held():
            now = self.now
            return 0.0 if self._left(now) else self.times[0] + self.window - now


class SlidingWindowCounter(_Limiter):
    def prepare(self):
        self.packed = 0
        self.number = None

    def _look(self):
        now = self.now
        number = int(now // self.window)
        if self.number is None or number > self.number + 1:
            self.packed = 0
        elif number == self.number + 1:
            self.packed = (self.packed & 0xFFFFFFFFFFFF) << 48
        self.number = number
        return self.packed & 0xFFFFFFFFFFFF, self.packed >> 48, now - number * self.window

    def allow(self):
        with self.lock.held():
            current, previous, elapsed = self._look()
            if current + previous - previous * elapsed / self.window + 1 <= self.limit:
                self.packed += 1
                return True
            return False

    def retry_after(self):
        with self.lock.held():
            current, previous, elapsed = self._look()
            room = self.limit - 1
            if current + previous - previous * elapsed / self.window <= room:
                return 0.0
            if current <= room:
                return (current + previous - room) * self.window / previous - elapsed
            return self.window - elapsed + (current - room) * self.window / current
