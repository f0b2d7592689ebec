"""Every stub, solution and variant of every kata gets the verdict that it should: the audit, as tests."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from harness import catalogue
from harness.audit.judge import AT_ONCE, Judged, Subject, judge, subjects
from harness.audit.rules import empty_hints, faults_of, strays
from harness.catalogue import Kata
from harness.tests.grading_tools import ROOT, TINY

KATAS = catalogue.load(ROOT)
SUBJECTS = [subject for kata in (*catalogue.load(TINY), *KATAS) for subject in subjects(kata)]

Results = dict[str, "Future[Judged]"]


@pytest.fixture(scope="module")
def judged(request: pytest.FixtureRequest) -> Iterator[Results]:
    """All that this run asks for, some at a time."""
    wanted: list[Any] = [
        item.callspec.params["subject"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and "judged" in item.fixturenames
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {str(subject): pool.submit(judge, subject) for subject in wanted}
        pool.shutdown(cancel_futures=True)


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_the_verdict_is_as_it_should_be(subject: Subject, judged: Results) -> None:
    assert list(faults_of(judged[str(subject)].result())) == []


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.name)
def test_no_hint_is_empty(kata: Kata) -> None:
    assert list(empty_hints(kata)) == []


def test_every_file_belongs_to_a_kata() -> None:
    assert list(strays(catalogue.load(ROOT))) == []
