"""A race as a table of text: a row a contender, with a bar.

Guarantees: it fits from 60 columns on, and nothing in it is told by colour.
"""

from collections.abc import Iterator
from textwrap import wrap

from harness.compare.figures import Figure, Result
from harness.layout import cropped

_NAME = 24  # columns that a name may take
_FIGURES = 9 + 9 + 8
_WIDEST_BAR = 30
_MARK = "*"


def lines(result: Result, width: int) -> Iterator[str]:
    """The table, line by line."""
    yield from _wrapped(result.title, width)
    yield from ["", *_rows(result, width)] if result.figures else []
    footnotes = list(_footnotes(result, width))
    yield from ["", *footnotes] if footnotes else []


def _rows(result: Result, width: int) -> Iterator[str]:
    names = [result.operation, *(figure.name for figure in result.figures)]
    column = min(_NAME, max(map(len, names)))
    yield f"   {result.operation:<{column}}{'median':>9}{'p10':>9}{'ratio':>8}"
    longest = max(figure.median for figure in result.figures)
    room = min(_WIDEST_BAR, width - 3 - column - _FIGURES - 2)
    for figure in result.figures:
        yield _row(figure, column, _bar(figure.median, longest, room))


def _row(figure: Figure, column: int, bar: str) -> str:
    name = cropped(figure.name, column)
    mark = _MARK if figure.mostly_the_call else " "
    times = f"{duration(figure.median):>9}{duration(figure.p10):>9}"
    return f"   {name:<{column}}{times}{_times(figure.ratio):>7}{mark} {bar}".rstrip()


def _bar(value: float, longest: float, room: int) -> str:
    if room < 1 or longest <= 0:
        return ""
    return "#" * max(1, round(room * value / longest))


def duration(nanoseconds: float) -> str:
    """Three digits and a unit."""
    for unit, size in (("ns", 1.0), ("us", 1e3), ("ms", 1e6)):
        value = nanoseconds / size
        if value < 999.5:
            return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f} {unit}"
    return f"{nanoseconds / 1e9:.1f} s"


def _times(ratio: float | None) -> str:
    if ratio is None:
        return "-"
    return (
        f"{ratio:,.0f}x" if ratio >= 99.5 else f"{ratio:.1f}x" if ratio >= 9.95 else f"{ratio:.2f}x"
    )


def _footnotes(result: Result, width: int) -> Iterator[str]:
    if result.call:
        cost = duration(result.call.median)
        yield from _wrapped(f"An empty call of C through cffi costs {cost}.", width)
    if any(figure.mostly_the_call for figure in result.figures):
        yield from _wrapped(
            f"{_MARK} mostly the call: it is more than half of the operation.", width
        )
    counted = [f"{f.name} {f.instructions:.1f}" for f in result.figures if f.instructions]
    if counted:
        yield from _wrapped(f"Instructions an operation: {', '.join(counted)}.", width)
    for note in result.notes:
        yield from _wrapped(note, width)
    for name, why in result.left_out.items():
        yield from _wrapped(f"Left out: {name}: {why}.", width)


def _wrapped(text: str, width: int) -> list[str]:
    return wrap(text, width, initial_indent=" ", subsequent_indent="   ")
