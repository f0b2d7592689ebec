"""What a person sees while a candidate is graded, and after.

Guarantees: the first failure is printed when it is found, not at the end; the text is the same on
a terminal and in a file, where only the line that says what is being done is left out. Nothing is
told by colour alone.
Assumptions: at least 60 columns. A command to type is never broken, so it may be wider; so may
lines that their author has laid out in columns.
"""

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill, indent

from rich.console import Console
from rich.text import Text

from harness.catalogue import Kata, Level
from harness.grading.grade import Candidate, Listener
from harness.grading.results import INDENT, NOT_REACHED, Check, Finding, Grade, LevelResult
from harness.invocation import command
from harness.layout import WIDEST, below, cropped, folded, parts, report_width
from harness.paths import short
from harness.verdict import Verdict

_STYLES = {Verdict.PASS: "bold green", Verdict.NOT_STARTED: "bold yellow"}
_VERDICT_WIDTH = max(len(verdict) for verdict in Verdict)
_LEAST = 40  # columns that a promise is to have at least, before it is cut
_ALSO_SHOWN = 8  # further failures with a line each


def make_console(stderr: bool = False) -> Console:
    """A console that neither guesses at highlights nor reads markup in what it prints."""
    return Console(stderr=stderr, highlight=False, markup=False, emoji=False)


def style_of(verdict: Verdict | None) -> str:
    """Colour repeats what the word says."""
    return "dim" if verdict is None else _STYLES.get(verdict, "bold red")


