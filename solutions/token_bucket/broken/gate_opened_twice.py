"""Missing: a gate that is open already is not opened again (whoever leaves opens that of the first, asleep or not).

Level: 4
Killed by: test_two_who_give_up_at_once_behind_the_first_do_no_harm
Verdict: RACE
Lesson: A lock on which somebody is parked holds one wake-up. If two leave before the first has gone through its
gate, the second release raises RuntimeError, in the call of one who has nothing to do with it. Tell the first only
when it becomes the first; or use what may be told twice: an Event, or a condition.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable


class TokenBucket:
    """Holds up to `capacity` tokens and gains `rate` tokens a second; starts full."""

    def __init__(
        self, rate: float, capacity: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not (0 < rate < math.inf and 0 < capacity < math.inf):
            raise ValueError("rate and capacity must be positive and finite")
        self._rate = rate
        self._capacity = capacity
        self._clock = clock
        self._lock = threading.Lock()
        self._level = capacity
        self._latest = clock()
        self._gates: deque[threading.Lock] = deque()

    def try_acquire(self, tokens: float = 1.0) -> bool:
        self._check_tokens(tokens)
        with self._lock:
            self._credit()
            return not self._gates and self._take(tokens)

    def available(self) -> float:
        with self._lock:
            self._credit()
            return self._level

    def acquire(self, tokens: float = 1.0, timeout: float | None = None) -> bool:
        self._check_tokens(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError("timeout must be None or at least 0")
        with self._lock:
            now = self._credit()
            if not self._gates and self._take(tokens):
                return True
            deadline = math.inf if timeout is None else now + timeout
            gate = threading.Lock()
            gate.acquire()
            self._gates.append(gate)
        while True:
            with self._lock:
                now = self._credit()
                first = self._gates[0] is gate
                granted = first and self._take(tokens)
                if granted or now >= deadline:
                    self._gates.remove(gate)
                    if self._gates:
                        self._gates[0].release()
                    return granted
                due = self._latest + (tokens - self._level) / self._rate if first else math.inf
                pause = min(due, deadline) - now
            gate.acquire(timeout=-1 if pause == math.inf else pause)

    def _credit(self) -> float:
        now = self._clock()
        if now > self._latest:
            gained = (now - self._latest) * self._rate
            self._level = min(self._capacity, self._level + gained)
            self._latest = now
        return now

    def _take(self, tokens: float) -> bool:
        if tokens > self._level:
            return False
        self._level -= tokens
        return True

    def _check_tokens(self, tokens: float) -> None:
        if not 0 < tokens <= self._capacity:
            raise ValueError(f"tokens must be in (0, {self._capacity}], not {tokens}")
