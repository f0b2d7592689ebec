"""Grades submissions side by side, each in a grading process of its own.

Guarantees: whatever becomes of one grading, the others are not touched by it: each has its own
process, limits, watcher and temporary folder, and an error in one is that one's result. When
`stop` was called, nothing is started any more, what runs is ended, and `results` comes to its end.
Assumptions: POSIX. The memory of N at once is N times what one may use (watch.MEMORY).
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.grading.grade import grade
from harness.grading.launch import Ends, Nursery, Process, fresh
from harness.grading.results import Grade
from harness.submissions.find import Submission

STOPPED = "stopped before it was done"
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(frozen=True)
class Result:
    """What came of a submission: a grade, or why there is none."""

    submission: Submission
    grade: Grade | None
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether it passed in full."""
        return self.grade is not None and self.grade.ok


class StoppedError(Exception):
    """No grading process is to be started any more."""


class Launcher:
    """Starts grading processes, until it is told to stop and ends them all."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self._lock = threading.Lock()
        self._stopped = False  # guarded by self._lock
        self._running: list[Process] = []  # guarded by self._lock

    @property
    def stopped(self) -> bool:
        """Whether results can no longer be believed: their processes may have been ended."""
        with self._lock:
            return self._stopped

    def __call__(self, ends: Ends, folder: str, mark: str, suite: str) -> Process:
        """As `launch.fresh`."""
        with self._lock:
            if self._stopped:
                raise StoppedError
            try:
                process = self._nursery(ends, folder, mark, suite)
            except OSError:  # a candidate brought the nursery down: the others need not care
                process = fresh(ends, folder, mark, suite)
            self._running = [one for one in self._running if one.returncode is None]
            self._running.append(process)
            return process

    def stop(self) -> None:
        """Starts nothing more; ends what runs, at which its watchers clear up behind it."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                if process.returncode is None:
                    _end(process.pid)


def _end(pid: int) -> None:
    # By itself too: one that has only just been forked has no group of its own yet.
    for kill in (os.kill, os.killpg):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


def grade_all(
    submissions: Sequence[Submission], folder: Path, jobs: int, done: Callable[[Result], None]
) -> Iterator[Result]:
    """Grades them; tells `done` of each when it is; gives them back in order, each when it can.

    At Ctrl-C, and at SIGTERM, those that have not come to an end are STOPPED. A second one is as
    it was before.
    """
    with Nursery() as nursery, ThreadPoolExecutor(jobs) as pool:
        launcher = Launcher(nursery)
        with _at_a_signal(launcher.stop):
            futures = [pool.submit(_one, row, folder, launcher) for row in submissions]
            try:
                yield from _in_order(futures, done)
            finally:
                launcher.stop()


@contextlib.contextmanager
def _at_a_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Calls `stop`, in the main thread and between two of its steps, at the first signal."""
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def give_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def handle(_number: int, _frame: object) -> None:
        give_back()
        stop()

    for number in SIGNALS:
        signal.signal(number, handle)
    try:
        yield
    finally:
        give_back()


def _in_order(
    futures: Sequence[Future[Result]], done: Callable[[Result], None]
) -> Iterator[Result]:
    waiting = 0
    for future in as_completed(futures):
        done(future.result())
        while waiting < len(futures) and futures[waiting].done():
            yield futures[waiting].result()
            waiting += 1


def _one(submission: Submission, folder: Path, launcher: Launcher) -> Result:
    if submission.reason:
        return Result(submission, None, submission.reason)
    try:
        graded = grade(submission.kata, submission.candidate(folder), launch=launcher)
    except StoppedError:
        return Result(submission, None, STOPPED)
    except UsageError as error:
        return Result(submission, None, error.seen)
    except Exception as error:
        # A fault of the grader: it must not cost the others their results.
        return Result(submission, None, f"the grader failed: {type(error).__name__}: {error}")
    return Result(submission, None, STOPPED) if launcher.stopped else Result(submission, graded)
