"""A simulated `time`: a clock that stands still while anybody can run.

Guarantees
- `sleep(d)` costs no time; afterwards every clock has moved on by exactly d, or by more if the thread was
  not picked at once.
- `monotonic`, `time`, `perf_counter` and their `_ns` twins all show the same clock.
"""

from __future__ import annotations

import time
from types import ModuleType

from harness.explore.kernel import START_OF_TIME, Abandoned
from harness.explore.loops import yield_turn
from harness.explore.simthread import NEVER
from harness.explore.state import STATE


def now() -> float:
    """Seconds on the simulated clock."""
    return START_OF_TIME if STATE.thread is None else STATE.run.clock


def now_ns() -> int:
    """Nanoseconds on the simulated clock."""
    return int(now() * 1_000_000_000)


def sleep(seconds: float) -> None:
    """Sleeps in simulated time; `sleep(0)` lets others have a turn."""
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
        STATE.run.block(thread, NEVER, float(seconds), False)


def make_time_module() -> ModuleType:
    """The simulated `time`; what tells no time is the real module's."""
    module = ModuleType("time")
    module.__dict__.update({k: v for k, v in vars(time).items() if not k.startswith("__")})
    for name in ("monotonic", "time", "perf_counter", "process_time", "thread_time"):
        setattr(module, name, now)
        setattr(module, f"{name}_ns", now_ns)
    module.__dict__["sleep"] = sleep
    return module
