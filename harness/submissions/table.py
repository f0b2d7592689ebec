"""The table of a folder of submissions.

Guarantees: a row a submission, in the order of `find`, whichever was done first; what stands in
it of a student's (names, messages) cannot move the cursor or colour the terminal. Nothing is told
by colour alone; no row is wider than the terminal, from 60 columns.
"""

from collections.abc import Sequence
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from harness.formats.words import clean
from harness.grading.results import Check
from harness.invocation import command
from harness.layout import WIDEST, cropped
from harness.report import StatusLine, style_of
from harness.submissions.find import Found, LeftOut, Submission
from harness.submissions.parallel import STOPPED, Result
from harness.verdict import Verdict

_VERDICT_WIDTH = max(len(verdict) for verdict in Verdict)
_LONGEST_NAME = 24
_NOT_GRADED = "NOT GRADED"


class Table:
    """Prints rows as they come, then the sum of it."""

    def __init__(self, console: Console, found: Found) -> None:
        self._console = console
        self._width = min(console.width, WIDEST)
        rows = found.submissions
        katas = {row.kata.name for row in rows}
        self._kata_width = max(map(len, katas)) + 2 if len(katas) > 1 else 0
        room = self._width - self._kata_width - _VERDICT_WIDTH - 20
        longest = max((len(_one_line(row.student)) for row in rows), default=0)
        self._student_width = max(7, min(longest, _LONGEST_NAME, room))
        self._status = StatusLine(console)
        self._of = len(rows)
        self._done = 0
        self._line(self._head())

    def done(self, result: Result) -> None:
        """One more is graded; on a terminal, the line at the bottom says how many are."""
        self._done += 1
        last = _one_line(result.submission.student)
        self._status.show(f" {self._done} of {self._of} graded; the last: {last}")

    def row(self, result: Result) -> None:
        """The row of a submission."""
        self._status.clear()
        grade = result.grade
        name = self._names(result.submission)
        if grade is None:
            self._line(Text.assemble(name, " " * 17, (_NOT_GRADED, "bold yellow")))
            self._told(result.reason)
            return
        stop = next((level for level in grade.levels if level.verdict is not Verdict.PASS), None)
        verdict = stop.verdict if stop else Verdict.PASS
        levels = f"{grade.passed} of {len(grade.levels)}"
        self._line(
            Text.assemble(
                f"{name}{levels:>7}  {grade.points:>6}  ", (str(verdict), style_of(verdict))
            )
        )
        if grade.first_failure and verdict is not Verdict.NOT_STARTED:
            self._told(_why(grade.first_failure, result.submission))

    def summary(
        self, results: Sequence[Result], left_out: Sequence[LeftOut], seconds: float
    ) -> None:
        """How many pass, what was not graded, what was left out, and what to type next."""
        self._status.clear()
        passed = sum(result.ok for result in results)
        ungraded = sum(result.grade is None for result in results)
        self._line()
        text = f" {passed} of {len(results)} submissions pass"
        text += f", {ungraded} not graded" if ungraded else ""
        good = passed == len(results)
        self._line(Text(f"{text}, {seconds:.1f} s", "bold green" if good else "bold"))
        if any(result.reason == STOPPED for result in results):
            self._line(" Stopped. What is not graded above can be graded by the same command.")
        self._left_out(left_out)
        self._next(results)

    def _left_out(self, rows: Sequence[LeftOut]) -> None:
        if rows:
            self._line()
            self._line(f" {len(rows)} left out:")
        for row in rows:
            for line in wrap(
                f"{clean(str(row.path))}: {row.reason}", self._width,
                initial_indent="   ", subsequent_indent="     ", break_on_hyphens=False,
            ):  # fmt: skip
                self._line(line)

    def _next(self, results: Sequence[Result]) -> None:
        first = next((r for r in results if r.grade and not r.grade.ok), None)
        if first:
            words = ["grade", first.submission.kata.name, "--impl", str(first.submission.path)]
            self._line()
            self._line(Text.assemble((" See why   ", "dim"), clean(command(*words))))

    def _head(self) -> Text:
        kata = f"{'kata':<{self._kata_width}}" if self._kata_width else ""
        left = f" {'student':<{self._student_width}}  {kata}"
        return Text(f"{left} levels  points  verdict", "dim")

    def _names(self, row: Submission) -> str:
        student = _one_line(row.student)
        kata = f"{row.kata.name:<{self._kata_width}}" if self._kata_width else ""
        return f" {cropped(student, self._student_width)}  {kata}"

    def _told(self, text: str) -> None:
        """One line below the row."""
        self._line(Text(cropped(f"     {_one_line(text)}", self._width).rstrip(), "dim"))

    def _line(self, text: str | Text = "") -> None:
        self._console.print(text, soft_wrap=True)


def _why(check: Check, row: Submission) -> str:
    """Where in the student's file, which promise, what was seen."""
    finding = check.finding
    own = finding is not None and finding.file == str(row.path.resolve())
    where = f"line {finding.line}: " if finding and finding.line and own else ""
    headline = finding.headline if finding else ""
    return f"{where}{check.promise}" + (f" {headline}" if headline else "")


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())
