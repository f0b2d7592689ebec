"""A simulated `time`: a clock that stands still while anybody can run.

Guarantees
- Reading a clock costs no time; but it does for whoever reads it again and again: a loop that ends when its
  deadline has passed, and not when it is reached, comes to its end.
- `sleep(d)` costs no time; afterwards every clock has moved on by exactly d, or by more if the thread was
  not picked at once.
- `monotonic`, `perf_counter` and their `_ns` twins show the same clock, `time` one that is ahead of it by a
  constant; processor time stands still.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable
from types import MethodType, ModuleType
from typing import Any, Self

from harness.explore.kernel import MOMENT, START_OF_TIME, Abandoned, as_seconds
from harness.explore.loops import yield_turn
from harness.explore.simthread import NEVER
from harness.explore.state import STATE

READINGS_AT_ONCE = 100  # a thread's further ones, while no time passes, take a moment each
SINCE_THE_EPOCH = float(2**20)  # added to `monotonic`, this is still exact


def now() -> float:
    """Seconds on the simulated clock."""
    thread = STATE.thread
    if thread is None:
        return START_OF_TIME
    run = STATE.run
    if thread.clock_seen != run.clock:
        thread.clock_seen, thread.readings = run.clock, 0
    thread.readings += 1
    if thread.readings > READINGS_AT_ONCE:
        run.clock += MOMENT
    return run.clock


def now_ns() -> int:
    """Nanoseconds on the simulated clock."""
    return int(now() * 1_000_000_000)


def wall() -> float:
    """Seconds since the epoch, which are not what `monotonic` counts: whoever mixes the two finds out."""
    return now() + SINCE_THE_EPOCH


def wall_ns() -> int:
    """Nanoseconds since the epoch."""
    return int(wall() * 1_000_000_000)


def cpu() -> float:
    """Processor time: no thread uses any."""
    return 0.0


def cpu_ns() -> int:
    """Processor time in nanoseconds."""
    return 0


def clock_gettime(number: int) -> float:
    """The clock of this number."""
    return _by_number.get(number, now)()


def clock_gettime_ns(number: int) -> int:
    """The same in nanoseconds."""
    return int(clock_gettime(number) * 1_000_000_000)


_numbers = {
    "CLOCK_REALTIME": wall, "CLOCK_TAI": wall, "CLOCK_PROCESS_CPUTIME_ID": cpu, "CLOCK_THREAD_CPUTIME_ID": cpu,
}  # fmt: skip
_by_number = {getattr(time, name, None): clock for name, clock in _numbers.items()}


class Datetime(datetime.datetime):
    """`datetime.datetime`, whose now is the simulated one."""

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Self:
        return cls.fromtimestamp(wall(), tz)

    @classmethod
    def utcnow(cls) -> Self:
        return cls.fromtimestamp(wall(), datetime.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls) -> Self:
        return cls.now()


def sleep(seconds: float) -> None:
    """Sleeps in simulated time; `sleep(0)` lets others have a turn."""
    seconds = as_seconds(seconds)
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    thread = STATE.thread
    if thread is None:
        return
    if thread.index < 0:
        raise Abandoned
    if seconds == 0:
        yield_turn(STATE.run, thread, may_stay=True)
    else:
        STATE.run.block(thread, NEVER, seconds, False)


def as_in_c(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, but no method of a class that has it as an attribute: as all of `time` is in CPython."""
    return MethodType(_call, function)


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def make_time_module() -> ModuleType:
    """The simulated `time`; what tells no time is the real module's."""
    simulated: dict[str, Callable[..., Any]] = {
        "monotonic": now, "perf_counter": now, "time": wall, "process_time": cpu, "thread_time": cpu,
        "monotonic_ns": now_ns, "perf_counter_ns": now_ns, "time_ns": wall_ns, "process_time_ns": cpu_ns,
        "thread_time_ns": cpu_ns, "sleep": sleep,
    }  # fmt: skip
    if hasattr(time, "clock_gettime"):  # not on Windows
        simulated |= {"clock_gettime": clock_gettime, "clock_gettime_ns": clock_gettime_ns}
    module = ModuleType("time")
    module.__dict__.update({k: v for k, v in vars(time).items() if not k.startswith("__")})
    module.__dict__.update({name: as_in_c(function) for name, function in simulated.items()})
    return module
