"""What can go wrong in an execution, as found at the moment when it does.

A `RawFailure` holds what the report needs and what dies with the execution: who waits where for what, the
line that failed. `report` puts it into words.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from types import FrameType
from typing import TYPE_CHECKING, Any

from harness.explore.state import STATE
from harness.verdict import Verdict

if TYPE_CHECKING:
    from harness.explore.kernel import Execution
    from harness.explore.simthread import SimThread

OURS = __file__.rpartition("harness")[0] + "harness"


@dataclass(frozen=True)
class Place:
    """A line of the candidate or of the suite."""

    file: str
    line: int
    function: str


@dataclass(frozen=True)
class Wait:
    """One thread at the end of an execution: where it stands, what it waits for and who could give it."""

    thread: int
    name: str
    kind: str  # lock, condition, queue, join, sleep
    what: str  # in words: "to take self._lock"
    place: Place | None
    owner: int | None = None  # the thread that holds what it waits for, or that it wants to end
    key: int = 0  # the id of what it waits for


@dataclass(frozen=True)
class RawFailure:
    """A failed execution."""

    verdict: Verdict
    headline: str
    thread: int
    place: Place | None
    error: str = ""
    waits: tuple[Wait, ...] = field(default=())
    lasting: bool = False  # wrong whatever the interleaving, as far as one execution tells


# -- places -----------------------------------------------------------------------------------------


def place_of_frame(frame: FrameType | None) -> Place | None:
    """The innermost line of user code at or below `frame`."""
    while frame is not None:
        if is_users(frame.f_code.co_filename):
            return Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
        frame = frame.f_back
    return None


def place_of_error(error: BaseException) -> Place | None:
    """The innermost line of user code in the error's traceback."""
    places = [
        Place(frame.f_code.co_filename, line, frame.f_code.co_name)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if is_users(frame.f_code.co_filename)
    ]
    return places[-1] if places else None


_user_files: set[str] = set()


def user_file(path: str) -> None:
    """Declares a file whose lines mean something to the reader of a report."""
    _user_files.add(path)


def is_users(file: str) -> bool:
    """Is it a file whose lines mean something to the reader of a report?"""
    return file in _user_files


def standing(thread: SimThread) -> Place | None:
    """Where `thread` stands now."""
    import sys

    if STATE.thread is thread:
        return place_of_frame(sys._getframe())
    return place_of_frame(thread.glet.gr_frame if thread.glet else None)


# -- failures ---------------------------------------------------------------------------------------


def polling(run: Execution, thread: SimThread) -> RawFailure:
    """Too many waits expired."""
    return RawFailure(
        Verdict.HANG,
        "{thread} polls: it woke by a timer again and again to look, instead of sleeping until it is woken",
        thread.index,
        standing(thread),
    )


def spinning(run: Execution, thread: SimThread) -> RawFailure:
    """A loop that only looks."""
    return RawFailure(
        Verdict.HANG,
        "{thread} spins: its loop goes round and round, changes nothing and never sleeps",
        thread.index,
        standing(thread),
    )


def livelock(run: Execution, thread: SimThread) -> RawFailure:
    """Threads that keep each other busy."""
    return RawFailure(
        Verdict.HANG,
        "livelock: threads wake and stop each other without end, {thread} among them, and none gets on",
        thread.index,
        standing(thread),
    )


def endless(run: Execution, thread: SimThread) -> RawFailure:
    """A loop that does not end."""
    return RawFailure(
        Verdict.HANG,
        "the scenario does not end: {thread} goes round and round in a loop",
        thread.index,
        standing(thread),
    )


def too_many_threads(run: Execution, thread: SimThread, most: int) -> RawFailure:
    """Threads without end."""
    return RawFailure(
        Verdict.LEAK,
        f"more than {most} threads are alive at once",
        thread.index,
        standing(thread),
    )


def _described(error: BaseException) -> str:
    text = str(error).strip()
    name = type(error).__name__
    if type(error).__module__ not in ("builtins", "__main__") and isinstance(error, AssertionError):
        name = "AssertionError"
    return f"{name}: {text}" if text else name


def from_exception(
    run: Execution, error: BaseException, thread: SimThread, main: bool
) -> RawFailure:
    """An exception that nobody caught."""
    place = place_of_error(error)
    if isinstance(error, NotImplementedError):
        return RawFailure(
            Verdict.NOT_STARTED, "not implemented yet", thread.index, place, _described(error)
        )
    if isinstance(error, AssertionError) and str(error).strip():
        headline = str(error).strip()
    elif main:
        headline = f"{{thread}} got {_described(error)}"
    else:
        headline = f"{{thread}} died of {_described(error)}"
    return RawFailure(Verdict.WRONG, headline, thread.index, place, _described(error))


def stuck(run: Execution, waits: tuple[Wait, ...], main_ended: bool) -> RawFailure:
    """Nobody can run, and no time will change that."""
    if main_ended:
        left = " and ".join(w.name for w in waits)
        verb = "are" if len(waits) > 1 else "is"
        headline = f"{left} {verb} left behind: the scenario is over and nobody will ever wake {_them(waits)}"
        return RawFailure(Verdict.LEAK, headline, waits[0].thread, waits[0].place, waits=waits)
    circle = circle_of(waits)
    first = circle[0] if circle else waits[0]
    return RawFailure(
        Verdict.DEADLOCK, _deadlock_sentence(waits, circle), first.thread, first.place, waits=waits
    )


def _them(waits: tuple[Wait, ...]) -> str:
    return "them" if len(waits) > 1 else "it"


def circle_of(waits: tuple[Wait, ...]) -> list[Wait]:
    """The waits that form a circle of the wait-for graph, or none."""
    by_thread = {w.thread: w for w in waits}
    for start in waits:
        path: list[Wait] = []
        wait: Wait | None = start
        while wait is not None and wait not in path:
            path.append(wait)
            wait = by_thread.get(wait.owner) if wait.owner is not None else None
        if wait is not None:
            return path[path.index(wait) :]
    return []


def _deadlock_sentence(waits: tuple[Wait, ...], circle: list[Wait]) -> str:
    if len(circle) == 1:
        return f"{circle[0].name} waits for itself: {circle[0].what}"
    if circle:
        names = ", ".join(w.name for w in circle)
        return f"a circle of waiting: {names} each hold what the next one wants"
    asleep = [w for w in waits if w.kind in ("condition", "queue")]
    if asleep:
        names = " and ".join(w.name for w in asleep)
        verb = "sleep" if len(asleep) > 1 else "sleeps"
        return f"{names} {verb} for ever: nobody is left to wake {_them(tuple(asleep))}"
    return "everybody waits and nobody can go on"


def wait_facts(pending: Any) -> tuple[str, int | None]:
    """The kind of what a thread waits for, and the thread that could give it."""
    owner = getattr(pending, "owner", None)
    if owner is not None:
        return "lock", owner.index
    thread = getattr(pending, "thread", None)
    if thread is not None:
        return "join", thread.index
    kind = getattr(pending, "kind", None)
    return ("queue" if kind == "queue" else "lock" if kind else "condition"), None
