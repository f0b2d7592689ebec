"""Right: no lock: the state goes round in a queue.Queue(1), and the clock is read before it is taken.

A reading may thus come late; it is then taken for the latest one. The log holds times as whole
units of 1/1024 s, and so does the counter.
"""

import math
import queue
import time
from collections import deque

UNIT = 1024


class _Limiter:
    def __init__(self, limit, window, *, clock=time.monotonic):
        if not (limit > 0 and window > 0):
            raise ValueError("limit must be at least 1, window positive")
        self._limit, self._window, self._clock = limit, math.ceil(window * UNIT), clock
        self._turn = queue.Queue(1)
        self._turn.put(self._empty(self._read()))

    def _read(self):
        return math.floor(self._clock() * UNIT)

    def allow(self):
        now = self._read()
        state = self._turn.get()
        try:
            self._enter(state, now)
            fits = self._missing(state) <= 0
            if fits:
                self._note(state)
            return fits
        finally:
            self._turn.put(state)

    def retry_after(self):
        now = self._read()
        state = self._turn.get()
        self._enter(state, now)
        missing = self._missing(state)
        self._turn.put(state)
        return max(0.0, missing / UNIT)


class SlidingWindowLog(_Limiter):
    def _empty(self, now):
        return {"now": now, "log": deque()}

    def _enter(self, state, now):
        state["now"] = max(now, state["now"])
        while state["log"] and state["log"][0] <= state["now"] - self._window:
            state["log"].popleft()

    def _missing(self, state):
        if len(state["log"]) < self._limit:
            return 0
        return state["log"][0] + self._window - state["now"]

    def _note(self, state):
        state["log"].append(state["now"])


class SlidingWindowCounter(_Limiter):
    def _empty(self, now):
        return {"now": now, "counts": (0, 0)}

    def _enter(self, state, now):
        now = max(now, state["now"])
        windows = now // self._window - state["now"] // self._window
        state["now"] = now
        for _ in range(min(2, windows)):
            state["counts"] = (state["counts"][1], 0)

    def _missing(self, state):
        previous, current = state["counts"]
        left = self._window - state["now"] % self._window
        room = self._limit - 1 - current
        if room < 0:
            return left + self._window - (self._limit - 1) * self._window / current
        return (
            0 if previous * left <= room * self._window else left - room * self._window / previous
        )

    def _note(self, state):
        previous, current = state["counts"]
        state["counts"] = (previous, current + 1)
