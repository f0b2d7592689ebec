"""The history keeps every attempt, whatever happens around it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from harness import catalogue
from harness.attempts import History, is_an_attempt
from harness.grading.results import Grade, LevelResult
from harness.keep.store import FILE, Store
from harness.tests.grading_tools import TINY, Workbench
from harness.verdict import Verdict


def grade(verdict: Verdict = Verdict.RACE, implementation: str = "") -> Grade:
    levels = (LevelResult(1, "core", verdict), LevelResult(2, "threads", None))
    return Grade("tiny", "A counter", implementation, "tiny.py", levels, 1.0)


def test_attempts_are_numbered_from_1(tmp_path: Path) -> None:
    history = History(tmp_path)
    assert history.count("tiny") == 0
    assert [history.record(grade()) for _ in range(3)] == [1, 2, 3]
    assert History(tmp_path).count("tiny") == 3
    assert history.count("another") == 0


def test_an_untouched_stub_and_what_is_not_the_learners_are_no_attempts() -> None:
    assert not is_an_attempt(grade(Verdict.NOT_STARTED))
    assert not is_an_attempt(grade(implementation="solution"))
    assert not is_an_attempt(grade(implementation="broken:x"))
    assert is_an_attempt(grade())
    assert is_an_attempt(grade(implementation="elsewhere.py"))


def test_many_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: History(tmp_path).record(grade()), range(40)))
    assert {*numbers} == {*range(1, 41)}


def test_writers_who_find_no_history_yet_agree_who_makes_it(tmp_path: Path) -> None:
    for number in range(40):  # one of them in 15 went wrong where the version was not read at once
        folder = tmp_path / str(number)
        folder.mkdir()
        with ThreadPoolExecutor(8) as pool:
            numbers = list(pool.map(lambda _, at=folder: History(at).record(grade()), range(8)))
        assert {*numbers} == {*range(1, 9)}


@pytest.mark.parametrize("rubbish", [b"not a database at all", b"\0" * 5000, b"SQLite format 3\0x"])
def test_grading_goes_on_with_a_warning_where_the_history_cannot_be_used(
    tmp_path: Path, rubbish: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / FILE
    file.write_bytes(rubbish)
    history = History(tmp_path)
    assert history.count("tiny") is None
    assert history.record(grade()) is None
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "not being recorded" in said
    assert file.read_bytes() == rubbish


def test_a_level_graded_alone_is_not_the_whole_kata(tmp_path: Path) -> None:
    (kata,) = catalogue.load(TINY)
    one = replace(grade(Verdict.PASS), levels=(LevelResult(2, "threads", Verdict.PASS),))
    History(tmp_path).record(one, kata)
    (attempt,) = Store(tmp_path).attempts("tiny")
    assert (attempt.passed, attempt.of, attempt.points, attempt.complete) == (1, 3, 33, False)


def test_the_code_is_kept_with_the_attempt(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("x = 1\n")
    History(tmp_path).record(replace(grade(), file=str(file)))
    (attempt,) = Store(tmp_path).attempts("tiny")
    assert attempt.source is not None
    assert Store(tmp_path).source(attempt.source) == b"x = 1\n"


def test_a_grading_is_not_stopped_by_a_history_that_cannot_be_kept(bench: Workbench) -> None:
    (bench.state / FILE).write_text("rubbish, and more of it")
    (bench.root / "katas/tiny/tiny.py").write_text(
        (bench.root / "solutions/tiny/tiny.py").read_text()
    )
    ran = bench.grade()
    assert (ran.status, ran.verdicts) == (0, ["PASS"] * 3)
    assert "not being recorded" in ran.err
    assert "attempt" not in ran.out
