"""Everything that is printed fits from 60 columns on; only commands to type are never broken."""

import io
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from harness import catalogue
from harness.catalogue import Kata
from harness.grading.grade import Candidate
from harness.grading.results import Check, Finding, Grade, LevelResult
from harness.layout import folded, hanging
from harness.report import Reporter
from harness.scoreboard import Scoreboard, print_catalogue
from harness.tests.grading_tools import ROOT, Workbench
from harness.verdict import Verdict

COMMANDS = ("   See it again", "   Step through", "   Then", " See why", " Begin")
KATAS = catalogue.load(ROOT)


def widest(text: str) -> int:
    return max(len(line) for line in text.splitlines() if not line.startswith(COMMANDS))


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Console:
    monkeypatch.setenv("COLUMNS", "60")
    return Console(file=io.StringIO(), width=60, highlight=False, markup=False, emoji=False)


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("variant", "columns"),
    [
        ("add_without_the_lock", 60),
        ("nobody_notifies", 60),
        ("amount_ignored", 60),
        ("nobody_notifies", 72),
    ],
)
def test_a_report_fits_and_loses_nothing(bench: Workbench, variant: str, columns: int) -> None:
    ran = bench.kata("grade", "tiny", "--impl", f"broken:{variant}", COLUMNS=str(columns))
    assert ran.status == 1
    assert widest(ran.out) <= columns, ran.out
    if variant == "add_without_the_lock":
        assert "self._count += amount   > self._count is 0\n" in ran.out  # not cut
    again = next(line for line in ran.out.splitlines() if "See it again" in line)
    replayed = bench.kata(*shlex.split(again.split("kata ")[1]), COLUMNS=str(columns))
    assert widest(replayed.out) <= columns, replayed.out


def test_a_file_gets_the_width_of_a_wide_terminal(bench: Workbench) -> None:
    ran = bench.kata("grade", "tiny", "--impl", "broken:add_without_the_lock")
    assert 80 < widest(ran.out) <= 100


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.name)
def test_the_rows_of_every_kata_fit(kata: Kata, narrow: Console) -> None:
    finding = Finding("What was seen, in a sentence that goes on. " * 3, "/x/some_file.py", 1234)
    promise = "A promise whose sentence is as long as any in the suites, or longer still."
    failed = Check("test_x", 1, promise, Verdict.NOT_STARTED, finding=finding)
    passed = Check("test_y", 1, promise, Verdict.PASS, schedules=123_456, seconds=8.1)
    named = "a/long/path/to/where/the/learner/keeps/what/they/have/written.py"
    reporter = Reporter(narrow, kata, Candidate(kata.stub, named), kata.levels)
    reporter.header(123)
    for level in kata.levels[:-1]:
        reporter.level_done(
            LevelResult(level.number, level.title, Verdict.PASS, (passed,) * 123, 123)
        )
    last = replace(failed, level=kata.levels[-1].number)
    reporter.level_done(
        LevelResult(last.level, kata.levels[-1].title, Verdict.NOT_STARTED, (last,), 1)
    )
    reporter.replayed(replace(failed, verdict=Verdict.DEADLOCK))
    reporter.replayed(passed)
    more = replace(failed, verdict=Verdict.DEADLOCK)
    levels = (LevelResult(1, "core", Verdict.DEADLOCK, (failed, more, more), 3),)
    reporter.summary(Grade(kata.name, kata.title, "", "x", levels, 1.0))
    assert widest(printed(narrow)) <= 60, printed(narrow)


def test_the_scoreboard_and_the_list_fit(
    narrow: Console, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    board = Scoreboard(narrow, KATAS)
    for kata in KATAS:
        levels = tuple(
            LevelResult(level.number, level.title, Verdict.NOT_STARTED) for level in kata.levels
        )
        board.row(kata, Grade(kata.name, kata.title, "", str(Path("x")), levels, 1.0))
    assert widest(printed(narrow)) <= 60, printed(narrow)
    print_catalogue(KATAS)
    assert widest(capsys.readouterr().out) <= 60


@pytest.mark.parametrize("columns", [60, 100])
@pytest.mark.parametrize(
    "words",
    [
        ["tinny"],
        ["grade", "tiny", "--impl", "no_such_file_with_a_long_name.py"],
        ["grade", "tiny", "--level", "99"],
        ["replay", "tiny", "test_with_a_name_that_is_as_long_as_those_of_the_suites_are", "--impl", "c"],
        ["grade-all", "nowhere"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_what_an_error_says_is_wrapped_and_its_command_is_not(
    bench: Workbench, words: list[str], columns: int
) -> None:
    ran = bench.kata(*words, COLUMNS=str(columns))
    assert ran.status == 2
    lines = [line for line in ran.err.splitlines() if not line.startswith("  try ")]
    # A path is one word: it stands on a line of its own.
    assert all(len(line) <= columns or ("/" in line and " " not in line.strip()) for line in lines)
    tried = ran.err.splitlines()[-1]
    assert tried.startswith("  try        kata ")


def test_lines_that_an_error_has_of_its_own_stay() -> None:
    text = "a suite that cannot be used:\n  File one\n  File two"
    assert hanging("kata: ", text, 20) == (
        "kata: a suite that\n      cannot be\n      used:\n  File one\n  File two"
    )


def test_prose_is_wrapped_source_is_cut_and_columns_are_left() -> None:
    prose = "   " + "a sentence of many words " * 4
    assert all(len(line) <= 60 and line.startswith("   ") for line in folded(prose.rstrip(), 60))
    traced = (
        "     test_pool.py:429 in test_a_name   assert count == 1500, f'{count} were waiting, and'"
    )
    assert list(folded(traced, 60)) == [
        "     test_pool.py:429 in test_a_name",
        "         assert count == 1500, f'{count} were waiting, and'",
    ]
    columns = "   T1   |--- put(1) ---|          |--- put(2) ---|          end"
    assert list(folded(columns, 60)) == [columns]
