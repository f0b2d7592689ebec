"""Missing: whoever waits a second time waits again (the event that a thread keeps is still set).

Level: 4
Killed by: test_one_thread_may_wait_in_line_again_and_again
Verdict: WRONG
Lesson: An event stays set until somebody clears it. Make one for each wait, or clear it before you
join the line; after that it may be too late.
"""
import collections
import math
import threading
import time


class _Mine(threading.local):
    def __init__(self):
        self.event = threading.Event()


class TokenBucket:
    def __init__(self, rate, capacity, *, clock=time.monotonic):
        if not (0 < rate < math.inf and 0 < capacity < math.inf):
            raise ValueError
        self.rate, self.capacity, self.clock = rate, capacity, clock
        self.level, self.latest = capacity, clock()
        self.lock = threading.Lock()
        self.line = collections.deque()
        self.mine = _Mine()

    def _credit(self):
        now = self.clock()
        if now > self.latest:
            self.level = min(self.capacity, self.level + (now - self.latest) * self.rate)
            self.latest = now
        return now

    def _check(self, tokens):
        if not 0 < tokens <= self.capacity:
            raise ValueError

    def try_acquire(self, tokens=1.0):
        self._check(tokens)
        with self.lock:
            self._credit()
            if self.line or self.level < tokens:
                return False
            self.level -= tokens
            return True

    def available(self):
        with self.lock:
            self._credit()
            return self.level

    def acquire(self, tokens=1.0, timeout=None):
        self._check(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError
        event = self.mine.event
        with self.lock:
            now = self._credit()
            if not self.line and self.level >= tokens:
                self.level -= tokens
                return True
            if timeout == 0:
                return False
            end = math.inf if timeout is None else now + timeout
            first = not self.line
            self.line.append(event)
        if not first:
            # who stands before us tells us when we are the first
            if not event.wait(None if timeout is None else timeout):
                with self.lock:
                    if self.line[0] is not event:
                        self.line.remove(event)
                        return False
        while True:
            with self.lock:
                now = self._credit()
                if self.level >= tokens:
                    self.level -= tokens
                    self._go()
                    return True
                if now >= end:
                    self._go()
                    return False
                nap = min(end - now, (tokens - self.level) / self.rate)
            time.sleep(nap)

    def _go(self):
        self.line.popleft()
        if self.line:
            self.line[0].set()
