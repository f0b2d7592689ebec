"""Missing: 0.0 is a time like any other (a request that stops counting at 0.0 is taken for none).

Level: 1
Killed by: test_a_request_counts_until_exactly_a_window_later[-4.0]
Verdict: WRONG
Lesson: A clock may show negative times, so that a time of 0.0 is in the future. `if not end` asks whether it is 0;
ask `is None` where None stands for what is not there.
"""

import math
import threading
import time
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
        self._ends: list[float | None] = [None] * limit
        self._next = 0

    def allow(self) -> bool:
        """Admit a request now if the window has room for it."""
        with self._lock:
            now = self._now()
            end = self._ends[self._next]
            if end and end > now:
                return False
            self._ends[self._next] = now + self._window
            self._next = (self._next + 1) % self._limit
            return True

    def retry_after(self) -> float:
        """Seconds until allow would succeed if nobody else called; 0.0 if it would now."""
        with self._lock:
            now = self._now()
            end = self._ends[self._next]
            return end - now if end and end > now else 0.0


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
            if not self._fits(self._elapsed()):
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
