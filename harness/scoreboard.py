"""All katas at a glance: the scoreboard of `kata grade`, and the table of `kata list`."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from harness.catalogue import Kata
from harness.grading.grade import Listener
from harness.grading.results import Grade
from harness.invocation import command
from harness.report import StatusLine, make_console, style_of
from harness.verdict import Verdict


class Scoreboard:
    """Prints a line a kata, each when it is done."""

    def __init__(self, console: Console, katas: Sequence[Kata]) -> None:
        self._console = console
        self._name_width = max((len(kata.name) for kata in katas), default=0)
        self._status = StatusLine(console)
        console.print()

    def listener(self, kata: Kata) -> Listener:
        """Shows what is being done with that kata, on a terminal."""
        return _Progress(self._status, kata.name)

    def row(self, kata: Kata, grade: Grade) -> None:
        """The line of a kata that has been graded."""
        self._status.clear()
        stop = next((lv for lv in grade.levels if lv.verdict is not Verdict.PASS), None)
        verdict = Verdict.PASS if stop is None else stop.verdict
        where = f"  level {stop.number}, {stop.title}" if stop else ""
        self._console.print(
            Text.assemble(
                f" {kata.name:<{self._name_width}}  {grade.passed} of {len(grade.levels)}  ",
                (f"{verdict or '':<11}", style_of(verdict)),
                where,
            ),
            soft_wrap=True,
        )

    def summary(self, grades: Sequence[Grade], seconds: float) -> None:
        """How many pass, and how to see why the first one does not."""
        passed = sum(grade.ok for grade in grades)
        text = f" {passed} of {len(grades)} katas pass, {seconds:.1f} s"
        self._console.print()
        self._console.print(Text(text, "bold green" if passed == len(grades) else "bold"))
        first = next((grade for grade in grades if not grade.ok), None)
        if first:
            begun = first.passed or first.levels[0].verdict is not Verdict.NOT_STARTED
            words = " See why   " if begun else " Begin     "
            impl = ["--impl", first.implementation] if first.implementation else []
            self._console.print(
                Text.assemble((words, "dim"), command("grade", first.kata, *impl)), soft_wrap=True
            )
        self._console.print()


class _Progress(Listener):
    def __init__(self, status: StatusLine, name: str) -> None:
        self._status = status
        self._name = name

    def working(self, level: int, promise: str, done: int, of: int) -> None:
        self._status.show(f" {self._name}, level {level}, check {done} of {of}: {promise}")


def print_catalogue(katas: Sequence[Kata]) -> None:
    """The table of `kata list`."""
    console = make_console()
    width = max((len(kata.name) for kata in katas), default=0)
    for kata in katas:
        console.print(
            Text.assemble(
                f" {kata.order}  ",
                (f"{kata.name:<{width}}", "bold"),
                f"  {len(kata.levels)} levels  {kata.total_minutes:>3} min  ",
                (kata.teaches or kata.title, "dim"),
            ),
            soft_wrap=console.width < 80,
        )
