"""`kata grade`: one kata in full, or all of them as a scoreboard."""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from harness import catalogue
from harness.attempts import History, is_an_attempt
from harness.candidates import candidate, is_own
from harness.catalogue import Kata, Level
from harness.errors import UsageError
from harness.grading.grade import Candidate, grade
from harness.grading.results import Grade, as_json
from harness.paths import state_dir
from harness.report import Reporter, make_console
from harness.scoreboard import Scoreboard


def run(
    name: str | None, impl: str | None, level: int | None, keep_going: bool, json_file: str | None
) -> int:
    """Grades; the exit status."""
    if json_file and json_file != "-":
        _can_be_written(Path(json_file))
    # With --json - the report goes to standard error, so that a program can read the JSON.
    console = make_console(stderr=json_file == "-")
    if name is None:
        return _all(console, impl, level, keep_going, json_file)
    kata = catalogue.find(name)
    graded = _one(console, kata, candidate(kata, impl), _levels(kata, level), keep_going)
    if json_file:
        _write_json(json_file, as_json(graded))
    return 0 if graded.ok else 1


def _one(
    console: Console,
    kata: Kata,
    subject: Candidate,
    levels: tuple[Level, ...],
    keep_going: bool,
) -> Grade:
    history = History(state_dir())
    reporter = Reporter(console, kata, subject, levels, keep_going)
    reporter.header(history.count(kata.name) + 1 if is_own(subject.named) else None)
    graded = grade(kata, subject, levels, keep_going=keep_going, listener=reporter)
    reporter.summary(graded)
    return _recorded(history, graded)


def _all(
    console: Console, impl: str | None, level: int | None, keep_going: bool, json_file: str | None
) -> int:
    if level is not None:
        raise UsageError("--level needs the name of a kata", "", f"kata grade NAME --level {level}")
    if impl not in (None, "solution", "c"):
        raise UsageError(
            f"--impl {impl} needs the name of a kata",
            "without a name, --impl can only be solution or c",
            f"kata grade NAME --impl {impl}",
        )
    katas = catalogue.load()
    board = Scoreboard(console, katas)
    history, started = History(state_dir()), time.monotonic()
    grades = []
    for kata in katas:
        graded = grade(
            kata, candidate(kata, impl), keep_going=keep_going, listener=board.listener(kata)
        )
        board.row(kata, graded)
        grades.append(_recorded(history, graded))
    board.summary(grades, time.monotonic() - started)
    if json_file:
        _write_json(json_file, {"schema": 1, "katas": [as_json(graded) for graded in grades]})
    return 0 if grades and all(graded.ok for graded in grades) else 1


def _recorded(history: History, graded: Grade) -> Grade:
    """With its number, if there is anything of the learner's own in it."""
    if not is_an_attempt(graded):
        return graded
    return replace(graded, attempt=history.record(graded))


def _levels(kata: Kata, number: int | None) -> tuple[Level, ...]:
    if number is None:
        return kata.levels
    chosen = tuple(level for level in kata.levels if level.number == number)
    if not chosen:
        raise UsageError(
            f"{kata.name} has no level {number}",
            f"a number from 1 to {len(kata.levels)}",
            f"kata grade {kata.name} --level 1",
        )
    return chosen


def _can_be_written(path: Path) -> None:
    """Said before the work, not after it."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise UsageError(f"{path} cannot be written", "a file in a folder that exists")


def _write_json(target: str, document: Any) -> None:
    """Writes JSON to a file, or to standard output for '-'."""
    text = json.dumps(document, indent=2) + "\n"
    if target == "-":
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written: {error.strerror}", "a file in a folder that exists"
        ) from None
