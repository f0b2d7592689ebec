"""Missing: the reading belongs to the window that it is weighed in (it is taken in a round of the lock before).

Level: 4
Killed by: test_a_late_reading_is_not_weighed_in_a_later_window
Verdict: RACE
Lesson: Between the two rounds another thread enters the next window. How far into its window the old reading was
says nothing there: near the end of a full window, it makes the full one weigh next to nothing.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable


class _Limiter:
    """What both have: checked arguments, a lock, and a clock that does not go back."""

    def __init__(
        self, limit: int, window: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not limit >= 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        if not window > 0:
            raise ValueError(f"window must be positive, not {window}")
        self._limit = limit
        self._window = window
        self._clock = clock
        self._lock = threading.Lock()
        self._latest = clock()

    def _now(self) -> float:
        """The latest reading of the clock. self._lock must be held."""
        self._latest = max(self._latest, self._clock())
        return self._latest


class SlidingWindowLog(_Limiter):
    """At most `limit` requests in any window `(t - window, t]`, exactly."""

    def __init__(
        self, limit: int, window: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(limit, window, clock=clock)
        self._allowed: deque[float] = deque()

    def allow(self) -> bool:
        """Admit a request now if the window has room for it."""
        with self._lock:
            now = self._now()
            self._forget(now)
            if len(self._allowed) >= self._limit:
                return False
            self._allowed.append(now)
            return True

    def retry_after(self) -> float:
        """Seconds until allow would succeed if nobody else called; 0.0 if it would now."""
        with self._lock:
            now = self._now()
            self._forget(now)
            if len(self._allowed) < self._limit:
                return 0.0
            return self._allowed[0] + self._window - now

    def _forget(self, now: float) -> None:
        """Drop what no longer counts: each time is dropped once, so a call costs O(1) on average."""
        while self._allowed and self._allowed[0] + self._window <= now:
            self._allowed.popleft()


class SlidingWindowCounter(_Limiter):
    """At most `limit` by the estimate `current + previous * (1 - elapsed / window)`."""

    def __init__(
        self, limit: int, window: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(limit, window, clock=clock)
        self._number = math.floor(self._latest / window)
        self._current = 0
        self._previous = 0

    def allow(self) -> bool:
        """Admit a request now if the estimate has room for it."""
        with self._lock:
            now = self._now()
        with self._lock:
            self._elapsed()
            if not self._fits(now % self._window):
                return False
            self._current += 1
            return True

    def retry_after(self) -> float:
        """Seconds until allow would succeed if nobody else called; 0.0 if it would now."""
        with self._lock:
            elapsed = self._elapsed()
            if self._fits(elapsed):
                return 0.0
            if self._current < self._limit:
                faded = self._fading(self._previous, self._limit - 1 - self._current)
                return max(0.0, faded - elapsed)
            return self._window - elapsed + self._fading(self._current, self._limit - 1)

    def _elapsed(self) -> float:
        """Enter the window that it is time for; return how far into it we are."""
        now = self._now()
        number = math.floor(now / self._window)
        if number != self._number:
            self._previous = self._current if number == self._number + 1 else 0
            self._current = 0
            self._number = number
        return now - number * self._window

    def _fits(self, elapsed: float) -> bool:
        estimate = self._current + self._previous * (1 - elapsed / self._window)
        return estimate + 1 <= self._limit

    def _fading(self, count: int, room: int) -> float:
        """How far into the next window `count` requests weigh no more than `room`."""
        return self._window * (1 - room / count) if count > room else 0.0
