"""What a suite may ask of the world that its scenarios run in.

Guarantees
- Nothing here is a scheduling point, and nothing changes what the candidate sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.explore.simthread import Frozen, SimThread
from harness.explore.state import STATE

if TYPE_CHECKING:
    import threading


class raises:  # noqa: N801 - it reads as `pytest.raises` does
    """What stands below is to raise an exception of this kind; if not, the test fails and says so in words.

    call: what that is.
    """

    def __init__(self, kind: type[BaseException], call: str) -> None:
        self._kind = kind
        self._call = call

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        if kind is None:
            raise AssertionError(
                f"{self._call} raised nothing, where {self._kind.__name__} was due"
            )
        return issubclass(kind, self._kind)


class NeedsExplorer(BaseException):
    """Something that only the explorer has was asked for where C code runs on real threads."""


class _World:
    has_explorer = True


def without_explorer() -> None:
    """From now on there is none in this process: what needs it raises NeedsExplorer."""
    _World.has_explorer = False


def simulated() -> bool:
    """Does the caller run in the explorer, rather than on real threads?"""
    return STATE.thread is not None


def timer_wakeups() -> int:
    """How often a wait or a sleep ended by its timer so far, in all threads but the calling one.

    A candidate that sleeps until it is woken has none; one that polls has one a look. 0 on real threads.
    """
    if not _World.has_explorer:
        raise NeedsExplorer("timer_wakeups")
    if STATE.thread is None:
        return 0
    return sum(1 for thread in STATE.run.wakeups if thread is not STATE.thread)


def freeze(thread: threading.Thread) -> None:
    """Stops another thread where it stands, as if the machine never ran it again; see `thaw`.

    With `explore(every_point=True)` it is stopped at each of its steps in turn: whoever then waits for it, for
    a lock that it holds or for a write that it was about to make, is found out.
    """
    other = _simulated(thread)
    if other is not None and not isinstance(other.pending, Frozen) and not other.finished.free:
        other.pending = Frozen(other)
        other.deadline = None


def thaw(thread: threading.Thread) -> None:
    """Lets a frozen thread go on."""
    other = _simulated(thread)
    if other is not None and isinstance(other.pending, Frozen):
        other.pending, other.deadline = other.pending.pending, other.pending.deadline


def _simulated(thread: threading.Thread) -> SimThread | None:
    if not _World.has_explorer:
        raise NeedsExplorer("freeze and thaw")
    if STATE.thread is None:
        raise RuntimeError("freeze and thaw work in explored scenarios alone")
    if thread.ident is None:
        raise RuntimeError("the thread has not been started")
    threads: list[Any] = STATE.run.threads
    return next((t for t in threads if t.ident == thread.ident), None)