class Reporter(Listener):
    """Prints one grading as it goes on."""

    def __init__(
        self,
        console: Console,
        kata: Kata,
        candidate: Candidate,
        levels: Sequence[Level] = (),
        keep_going: bool = False,
    ) -> None:
        self._console = console
        self._kata = kata
        self._candidate = candidate
        self._levels = levels
        self._keep_going = keep_going
        self._title_width = max(len(level.title) for level in kata.levels)
        self._width = min(console.width, WIDEST)
        self._report_width = report_width(console)
        self._rows_shown: set[int] = set()
        self._status = StatusLine(console)
        self.shown: Check | None = None

    def header(self, attempt: int | None) -> None:
        """The kata, whose code it is, and the how-many-eth attempt."""
        left = f" {self._kata.name}"
        right = f"attempt {attempt}" if attempt else ""
        if self._candidate.named:
            room = self._width - len(left) - len(right) - 6
            named = self._candidate.named
            left += f" · {named if len(named) <= room else '…' + named[1 - room :]}"
        gap = max(2, self._width - len(left) - len(right) - 1)
        self._line()
        self._line(Text.assemble((left, "bold"), " " * gap if right else "", (right, "dim")))

    # -- as it happens ---------------------------------------------------------------------------

    def working(self, level: int, promise: str, done: int, of: int) -> None:
        self._status.show(f"   level {level}, check {done} of {of}: {promise}")

    def failed(self, check: Check) -> None:
        # A stub's NotImplementedError is worth showing only if nothing else is wrong.
        if self.shown is None and check.verdict is not Verdict.NOT_STARTED:
            self._show(check)

    def level_done(self, level: LevelResult) -> None:
        self._status.clear()
        self._row(level)
        if self.shown is None and level.failures:
            self._show(level.failures[0])

    def _show(self, check: Check) -> None:
        self._status.clear()
        self.shown = check
        early = check.level > 1 + len(self._rows_shown)  # levels before it are still being graded
        for level in self._levels if not early else ():
            if level.number == check.level:
                self._row(LevelResult(level.number, level.title, check.verdict))
            elif level.number > check.level and not self._keep_going:
                self._row(LevelResult(level.number, level.title, None))
        self._failure(check)
        if early:
            self._line()

    # -- afterwards ------------------------------------------------------------------------------

    def summary(self, grade: Grade) -> None:
        """The failures that were not shown in full, the score, and what to type next."""
        self._status.clear()
        for level in grade.levels:
            self._also(level)
        self._not_run(grade)
        self._line()
        levels = f"{grade.passed} of {len(grade.levels)} levels"
        verdict = Text(f" {grade.points} of 100", "bold green" if grade.ok else "bold")
        self._line(Text.assemble(verdict, f"   {levels} passed, {grade.seconds:.1f} s"))
        self._line()

    def _not_run(self, grade: Grade) -> None:
        """What real threads cannot show; of C references alone."""
        left = [check for level in grade.levels for check in level.checks if not check.applicable]
        names = dict.fromkeys(check.function for check in left)
        if names:
            self._line()
            self._line(f" {_count(len(left), 'check')} not applicable: only the explorer can run")
            for name in names:
                self._line(f"{INDENT}{name}")

    def replayed(self, check: Check) -> None:
        """One check that was run again."""
        self.header(None)
        if check.verdict is Verdict.PASS:
            self._line()
            promise = below(" PASS  ", check.promise, self._width)
            self._line(Text.assemble((" PASS  ", style_of(check.verdict)), promise))
            self._line(f"   {check.coverage}".rstrip())
        else:
            self._failure(check)

    def _also(self, level: LevelResult) -> None:
        shown = self.shown.test if self.shown else ""
        others = [check for check in level.failures if check.test != shown]
        if not level.failures or level.verdict is Verdict.NOT_STARTED:
            return
        self._line()
        words = f" Level {level.number}: {level.passed} of {level.expected} checks pass."
        self._line(words + (" Also failed:" if others else ""))
        for check in others[:_ALSO_SHOWN]:
            self._one_line(check)
        if len(others) > _ALSO_SHOWN:
            self._line(f"   and {len(others) - _ALSO_SHOWN} more")

    def _one_line(self, check: Check) -> None:
        verdict = Text(f"   {check.verdict:<{_VERDICT_WIDTH}} ", style_of(check.verdict))
        where = _place(check.finding) if check.finding and check.finding.line else ""
        room = self._width - len(verdict)
        if where and room - len(where) - 2 < _LEAST:
            promise = below(str(verdict), check.promise, self._width)
            where = "\n" + " " * len(verdict) + where
        else:
            promise = cropped(check.promise, room - (len(where) + 2 if where else 0))
            where = f"  {where}"
        line = Text.assemble(verdict, promise, (where, "dim"))
        line.rstrip()
        self._line(line)

    # -- pieces ----------------------------------------------------------------------------------

    def _row(self, level: LevelResult) -> None:
        if level.number in self._rows_shown:
            return
        self._rows_shown.add(level.number)
        word = level.verdict or NOT_REACHED
        cells: list[str | Text] = [
            f"   {level.number} {level.title:<{self._title_width}}  ",
            Text(f"{word:<{_VERDICT_WIDTH}}", style_of(level.verdict)),
        ]
        if level.verdict is Verdict.PASS:
            ran = level.passed - level.not_applicable
            cells.append(Text(f" {_count(ran, 'check'):>10}", "dim"))
            if self._width >= 80:
                cells.append(Text(f"  {_count(level.schedules, 'schedule'):>18}", "dim"))
            cells.append(Text(f"  {level.seconds:>5.1f} s", "dim"))
        row = Text.assemble(*cells)
        row.rstrip()
        self._line(row)

    def _failure(self, check: Check) -> None:
        finding = check.finding or Finding("")
        self._line()
        verdict = Text(f" {check.verdict}  ", style_of(check.verdict))
        place = _place(finding)
        one_line = len(verdict) + len(check.promise) + len(place) + 2 <= self._width
        gap = self._width - len(verdict) - len(check.promise) - len(place) - 1
        self._line(
            Text.assemble(
                verdict,
                (
                    check.promise if one_line else below(str(verdict), check.promise, self._width),
                    "bold",
                ),
                " " * gap if one_line else "\n   ",
                (place, "dim"),
            )
        )
        if check.verdict is Verdict.NOT_STARTED:
            self._not_started(check)
        else:
            self._finding(check, finding)

    def _finding(self, check: Check, finding: Finding) -> None:
        for part in parts(finding, self._report_width):
            self._line()
            for line in part.splitlines():
                for piece in folded(line.rstrip(), self._report_width):
                    self._line(piece)
        if finding.found_at:
            self._line()
            self._line(indent(fill(_found(finding), self._width - 3), INDENT))
        self._line()
        self._line(Text.assemble(("   See it again   ", "dim"), self._again(check)))
        if finding.schedule:
            page = f"{self._again(check)} --html page.html"
            self._line(Text.assemble(("   Step through   ", "dim"), page))

    def _not_started(self, check: Check) -> None:
        where = short(self._candidate.path)
        self._line()
        self._pointer(f"Level {check.level} is still to be written. Write it in", where)
        self._pointer("The question is in", short(self._kata.folder / "README.md"))
        again = ["grade", self._kata.name, *_impl(self._candidate)]
        self._line()
        self._line(Text.assemble(("   Then   ", "dim"), command(*again)))

    def _pointer(self, words: str, path: str) -> None:
        """Words and a path, which goes below them where the line is too short."""
        fits = len(words) + len(path) + 4 <= self._width
        self._line(f"   {words}{' ' if fits else chr(10) + '     '}{path}")

    def _again(self, check: Check) -> str:
        if check.test not in ("", "load"):
            schedule = check.finding.schedule if check.finding else ""
            what = f"{check.test}:{schedule}" if schedule else check.test
            return command("replay", self._kata.name, what, *_impl(self._candidate))
        return command("grade", self._kata.name, *_impl(self._candidate))

    def _line(self, text: str | Text = "") -> None:
        self._console.print(text, soft_wrap=True)


class StatusLine:
    """One line at the bottom that says what is being done; a terminal's alone."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._on = False

    def show(self, text: str) -> None:
        """Puts it there in place of the last one."""
        if self._console.is_terminal and not self._console.is_dumb_terminal:
            line = cropped(text, self._console.width - 1)
            self._console.file.write(f"\r\x1b[2K{line}")
            self._console.file.flush()
            self._on = True

    def clear(self) -> None:
        """Takes it away, before anything else is printed."""
        if self._on:
            self._console.file.write("\r\x1b[2K")
            self._console.file.flush()
            self._on = False


def _impl(candidate: Candidate) -> list[str]:
    return ["--impl", candidate.named] if candidate.named else []


def _place(finding: Finding | None) -> str:
    if not finding or not finding.file:
        return ""
    name = Path(finding.file).name
    return f"{name}:{finding.line}" if finding.line else name


def _found(finding: Finding) -> str:
    needs = {0: "no preemption", 1: "one preemption"}.get(
        finding.preemptions, f"{finding.preemptions} preemptions"
    )
    return f"Found at schedule {finding.found_at:,}, needs {needs}. The same on every run."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
