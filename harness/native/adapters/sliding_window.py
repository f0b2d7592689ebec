"""The Python API of sliding_window over its C reference."""

import sys
import time
from collections.abc import Callable
from typing import Any

from harness.native.adapters.clocks import Clock
from harness.native.bind import load

ffi, lib = load("sliding_window")


class _Limiter:
    """What both have: checked arguments, a clock, and a limiter of C."""

    def __init__(
        self, limit: int, window: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not limit >= 1:
            raise ValueError(f"limit must be at least 1, not {limit}")
        if not window > 0:
            raise ValueError(f"window must be positive, not {window}")
        self._clock = Clock(clock)
        made = self._made(min(int(limit), sys.maxsize), window)
        self._clock.reraise()
        if made == ffi.NULL:
            raise MemoryError(f"no memory for a limit of {limit}, or a clock that shows no time")
        self._limiter = made

    def _made(self, limit: int, window: float) -> Any:
        raise NotImplementedError


class SlidingWindowLog(_Limiter):
    """See katas/sliding_window."""

    def _made(self, limit: int, window: float) -> Any:
        made = lib.sliding_log_new(limit, window, self._clock.function, self._clock.context)
        return ffi.gc(made, lib.sliding_log_delete)

    def allow(self) -> bool:
        """Whether a request is allowed now."""
        allowed: bool = lib.sliding_log_allow(self._limiter)
        if not allowed:
            self._clock.reraise()
        return allowed

    def retry_after(self) -> float:
        """Seconds until one would be."""
        seconds = float(lib.sliding_log_retry_after(self._limiter))
        self._clock.reraise()
        return seconds


class SlidingWindowCounter(_Limiter):
    """See katas/sliding_window."""

    def _made(self, limit: int, window: float) -> Any:
        made = lib.sliding_counter_new(limit, window, self._clock.function, self._clock.context)
        return ffi.gc(made, lib.sliding_counter_delete)

    def allow(self) -> bool:
        """Whether a request is allowed now."""
        allowed: bool = lib.sliding_counter_allow(self._limiter)
        if not allowed:
            self._clock.reraise()
        return allowed

    def retry_after(self) -> float:
        """Seconds until one would be."""
        seconds = float(lib.sliding_counter_retry_after(self._limiter))
        self._clock.reraise()
        return seconds
