"""A Python clock as C takes one: a function pointer, and a context that it is called with.

Guarantees: no exception passes through C. What the clock raises is kept for the thread that C called it
on, and C is told NaN, for which it returns without having done anything; `reraise` then raises it.
time.monotonic is told by NULL: C reads the same clock by itself.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Any

from cffi import FFI

ffi = FFI()


class Clock:
    """Lends a Python clock to C for as long as this object lives."""

    def __init__(self, clock: Callable[[], float]) -> None:
        own = clock is time.monotonic
        self._reader = _Reader(clock)
        self.context = ffi.NULL if own else ffi.new_handle(self._reader)
        self.function = ffi.NULL if own else _READ

    def reraise(self) -> None:
        """Raises what the clock has raised under the calling thread's last call of C, if anything."""
        error = self._reader.raised.pop(threading.get_ident(), None)
        if error is not None:
            raise error


class _Reader:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.raised: dict[int, BaseException] = {}  # by thread: each touches its own alone

    def read(self) -> float:
        try:
            return float(self._clock())
        except BaseException as error:
            self.raised[threading.get_ident()] = error
            return math.nan


def _read(context: Any) -> float:
    reader: _Reader = ffi.from_handle(context)
    return reader.read()


_READ = ffi.callback("double(void *)", _read)  # one for all clocks, for good
