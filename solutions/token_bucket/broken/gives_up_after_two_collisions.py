"""Missing: nobody is refused what is there (who was overtaken twice gives up).

Level: 3
Killed by: test_nobody_is_refused_who_is_overtaken_twice
Verdict: RACE
Lesson: An optimistic step that fails says that somebody else was quicker, not that the bucket is
empty. Try again, as often as it takes: each failure is another one's success.
"""
import math
import threading
import time
from typing import NamedTuple


class _S(NamedTuple):
    level: float
    latest: float


class TokenBucket:
    def __init__(self, rate, capacity, *, clock=time.monotonic):
        if not (0 < rate < math.inf and 0 < capacity < math.inf):
            raise ValueError
        self.rate, self.capacity, self.clock = rate, capacity, clock
        self.state = _S(capacity, clock())
        self.swap = threading.Lock()
        self.line = []
        self.cond = threading.Condition(self.swap)

    def _seen(self, old):
        now = self.clock()
        if now > old.latest:
            return _S(min(self.capacity, old.level + (now - old.latest) * self.rate), now)
        return old

    def _cas(self, old, new):
        with self.swap:
            if self.state is not old or self.line:
                return False
            self.state = new
            return True

    def _check(self, tokens):
        if not 0 < tokens <= self.capacity:
            raise ValueError

    def try_acquire(self, tokens=1.0):
        self._check(tokens)
        for _ in range(2):
            if self.line:
                return False
            old = self.state
            new = self._seen(old)
            if new.level < tokens:
                if self._cas(old, new):
                    return False
                continue
            if self._cas(old, new._replace(level=new.level - tokens)):
                return True
        return False

    def available(self):
        with self.swap:
            self.state = self._seen(self.state)
            return self.state.level

    def acquire(self, tokens=1.0, timeout=None):
        self._check(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError
        with self.swap:
            end = math.inf if timeout is None else self.clock() + timeout
            turn = threading.Condition(self.swap)
            self.line.append(turn)
            try:
                while True:
                    self.state = self._seen(self.state)
                    level, now = self.state
                    first = self.line[0] is turn
                    if first and level >= tokens:
                        self.state = _S(level - tokens, now)
                        return True
                    now = self.clock()
                    if now >= end:
                        return False
                    nap = end - now
                    if first:
                        nap = min(nap, (tokens - level) / self.rate)
                    turn.wait(None if nap == math.inf else nap)
            finally:
                first = self.line[0] is turn
                self.line.remove(turn)
                if first and self.line:
                    self.line[0].notify()
