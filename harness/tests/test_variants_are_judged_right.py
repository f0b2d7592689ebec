"""Every stub, solution and variant of every kata gets the verdict that it should: the audit, as tests."""

from collections.abc import Iterator

import pytest

from harness import catalogue
from harness.audit.judge import Subject, judge, subjects
from harness.audit.rules import empty_hints, faults_of, strays
from harness.catalogue import Kata
from harness.grading.launch import Nursery
from harness.tests.grading_tools import ROOT, TINY

KATAS = catalogue.load(ROOT)
SUBJECTS = [subject for kata in (*catalogue.load(TINY), *KATAS) for subject in subjects(kata)]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as made:
        yield made


@pytest.mark.timeout(600)
@pytest.mark.parametrize("subject", SUBJECTS, ids=str)
def test_the_verdict_is_as_it_should_be(subject: Subject, nursery: Nursery) -> None:
    assert list(faults_of(judge(subject, nursery, all_killers=False))) == []


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.name)
def test_no_hint_is_empty(kata: Kata) -> None:
    assert list(empty_hints(kata)) == []


def test_every_file_belongs_to_a_kata() -> None:
    assert list(strays(catalogue.load(ROOT))) == []
