"""All katas at a glance: the scoreboard of `kata grade`, and the table of `kata list`."""

from collections.abc import Sequence
from textwrap import fill, indent

from rich.console import Console
from rich.text import Text

from harness.catalogue import Kata
from harness.grading.grade import Listener
from harness.grading.results import Grade
from harness.invocation import command
from harness.layout import below
from harness.report import StatusLine, make_console, style_of
from harness.verdict import Verdict

_LEAST = 36  # columns beside a kata's name for what it teaches; else it goes below
_VERDICT_WIDTH = max(len(verdict) for verdict in Verdict)


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
        left = f" {kata.name:<{self._name_width}}  {grade.passed} of {len(grade.levels)}  "
        word = f"{verdict or '':<{_VERDICT_WIDTH}}"
        where = f"  level {stop.number}, {stop.title}" if stop else ""
        room = self._console.width - len(left) - len(word)
        if len(where) > room and stop:
            where = f"  level {stop.number}"
        line = Text.assemble(left, (word, style_of(verdict)), where)
        self._console.print(line, soft_wrap=True)

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
        order, name = f" {kata.order}  ", f"{kata.name:<{width}}"
        size = f"  {len(kata.levels)} levels  {kata.total_minutes:>3} min"
        beside = f"{order}{name}{size}  "
        teaches = kata.teaches or kata.title
        if console.width - len(beside) >= _LEAST:
            told = "  " + below(beside, teaches, console.width)
        else:
            told = f"\n{indent(fill(teaches, console.width - 4), '    ')}"
        console.print(Text.assemble(order, (name, "bold"), size, (told, "dim")), soft_wrap=True)
