"""`kata grade`: one kata in full, or all of them as a scoreboard."""

import time
from dataclasses import replace

from rich.console import Console

from harness import catalogue
from harness.attempts import History, is_an_attempt
from harness.candidates import candidate, is_own
from harness.catalogue import Kata, Level
from harness.errors import UsageError
from harness.formats.files import Wanted
from harness.grading.grade import Candidate, grade
from harness.grading.results import Grade
from harness.layout import report_width
from harness.report import Reporter, make_console
from harness.scoreboard import Scoreboard


def run(
    name: str | None, impl: str | None, level: int | None, keep_going: bool, wanted: Wanted
) -> int:
    """Grades; the exit status."""
    wanted.check(several=name is None)
    console = make_console(stderr=wanted.on_stdout)
    if name is None:
        return _all(console, impl, level, keep_going, wanted)
    kata = catalogue.find(name)
    graded = _one(console, kata, candidate(kata, impl), _levels(kata, level), keep_going)
    wanted.write(graded)
    return 0 if graded.ok else 1


def _one(
    console: Console,
    kata: Kata,
    subject: Candidate,
    levels: tuple[Level, ...],
    keep_going: bool,
) -> Grade:
    history = History()
    reporter = Reporter(console, kata, subject, levels, keep_going)
    before = history.count(kata.name) if is_own(subject.named) else None
    reporter.header(None if before is None else before + 1)
    width = report_width(console)
    graded = grade(kata, subject, levels, keep_going=keep_going, listener=reporter, width=width)
    reporter.summary(graded)
    return _recorded(history, kata, graded)


def _all(
    console: Console, impl: str | None, level: int | None, keep_going: bool, wanted: Wanted
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
    history, started = History(), time.monotonic()
    grades = []
    for kata in katas:
        graded = grade(
            kata, candidate(kata, impl), keep_going=keep_going, listener=board.listener(kata)
        )
        board.row(kata, graded)
        grades.append(_recorded(history, kata, graded))
    board.summary(grades, time.monotonic() - started)
    wanted.write_all(grades)
    return 0 if grades and all(graded.ok for graded in grades) else 1


def _recorded(history: History, kata: Kata, graded: Grade) -> Grade:
    """With its number, if there is anything of the learner's own in it."""
    if not is_an_attempt(graded):
        return graded
    return replace(graded, attempt=history.record(graded, kata))


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
