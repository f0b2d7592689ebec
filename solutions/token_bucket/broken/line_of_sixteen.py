"""Missing: a line as long as it has to be (who finds 16 in it is sent away).

Level: 4
Killed by: test_a_long_line_is_served_in_its_order_too
Verdict: WRONG
Lesson: A limit on who may wait is a promise of its own: back-pressure that nobody asked for looks to the
caller like a refusal. Without one in the contract the line has to grow.
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
        if not 0 < rate < math.inf:  # written so that NaN fails too
            raise ValueError(f"rate must be positive and finite, not {rate}")
        if not 0 < capacity < math.inf:
            raise ValueError(f"capacity must be positive and finite, not {capacity}")
        self._rate = rate
        self._capacity = capacity
        self._clock = clock
        self._lock = threading.Lock()
        # guarded by self._lock
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
            # One deadline for the whole call: a wait that is cut short must not start it anew.
            deadline = None if timeout is None else self._clock() + timeout
            turn = threading.Condition(self._lock)
            if len(self._queue) == 16:
                return False
            self._queue.append(turn)
            try:
                return self._wait_in_line(turn, tokens, deadline)
            finally:
                self._leave(turn)

    # -- all of these need self._lock --------------------------------------------------------------

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
            # Nobody can take tokens while we are the first, so the moment when ours are there is
            # known: sleeping until then is exact. The others are told when they are the first.
            due = self._latest + (tokens - self._level) / self._rate if first else math.inf
            wake = due if deadline is None else min(due, deadline)
            turn.wait(None if wake == math.inf else min(wake - now, threading.TIMEOUT_MAX))

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
