"""What `kata grade` has to do with the history: counts its attempts and adds one.

Guarantees: a verdict is worth more than its record. Where the history cannot be used, grading goes
on, and one line on standard error says what is wrong.
"""

import sys
import time
from pathlib import Path

from harness.candidates import is_own
from harness.catalogue import Kata
from harness.errors import UsageError
from harness.grading.results import Grade
from harness.keep import Attempt, Kind, LevelOutcome, Store
from harness.paths import state_dir
from harness.verdict import Verdict


class History:
    """The attempts of one learner; those in `.kata/` where no folder is named."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._warned = False

    def count(self, kata: str) -> int | None:
        """How many attempts there have been; None if that cannot be known."""
        try:
            return self._store().count(kata)
        except UsageError as error:
            self._warn(error)
            return None

    def record(self, grade: Grade, kata: Kata | None = None) -> int | None:
        """Adds an attempt; its number among those of the kata, None if it could not be kept.

        kata: tells how many levels there are, where not all of them have been graded.
        """
        attempt = as_attempt(grade, len(kata.levels) if kata else len(grade.levels), time.time())
        try:
            return self._store().record(attempt, _code(Path(grade.file)))
        except UsageError as error:
            self._warn(error)
            return None

    def _store(self) -> Store:
        return Store(self._folder or state_dir())

    def _warn(self, error: UsageError) -> None:
        if not self._warned:
            self._warned = True
            print(f"kata: attempts are not being recorded: {error.seen}", file=sys.stderr)


def as_attempt(grade: Grade, of: int, ended: float) -> Attempt:
    """A grading as an attempt at a kata of so many levels."""
    return Attempt(
        kata=grade.kata,
        kind=Kind.GRADE,
        started=ended - grade.seconds,
        ended=ended,
        levels=tuple(LevelOutcome(level.number, level.verdict) for level in grade.levels),
        of=of,
        implementation=grade.implementation,
    )


def is_an_attempt(grade: Grade) -> bool:
    """Whether there is anything of the learner's own in it."""
    begun = any(level.verdict not in (None, Verdict.NOT_STARTED) for level in grade.levels)
    return begun and is_own(grade.implementation)


def _code(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None  # it was taken away while it was graded
