"""Grades every file of a kata whose verdict is known, and keeps what each test said of it.

Guarantees: a broken variant is looked at until a level fails (`first_failures`), in full if the
test that it names needs that; stub, solution and right variants are always graded in full.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from harness.catalogue import Kata
from harness.grading.grade import Candidate, first_failures, grade
from harness.grading.launch import Launch, Nursery, fresh
from harness.grading.results import NOTHING_TO_CHOOSE, Check
from harness.variants import Broken
from harness.verdict import Verdict

AT_ONCE = 2  # grading processes


@dataclass(frozen=True)
class Subject:
    """One file to grade."""

    kata: Kata
    candidate: Candidate
    broken: Broken | None = None

    def __str__(self) -> str:
        return f"{self.kata.name}-{self.candidate.named or 'stub'}"


@dataclass(frozen=True)
class Judged:
    """What became of it."""

    subject: Subject
    failures: tuple[Check, ...]  # of the first level that fails
    tests: tuple[str, ...] = ()  # functions of the suite that were run; of what is broken, none
    vacuous: tuple[str, ...] = ()  # explored checks in which there was nothing to choose

    @property
    def verdicts(self) -> tuple[tuple[str, Verdict], ...]:
        """Test and verdict of each failure: what must be the same each time."""
        return tuple((check.test, check.verdict) for check in self.failures)


def subjects(kata: Kata) -> list[Subject]:
    """Everything of a kata that is graded."""
    found = [
        Subject(kata, Candidate(kata.stub)),
        Subject(kata, Candidate(kata.solution, "solution")),
    ]
    for right in kata.right():
        found.append(Subject(kata, Candidate(right.path, f"right:{right.name}")))
    for broken in kata.broken():
        named = f"broken:{broken.name}"
        found.append(Subject(kata, Candidate(broken.path, named), broken))
    return found


def judge(subject: Subject, launch: Launch = fresh, *, all_killers: bool = True) -> Judged:
    """Grades one.

    all_killers: of a broken variant, find every test of the level that fails. That is what the matrix
    needs. Whether the verdict is right needs the test that it names, and a look at the levels below.
    """
    if subject.broken is not None:
        until = "" if all_killers else subject.broken.killed_by
        found = first_failures(subject.kata, subject.candidate, launch, until)
        if any(is_named(check, subject.broken.killed_by) for check in found):
            return Judged(subject, tuple(found))
        # The test that it names needs more schedules than a first look has.
    graded = grade(subject.kata, subject.candidate, told=False, launch=launch)
    checks = [check for level in graded.levels for check in level.checks]
    failures = [check for level in graded.levels for check in level.failures]
    vacuous = [check.test for check in checks if check.coverage == NOTHING_TO_CHOOSE]
    return Judged(subject, tuple(failures), tuple(c.function for c in checks), tuple(vacuous))


def judge_all(
    wanted: Iterable[Subject], tell: Callable[[Judged], None], *, all_killers: bool = True
) -> list[Judged]:
    """Grades them, some at a time; tells of each in order."""
    results = []
    with Nursery() as nursery, ThreadPoolExecutor(AT_ONCE) as pool:

        def grade_it(subject: Subject) -> Judged:
            return judge(subject, nursery, all_killers=all_killers)

        for result in pool.map(grade_it, wanted):
            tell(result)
            results.append(result)
    return results


def is_named(check: Check, test: str) -> bool:
    """Is this the test of that name, for whichever parameters?"""
    return test in (check.test, check.function)
