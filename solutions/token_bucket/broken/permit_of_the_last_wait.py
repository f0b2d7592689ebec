"""Missing: a wake-up counts for the wait that it was meant for (a thread keeps its semaphore).

Level: 4
Killed by: test_a_call_that_came_too_late_is_not_taken_for_the_next
Verdict: RACE
Lesson: One who gives up as its turn comes leaves a permit behind, and its next wait is over at once. A
wake-up is a reason to look whether it is my turn, not the turn itself.
"""

import math
import threading
import time
from collections import deque
from typing import ClassVar


class _Parking(threading.local):
    def __init__(self):
        self.permit = threading.BoundedSemaphore(1)
        self.permit.acquire()


def _unpark(permit):
    try:
        permit.release()
    except ValueError:
        pass


class TokenBucket:
    _parking: ClassVar[_Parking] = _Parking()

    @property
    def waiting(self):
        return len(self._line)

    def __init__(self, rate, capacity, *, clock=time.monotonic):
        if (
            rate != rate
            or capacity != capacity
            or rate <= 0
            or capacity <= 0
            or rate == math.inf
            or capacity == math.inf
        ):
            raise ValueError("rate and capacity must be positive and finite")
        self._rate = rate
        self._capacity = capacity
        self._clock = clock
        self._lock = threading.Lock()
        self._debt = 0.0
        self._at = clock()
        self._line = deque()

    def _tick(self):
        now = self._clock()
        passed = now - self._at
        if passed > 0:
            self._debt = max(0.0, self._debt - passed)
            self._at = now
        return now

    def _lack(self, tokens):
        """Seconds until so many are there."""
        return self._debt + tokens / self._rate - self._capacity / self._rate

    def _try(self, tokens):
        if self._lack(tokens) > 0:
            return False
        self._debt += tokens / self._rate
        return True

    @staticmethod
    def _positive(x, top):
        if not 0 < x <= top:
            raise ValueError(x)

    def available(self):
        with self._lock:
            self._tick()
            return self._capacity - self._debt * self._rate

    def try_acquire(self, tokens=1.0):
        self._positive(tokens, self._capacity)
        with self._lock:
            self._tick()
            return not self.waiting and self._try(tokens)

    def acquire(self, tokens=1.0, timeout=None):
        self._positive(tokens, self._capacity)
        if timeout is not None and not timeout >= 0:
            raise ValueError(timeout)
        permit = self._parking.permit
        self._lock.acquire()
        entry = (permit, tokens)
        try:
            now = self._tick()
            deadline = now + timeout if timeout is not None else None
            self._line.append(entry)
            called = False
            while True:
                head = called or self._line[0] is entry
                if head and self._try(tokens):
                    return True
                if deadline is not None and now >= deadline:
                    return False
                nap = self._at - now + self._lack(tokens) if head else None
                if deadline is not None:
                    left = deadline - now
                    nap = left if nap is None else min(nap, left)
                self._lock.release()
                try:
                    called = permit.acquire(timeout=nap)
                finally:
                    self._lock.acquire()
                now = self._tick()
        finally:
            head = self._line[0] is entry
            for index, other in enumerate(self._line):
                if other is entry:
                    del self._line[index]
                    break
            if head and self._line:
                _unpark(self._line[0][0])
            self._lock.release()
