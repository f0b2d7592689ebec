"""Right: no lock and no condition: the state is one tuple that goes round in a queue.Queue(1).

Whoever holds the tuple holds the bucket, and puts the next state back. The line is part of the
state, a tuple of SimpleQueues on which their owners sleep; a message means `you are the first`.
"""

import math
import queue
import time


class TokenBucket:
    def __init__(self, rate, capacity, *, clock=time.monotonic):
        if not 0 < rate < math.inf or not 0 < capacity < math.inf:
            raise ValueError("rate and capacity must be positive and finite")
        self._rate, self._capacity, self._clock = rate, capacity, clock
        self._baton = queue.Queue(1)
        self._baton.put((capacity, clock(), ()))

    def _hold(self):
        level, latest, line = self._baton.get()
        now = self._clock()
        if now > latest:
            level, latest = min(self._capacity, level + self._rate * (now - latest)), now
        return level, latest, line

    def _check(self, tokens):
        if not 0 < tokens <= self._capacity:
            raise ValueError("tokens must be positive and at most the capacity")

    def try_acquire(self, tokens=1.0):
        self._check(tokens)
        level, latest, line = self._hold()
        granted = not line and tokens <= level
        self._baton.put((level - tokens if granted else level, latest, line))
        return granted

    def available(self):
        state = self._hold()
        self._baton.put(state)
        return float(state[0])

    def acquire(self, tokens=1.0, timeout=None):
        self._check(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError("timeout must be at least 0")
        deadline = math.inf if timeout is None else self._clock() + timeout
        bell = queue.SimpleQueue()
        level, latest, line = self._hold()
        line += (bell,)
        while True:
            first = line[0] is bell
            granted = first and tokens <= level
            if granted or latest >= deadline:
                level -= tokens if granted else 0
                line = tuple(other for other in line if other is not bell)
                self._baton.put((level, latest, line))
                if first and line:
                    line[0].put("you are the first")
                return granted
            nap = min((tokens - level) / self._rate if first else math.inf, deadline - latest)
            self._baton.put((level, latest, line))
            try:
                bell.get(timeout=None if nap == math.inf else nap)
            except queue.Empty:
                pass
            level, latest, line = self._hold()
