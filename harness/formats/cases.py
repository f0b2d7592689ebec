"""A level as a list of test cases, which is what every format is made of.

Guarantees: a level that did not pass has a case that failed or was skipped, whatever became of
the grading process; so no reader of a format sees only green where the grade is not.
"""

import enum
import shlex
from dataclasses import dataclass

from harness.candidates import is_own
from harness.formats.words import clean, count
from harness.grading.grade import LOADING
from harness.grading.results import Check, Finding, Grade, LevelResult
from harness.verdict import Verdict


class Status(enum.Enum):
    """What a reader of results is to think of a case."""

    PASSED = "passed"
    FAILED = "failed"  # the code does not do what was promised, or is not written yet
    BROKE = "broke"  # the code could not be loaded, or its process died
    SKIPPED = "skipped"  # it was not run


@dataclass(frozen=True)
class Case:
    """One check, or what stands for checks that were not run. All texts are clean."""

    name: str  # unique in its kata
    title: str  # for people
    level: int
    status: Status
    verdict: str  # its word: a Verdict, or why it was skipped
    headline: str = ""  # one line
    text: str = ""  # everything there is to read
    seconds: float = 0.0


def cases(grade: Grade, level: LevelResult) -> tuple[Case, ...]:
    """The cases of a level, in the suite's order."""
    done = tuple(_case(grade, check) for check in level.checks)
    return (*done, *_not_run(level))


def _case(grade: Grade, check: Check) -> Case:
    finding = check.finding or Finding("")
    passed = check.verdict is Verdict.PASS
    headline = finding.headline
    if check.verdict is Verdict.NOT_STARTED:
        headline = headline or "It is not written yet."
    return Case(
        name=clean(check.test),
        title=_title(check),
        level=check.level,
        status=_status(check),
        verdict="not applicable" if passed and not check.applicable else str(check.verdict),
        headline=" ".join(clean(headline or check.coverage).split()),
        text=_told(check) if passed else _failure(grade, check, finding, headline),
        seconds=check.seconds,
    )


def _status(check: Check) -> Status:
    if check.verdict is Verdict.PASS:
        return Status.PASSED if check.applicable else Status.SKIPPED
    broke = check.verdict is Verdict.CRASH or check.test == LOADING
    return Status.BROKE if broke else Status.FAILED


def _title(check: Check) -> str:
    """The promise, with what tells it from others that make the same one."""
    _, bracket, parameters = check.test.partition("[")
    return clean(f"{check.promise} {bracket}{parameters}".rstrip())


def _told(check: Check) -> str:
    return clean("\n".join(line for line in (check.promise, check.coverage) if line))


def _failure(grade: Grade, check: Check, finding: Finding, headline: str) -> str:
    report = finding.report.strip("\n").rstrip()
    opening = " ".join(report.split("\n\n")[0].split())
    where = f"{finding.file.rpartition('/')[2]}:{finding.line}" if finding.line else ""
    said = "" if headline.casefold() in opening.casefold() else headline
    top = "\n".join(line for line in (check.promise, where, said) if line)
    return clean("\n\n".join(part for part in (top, report, _again(grade, check)) if part))


def _again(grade: Grade, check: Check) -> str:
    """The command for the learner's own clone, where their file is not where it was graded."""
    what = check.test
    if check.finding and check.finding.schedule:
        what += f":{check.finding.schedule}"
    named = grade.implementation
    impl = [] if is_own(named) else ["--impl", named]
    action = ["grade", grade.kata] if check.test == LOADING else ["replay", grade.kata, what]
    return f"See it again: {shlex.join(['kata', *action, *impl])}"


def _not_run(level: LevelResult) -> tuple[Case, ...]:
    """What stands for the checks that have no result."""
    done = sum(check.test != LOADING for check in level.checks)
    missing = level.expected - done
    if level.verdict is None:
        what = f"{level.title}: {count(level.expected, 'check')} not reached"
        return (_skipped(level, what, "not reached", "a level before it has to pass first"),)
    if missing > 0 and not level.failures:  # the grader took it for a crash, so it is one
        why = f"The grading process kept {count(missing, 'result')} back."
        return (Case(_name(level), why, level.number, Status.BROKE, level.verdict, why, why),)
    if missing > 0:
        what = f"{level.title}: {count(missing, 'further check')} not run"
        return (_skipped(level, what, "not run", "something before it in this level failed"),)
    return ()


def _name(level: LevelResult) -> str:
    """A case's name where it stands for what has none."""
    return f"level {level.number}"


def _skipped(level: LevelResult, what: str, word: str, why: str) -> Case:
    told = clean(f"{what}: {why}")
    return Case(_name(level), clean(what), level.number, Status.SKIPPED, word, told, told)
