"""Every stub, solution and variant of every kata gets the verdict that it should.

Two are graded at a time, in processes of their own. A broken variant is looked at only until a level
fails (`first_failures`): the levels before it are searched in full for the solution and the right
variants, which have them all.
"""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from harness import catalogue
from harness.catalogue import Kata
from harness.grading.examiner import NOTHING_TO_CHOOSE
from harness.grading.grade import Candidate, first_failures, grade
from harness.grading.results import Check, Grade
from harness.tests.grading_tools import ROOT, TINY
from harness.variants import Broken
from harness.verdict import Verdict

KATAS = (*catalogue.load(TINY), *catalogue.load(ROOT))


@dataclass(frozen=True)
class Subject:
    """One file to grade."""

    kata: Kata
    candidate: Candidate
    broken: Broken | None = None

    def __str__(self) -> str:
        return f"{self.kata.name}-{self.candidate.named or 'stub'}"


def subjects() -> list[Subject]:
    found = []
    for kata in KATAS:
        found.append(Subject(kata, Candidate(kata.stub)))
        found.append(Subject(kata, Candidate(kata.solution, "solution")))
        for right in kata.right():
            found.append(Subject(kata, Candidate(right.path, f"right:{right.name}")))
        for broken in kata.broken():
            named = f"broken:{broken.name}"
            found.append(Subject(kata, Candidate(broken.path, named), broken))
    return found


SUBJECTS = subjects()


@pytest.fixture(scope="module")
def judged(request: pytest.FixtureRequest) -> Iterator[dict[str, "Future[Grade | list[Check]]"]]:
    """All that this run asks for, two at a time."""
    wanted = [
        item.callspec.params["subject"]
        for item in request.session.items
        if item.path == request.path and hasattr(item, "callspec")
    ]
    with ThreadPoolExecutor(2) as pool:
        yield {str(subject): pool.submit(judge, subject) for subject in wanted}
        pool.shutdown(cancel_futures=True)


def judge(subject: Subject) -> Grade | list[Check]:
    if subject.broken is None:
        return grade(subject.kata, subject.candidate)
    found = first_failures(subject.kata, subject.candidate)
    if any(_is(check, subject.broken.killed_by) for check in found):
        return found
    # The named test needs more schedules than a first look has.
    graded = grade(subject.kata, subject.candidate, told=False)
    return [check for level in graded.levels for check in level.failures]


def _is(check: Check, test: str) -> bool:
    return test in (check.test, check.test.partition("[")[0])


Judged = dict[str, "Future[Grade | list[Check]]"]


def named(subject: Subject) -> str:
    return str(subject)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("subject", [s for s in SUBJECTS if s.broken], ids=named)
def test_a_broken_variant_is_caught_by_the_test_that_it_names(
    subject: Subject, judged: Judged
) -> None:
    failed = judged[str(subject)].result()
    assert isinstance(failed, list)
    wanted = subject.broken
    assert wanted is not None
    assert failed, "it survives"
    assert {check.level for check in failed} == {wanted.level}, failed[0]
    verdicts = {check.verdict for check in failed if _is(check, wanted.killed_by)}
    assert wanted.verdict in verdicts, {check.test: check.verdict for check in failed}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("subject", [s for s in SUBJECTS if not s.broken], ids=named)
def test_a_stub_is_not_started_and_what_is_right_passes(subject: Subject, judged: Judged) -> None:
    result = judged[str(subject)].result()
    assert isinstance(result, Grade)
    failed = [check for level in result.levels for check in level.failures]
    if subject.candidate.named:
        assert result.ok, failed[0]
        vacuous = [
            c.test
            for level in result.levels
            for c in level.checks
            if c.coverage == NOTHING_TO_CHOOSE
        ]
        assert subject.candidate.named != "solution" or not vacuous, "they explore nothing"
    else:
        assert result.levels[0].verdict is Verdict.NOT_STARTED, failed
