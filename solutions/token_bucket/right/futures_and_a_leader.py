"""Right: waiters are Futures in an OrderedDict; whoever leaves tells the next, by its result, that it leads.

The leader sleeps by itself (`time.sleep`): nobody needs to wake it, since nobody can take tokens while
it leads. The methods are wrapped by a decorator that does not keep their names.
"""

import enum
import math
import threading
import time
from collections import OrderedDict
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout


class Role(enum.Enum):
    FOLLOWER = enum.auto()
    LEADER = enum.auto()


def synchronized(method):
    def locked(self, *args, **kwargs):
        with self._guard:
            self._settle()
            return method(self, *args, **kwargs)

    return locked


class TokenBucket:
    def __init__(self, rate, capacity, *, clock=time.monotonic):
        if not all(math.isfinite(x) and x > 0 for x in (rate, capacity)):
            raise ValueError(f"{rate=} {capacity=}")
        self._rate, self._capacity, self._clock = float(rate), float(capacity), clock
        self._guard = threading.RLock()
        self._level, self._seen = self._capacity, clock()
        self._queue = OrderedDict()

    def _settle(self):
        now = self._clock()
        dt = now - self._seen
        if dt > 0:
            self._level = min(self._capacity, self._level + dt * self._rate)
            self._seen = now

    def _check(self, tokens):
        if not (tokens > 0) or tokens > self._capacity:
            raise ValueError(tokens)

    def _take(self, tokens, ticket=None):
        if next(iter(self._queue), ticket) is not ticket or self._level < tokens:
            return False
        self._level -= tokens
        return True

    @synchronized
    def available(self):
        return self._level

    @synchronized
    def try_acquire(self, tokens=1.0):
        self._check(tokens)
        return self._take(tokens)

    _served = synchronized(_take)

    @synchronized
    def _join(self, ticket):
        self._queue[ticket] = None
        if len(self._queue) == 1:
            ticket.set_result(Role.LEADER)

    @synchronized
    def _leave(self, ticket):
        del self._queue[ticket]
        if self._queue and not (head := next(iter(self._queue))).done():
            head.set_result(Role.LEADER)

    @synchronized
    def _nap(self, tokens):
        return self._seen + (tokens - self._level) / self._rate - self._clock()

    def acquire(self, tokens=1.0, timeout=None):
        self._check(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError(timeout)
        end = None if timeout is None else self._clock() + timeout
        ticket = Future()
        self._join(ticket)
        try:
            try:
                role = ticket.result(timeout)
                assert role is Role.LEADER
            except FutureTimeout:
                pass
            while not self._served(tokens, ticket):
                left = math.inf if end is None else end - self._clock()
                if left <= 0:
                    return False
                time.sleep(max(0.0, min(left, self._nap(tokens))))
            return True
        finally:
            self._leave(ticket)
