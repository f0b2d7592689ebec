"""What grading comes to: checks, levels, and the whole; and the JSON of it.

Guarantees: frozen; `as_json` is stable within a SCHEMA number, fields are only ever added to it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from harness.verdict import Verdict

SCHEMA = 1
NOT_REACHED = "not reached"
REAL_THREADS = "real threads"
INDENT = "   "  # of every line of a Finding's report
NOT_APPLICABLE = "not applicable: only the explorer can run it"  # as a check's coverage
NOTHING_TO_CHOOSE = "1 schedule: there was nothing to choose"  # as a check's coverage


def opening(said: str) -> str:
    """The first line of what a suite says: the sentence, of a sentence with a picture below it."""
    return said.strip().partition("\n")[0].rstrip()


def beyond_opening(said: str) -> str:
    """What stands below that line, as it was laid out."""
    return said.strip().partition("\n")[2].strip("\n")


@dataclass(frozen=True)
class Finding:
    """What is wrong, as a report shows it."""

    headline: str  # one line
    file: str = ""  # the place in the candidate, where there is one
    line: int | None = None
    report: str = ""  # everything else, ready to print, indented by INDENT
    schedule: str = ""  # replays the failing interleaving; '' where none applies
    found_at: int = 0  # number of the schedule that found it
    preemptions: int = 0
    watchdog: bool = False  # nothing but the watchdog's clock saw it
    film: str = ""  # where it was asked for: every step, as JSON (see harness.explore.film)


@dataclass(frozen=True)
class Check:
    """One test, in one world (simulated or real threads), and what it came to."""

    test: str
    level: int
    promise: str  # the first line of the test's docstring
    verdict: Verdict
    schedules: int = 0
    coverage: str = ""
    seconds: float = 0.0
    finding: Finding | None = None

    @property
    def applicable(self) -> bool:
        """Could it be run at all? (Not every test can be on C.)"""
        return self.coverage != NOT_APPLICABLE

    @property
    def function(self) -> str:
        """The test's name in the suite, whichever its parameters."""
        return self.test.partition("[")[0]


@dataclass(frozen=True)
class LevelResult:
    """A level: its verdict is None where it was not reached."""

    number: int
    title: str
    verdict: Verdict | None
    checks: tuple[Check, ...] = ()
    expected: int = 0  # how many checks the suite has for it

    @property
    def passed(self) -> int:
        """How many of its checks passed."""
        return sum(check.verdict is Verdict.PASS for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        """Its failed checks; those that say most (anything but NOT STARTED) first."""
        failed = [check for check in self.checks if check.verdict is not Verdict.PASS]
        return tuple(sorted(failed, key=lambda check: check.verdict is Verdict.NOT_STARTED))

    @property
    def not_applicable(self) -> int:
        """How many of those that passed were not run; see `Check.applicable`."""
        return sum(not check.applicable for check in self.checks)

    @property
    def schedules(self) -> int:
        """Interleavings tried."""
        return sum(check.schedules for check in self.checks)

    @property
    def seconds(self) -> float:
        """Time spent in its checks."""
        return sum(check.seconds for check in self.checks)


@dataclass(frozen=True)
class Grade:
    """One candidate, graded."""

    kata: str
    title: str
    implementation: str  # as the person named it; '' for the stub's file
    file: str
    levels: tuple[LevelResult, ...]
    seconds: float
    attempt: int | None = field(default=None)

    @property
    def passed(self) -> int:
        """Levels passed."""
        return sum(level.verdict is Verdict.PASS for level in self.levels)

    @property
    def points(self) -> int:
        """Out of 100: the share of the levels that passed."""
        return 100 * self.passed // len(self.levels)

    @property
    def ok(self) -> bool:
        """Whether every level passed."""
        return self.passed == len(self.levels)

    @property
    def first_failure(self) -> Check | None:
        """The failure to look at first."""
        return next((level.failures[0] for level in self.levels if level.failures), None)


def as_json(grade: Grade) -> Mapping[str, Any]:
    """The grade as `--json` writes it (documented in harness/grading/README.md)."""
    return {
        "schema": SCHEMA,
        "kata": grade.kata,
        "implementation": grade.implementation or "own",
        "file": grade.file,
        "attempt": grade.attempt,
        "passed": grade.ok,
        "points": grade.points,
        "levels_passed": grade.passed,
        "seconds": round(grade.seconds, 3),
        "levels": [_level_json(level) for level in grade.levels],
    }


def _level_json(level: LevelResult) -> Mapping[str, Any]:
    return {
        "number": level.number,
        "title": level.title,
        "verdict": level.verdict or NOT_REACHED,
        "checks_expected": level.expected,
        "checks": [_check_json(check) for check in level.checks],
    }


def _check_json(check: Check) -> Mapping[str, Any]:
    """Without the film, which is for a page alone."""
    row = asdict(check)
    if row["finding"]:
        del row["finding"]["film"]
    return row
