"""Missing: what wait is given is a float (it is given the Fraction that came out).

Level: 4
Killed by: test_acquire_sleeps_until_the_tokens_are_there_and_no_longer[None-0.0]
Verdict: WRONG
Lesson: `threading` and `time.sleep` take floats and integers; for a Fraction or a Decimal they raise TypeError, and
only when there is something to wait for. Reckon as exactly as you like, and hand over a float.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from fractions import Fraction


class TokenBucket:
    """Holds up to `capacity` tokens and gains `rate` tokens a second; starts full."""

    def __init__(
        self, rate: float, capacity: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not 0 < rate < math.inf:
            raise ValueError(f"rate must be positive and finite, not {rate}")
        if not 0 < capacity < math.inf:
            raise ValueError(f"capacity must be positive and finite, not {capacity}")
        self._rate = rate
        self._capacity = capacity
        self._clock = clock
        self._lock = threading.Lock()
        self._level = float(capacity)
        self._latest = clock()
        self._queue: deque[threading.Condition] = deque()

    def try_acquire(self, tokens: float = 1.0) -> bool:
        """Take `tokens` if they are there and nobody waits; never block."""
        self._check_tokens(tokens)
        with self._lock:
            self._credit()
            return not self._queue and self._take(tokens)

    def available(self) -> float:
        """The tokens that are there now."""
        with self._lock:
            self._credit()
            return self._level

    def acquire(self, tokens: float = 1.0, timeout: float | None = None) -> bool:
        """Take `tokens`, waiting in line for them; False if `timeout` seconds were not enough."""
        self._check_tokens(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError(f"timeout must be None or at least 0, not {timeout}")
        with self._lock:
            deadline = None if timeout is None else self._clock() + timeout
            turn = threading.Condition(self._lock)
            self._queue.append(turn)
            try:
                return self._wait_in_line(turn, tokens, deadline)
            finally:
                self._leave(turn)

    def _credit(self) -> float:
        """Bring `_level` up to now; return what the clock shows."""
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

    def _wait_in_line(
        self, turn: threading.Condition, tokens: float, deadline: float | None
    ) -> bool:
        while True:
            now = self._credit()
            first = self._queue[0] is turn
            if first and self._take(tokens):
                return True
            if deadline is not None and now >= deadline:
                return False
            pauses = [] if deadline is None else [deadline - now]
            if first:
                pauses.append(Fraction(tokens - self._level) / Fraction(self._rate))
            turn.wait(min(pauses, default=None))

    def _leave(self, turn: threading.Condition) -> None:
        """Out of the line, served or not; whoever is the first now may have to wake up."""
        was_first = self._queue[0] is turn
        self._queue.remove(turn)
        if was_first and self._queue:
            self._queue[0].notify()

    def _check_tokens(self, tokens: float) -> None:
        """Needs no lock: the capacity never changes."""
        if not 0 < tokens <= self._capacity:
            raise ValueError(f"tokens must be in (0, {self._capacity}], not {tokens}")
