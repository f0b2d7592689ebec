"""What is running right now: the one piece of global state of the explorer.

The hooks are called from code that knows nothing of us, so they find the running thread here. One process
runs one simulated execution at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.explore.kernel import Execution
    from harness.explore.memory import Memory
    from harness.explore.simthread import SimThread


class State:
    """The running thread and what the hooks need of its execution; `thread` is None outside of one."""

    __slots__ = ("access", "memory", "numbers", "patched", "run", "thread", "tracer", "visible")

    def __init__(self) -> None:
        self.thread: SimThread | None = None
        self.run: Execution = None  # type: ignore[assignment]  # set whenever thread is
        self.memory: Memory = None  # type: ignore[assignment]
        self.access: Any = None  # memory.alone, memory.access from the second thread on
        self.tracer: Any = None
        self.visible: set[int] = set()
        self.numbers: dict[int, tuple[int, object]] = {}  # see `world.stable_id`
        self.patched = False  # has simulated code assigned to a module's attribute?


STATE = State()


def in_simulation() -> bool:
    """Is the caller a simulated thread?"""
    return STATE.thread is not None


def current() -> Any:
    """The running simulated thread, or None."""
    return STATE.thread
