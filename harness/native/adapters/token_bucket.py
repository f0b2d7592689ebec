"""The Python API of token_bucket over its C reference."""

import math
import time
from collections.abc import Callable

from harness.native.adapters.clocks import Clock
from harness.native.bind import load

ffi, lib = load("token_bucket")
_try_acquire = lib.token_bucket_try_acquire


class TokenBucket:
    """See katas/token_bucket."""

    def __init__(
        self, rate: float, capacity: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if not 0 < rate < math.inf:
            raise ValueError(f"rate must be positive and finite, not {rate}")
        if not 0 < capacity < math.inf:
            raise ValueError(f"capacity must be positive and finite, not {capacity}")
        self._capacity = capacity
        self._clock = Clock(clock)
        made = lib.token_bucket_new(rate, capacity, self._clock.function, self._clock.context)
        self._clock.reraise()
        if made == ffi.NULL:
            raise MemoryError("no memory for a bucket, or a clock that shows no time")
        self._bucket = ffi.gc(made, lib.token_bucket_delete)

    def try_acquire(self, tokens: float = 1.0) -> bool:
        """Takes the tokens if they are there and nobody waits."""
        if not 0 < tokens <= self._capacity:  # here, not in a function: calls are what it costs
            raise self._refusal(tokens)
        granted: bool = _try_acquire(self._bucket, tokens)
        if not granted:
            self._clock.reraise()
        return granted

    def available(self) -> float:
        """The tokens that are there now."""
        seen = float(lib.token_bucket_available(self._bucket))
        self._clock.reraise()
        return seen

    def acquire(self, tokens: float = 1.0, timeout: float | None = None) -> bool:
        """Takes the tokens, waiting in line for them."""
        if not 0 < tokens <= self._capacity:
            raise self._refusal(tokens)
        if timeout is not None and not timeout >= 0:
            raise ValueError(f"timeout must be None or at least 0, not {timeout}")
        seconds = math.inf if timeout is None else timeout
        granted: bool = lib.token_bucket_acquire(self._bucket, tokens, seconds)
        if not granted:
            self._clock.reraise()
        return granted

    def _refusal(self, tokens: float) -> ValueError:
        return ValueError(f"tokens must be in (0, {self._capacity}], not {tokens}")
