"""The C references are clean and pass the suites; every broken C variant is caught by what it names."""

from collections.abc import Iterator

import pytest

from harness import catalogue
from harness.audit.native import ENOUGH, Examination, can_be_done, examinations, examined
from harness.catalogue import Kata
from harness.grading.launch import Nursery
from harness.native.compiler import Compiler, NoCompilerError, find
from harness.native.references import Reference, reference
from harness.native.sanitizers import Sanitizer
from harness.tests.grading_tools import ROOT

KATAS = catalogue.load(ROOT)
REFERENCES = [found for found in map(reference, KATAS) if found]
NAMES = [
    (c, examination.name)
    for c in REFERENCES
    for examination in examinations(c, Compiler((), ""))  # names need no compiler
]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as made:
        yield made


@pytest.fixture(scope="module")
def compiler() -> Compiler:
    try:
        return find()
    except NoCompilerError as error:
        pytest.skip(error.line)


def _find(c: Reference, name: str, compiler: Compiler, nursery: Nursery) -> Examination:
    return next(e for e in examinations(c, compiler, nursery) if e.name == name)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("c", "name"), NAMES, ids=[name for _, name in NAMES])
def test_nothing_is_at_fault(c: Reference, name: str, compiler: Compiler, nursery: Nursery) -> None:
    examination = _find(c, name, compiler, nursery)
    if not can_be_done(examination, compiler):
        pytest.skip(f"{compiler.name} has no {examination.sanitizer} here")
    assert list(examination.faults()) == []


@pytest.mark.parametrize("c", REFERENCES, ids=lambda c: c.kata.name)
def test_there_are_enough_broken_variants(c: Reference) -> None:
    assert len(c.broken()) >= ENOUGH


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.name)
def test_every_kata_has_a_reference_in_c(kata: Kata) -> None:
    assert reference(kata) is not None


def test_what_is_at_fault_and_what_cannot_be_examined_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("harness.audit.native.available", lambda _, kind: kind is Sanitizer.THREAD)
    wanted = [
        Examination("clean", Sanitizer.THREAD, lambda: iter(())),
        Examination("at fault", None, lambda: iter(["it is"])),
        Examination("impossible", Sanitizer.ADDRESS, lambda: iter(["never looked at"])),
    ]
    begun: list[str] = []
    results = list(examined(wanted, Compiler((), ""), begun.append))
    assert results == [("clean", []), ("at fault", ["it is"]), ("impossible", None)]
    assert begun == ["clean", "at fault", "impossible"]
