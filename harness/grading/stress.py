"""Real threads under pressure: the same scenario, many rounds, switching as often as possible.

This is where the explorer's model could differ from the machine. It finds little that the
explorer does not, and a pass here proves nothing by itself.

Guarantees: every round has a fresh module. An exception in any thread, or a thread left behind,
fails the round. What hangs is ended by the parent process.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import indent
from types import ModuleType
from typing import Any

from harness.grading.results import INDENT, Finding, beyond_opening, opening
from harness.grading.tracebacks import describe, name_of, place_in
from harness.suite import NeedsExplorer
from harness.verdict import Verdict

SWITCH_INTERVAL = 1e-6  # seconds; the least that CPython accepts is about this
LEAST_ROUNDS = 3
MOST_SLEPT = (
    2.0  # seconds in all that rounds may wait for timers; after that no further one is begun
)
LEFT_BEHIND = 10.0  # seconds until a thread that was told to end counts as left behind
DAEMONS_END = 0.05  # seconds that a daemon has to end, or to die of something; it may stay


@dataclass(frozen=True)
class Struck:
    """What a round came upon."""

    verdict: Verdict
    finding: Finding


class Loader:
    """Loads a candidate as Python would, as often as is asked, each time afresh."""

    def __init__(self, candidate: Path, name: str) -> None:
        self._name = name
        self.path = candidate
        self._code = compile(candidate.read_bytes(), str(candidate), "exec", dont_inherit=True)

    def load(self) -> ModuleType:
        """The candidate's module, with nothing done in it yet."""
        module = ModuleType(self._name)
        module.__file__ = str(self.path)
        # dataclasses and pickle look a class's module up by name.
        sys.modules[self._name] = module
        exec(self._code, module.__dict__)
        return module


def run(
    test: Callable[..., object],
    arguments: Mapping[str, Any],
    rounds: int,
    loader: Loader,
    beat: Callable[[str], None],
    may_leave_threads: bool = False,
) -> tuple[int, Struck | None]:
    """Runs the rounds; stops at the first that fails. Also returns how many there were.

    They are fewer for a candidate that sleeps: a pool whose workers look for work twice a second is right, and
    takes half a second to shut down.
    """
    slept, number = 0.0, 0
    with _pressure():
        while number < rounds and (number < LEAST_ROUNDS or slept < MOST_SLEPT):
            number += 1
            beat(f"round {number} of {rounds}")
            started = time.monotonic() - time.process_time()
            struck = _round(test, arguments, loader, may_leave_threads)
            if struck:
                where = f"{INDENT}Round {number} of {rounds} with real threads:"
                report = f"{where}\n\n{struck.finding.report}".rstrip()
                return number, replace(struck, finding=replace(struck.finding, report=report))
            slept += time.monotonic() - time.process_time() - started
    return number, None


def run_plainly(
    test: Callable[..., object],
    arguments: Mapping[str, Any],
    loader: Loader,
    may_leave_threads: bool = False,
) -> Struck | None:
    """Runs a test once, without pressure: for one that is marked `plain`."""
    struck = _round(test, arguments, loader, may_leave_threads)
    if struck and struck.verdict is Verdict.RACE:  # nobody raced
        return replace(struck, verdict=Verdict.WRONG)
    return struck


@contextmanager
def _pressure() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _round(
    test: Callable[..., object],
    arguments: Mapping[str, Any],
    loader: Loader,
    may_leave_threads: bool,
) -> Struck | None:
    before = set(threading.enumerate())
    in_threads: list[threading.ExceptHookArgs] = []

    def note(death: threading.ExceptHookArgs) -> None:
        if death.thread not in before:  # else an earlier test has left it behind
            in_threads.append(death)

    previous, threading.excepthook = threading.excepthook, note
    try:
        test(kata=loader.load(), **arguments)
        left = [] if may_leave_threads else _left_behind(before)
    except (KeyboardInterrupt, NeedsExplorer):
        raise
    except BaseException as error:
        _for_the_explorer(in_threads)
        return _struck(error, loader.path)
    finally:
        threading.excepthook = previous
    _for_the_explorer(in_threads)
    for death in in_threads:
        name = death.thread.name if death.thread else "A thread"
        return _struck(death.exc_value or death.exc_type(), loader.path, f"{name} died of ")
    if left:
        return Struck(Verdict.LEAK, Finding(f"{left[0]} still runs after everything has ended."))
    return None


def _for_the_explorer(deaths: Iterable[threading.ExceptHookArgs]) -> None:
    """Whatever else went wrong followed from it, if a thread asked for what only the explorer has."""
    for death in deaths:
        if isinstance(death.exc_value, NeedsExplorer):
            raise death.exc_value


def _struck(error: BaseException, candidate: Path, prefix: str = "") -> Struck:
    said = name_of(error)
    parts = (indent(beyond_opening(said), INDENT), describe(error, candidate))
    return Struck(
        verdict_on(error),
        Finding(
            headline=prefix + opening(said),
            file=str(candidate),
            line=place_in(error, candidate),
            report="\n\n".join(part for part in parts if part),
        ),
    )


def verdict_on(error: BaseException) -> Verdict:
    """What an exception says, given that the simulated world found nothing."""
    if isinstance(error, NotImplementedError):
        return Verdict.NOT_STARTED
    if isinstance(error, MemoryError | SystemExit):
        return Verdict.CRASH
    return Verdict.RACE


def _left_behind(before: set[threading.Thread]) -> list[str]:
    """The new threads that keep a program alive; daemons do not, here as in the explorer."""
    now = time.monotonic()
    new = [thread for thread in threading.enumerate() if thread not in before]
    for thread in new:
        until = now + (DAEMONS_END if thread.daemon else LEFT_BEHIND)
        thread.join(max(0.0, until - time.monotonic()))
    return [thread.name for thread in new if thread.is_alive() and not thread.daemon]
