"""The rows as tables: finding, speed, coverage; for the terminal and as Markdown.

Guarantees: both forms hold the same cells; a figure that is missing says why in a word.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from rich.console import RenderableType
from rich.table import Table

from harness.bench.catalogue import PROGRAMS
from harness.bench.goals import Goal
from harness.bench.run import Row
from harness.bench.tools import TOOLS

PROGRAM_TITLES = {program.name: program.title for program in PROGRAMS}


@dataclass(frozen=True)
class Grid:
    """A table before it has a form."""

    title: str
    header: list[str]
    body: list[list[str]]


def grids(rows: Sequence[Row], goals: Sequence[Goal]) -> list[Grid]:
    """All tables of a run."""
    tools = list(dict.fromkeys(row.tool for row in rows))
    return [
        _beside("Time to find the bug (schedules tried)", rows, tools, _find),
        _beside("Schedules a second, correct twin", rows, tools, _rate),
        _beside("All schedules with at most 2 preemptions, correct twin", rows, tools, _cover),
        _summary(rows, tools),
        Grid(
            "Goals",
            ["goal", "met", "worst"],
            [[goal.aim, "yes" if goal.met else "no", goal.worst] for goal in goals],
        ),
    ]


def _beside(
    title: str, rows: Sequence[Row], tools: Sequence[str], cell: Callable[[Row], str]
) -> Grid:
    body: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        key = (row.program, row.order)
        line = body.setdefault(key, [PROGRAM_TITLES[row.program], row.order, *("-" for _ in tools)])
        line[2 + tools.index(row.tool)] = cell(row)
    return Grid(
        title, ["program", "threads", *(TOOLS[tool].title for tool in tools)], [*body.values()]
    )


def _find(row: Row) -> str:
    if not row.found:
        return "missed"
    count = "?" if row.find_schedules is None else f"{row.find_schedules:,}"
    return f"{row.find_seconds * 1000:.1f} ms ({count})"


def _rate(row: Row) -> str:
    return f"{row.rate:,.0f}"


def _cover(row: Row) -> str:
    if row.false_alarm:
        return "false alarm"
    count = "?" if row.exhaust_schedules is None else f"{row.exhaust_schedules:,}"
    if row.exhausted:
        return f"{_seconds(row.exhaust_seconds)} ({count})"
    return f"not within {row.exhaust_seconds:.0f} s ({count})"


def _seconds(value: float) -> str:
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def _summary(rows: Sequence[Row], tools: Sequence[str]) -> Grid:
    body = []
    for tool in tools:
        mine = [row for row in rows if row.tool == tool]
        found = sum(row.found for row in mine)
        alarms = sum(row.false_alarm for row in mine)
        rates = sorted(row.rate for row in mine)
        spread = f"{rates[0]:,.0f} to {rates[-1]:,.0f}"
        loading = f"{median(row.loading for row in mine) * 1000:.1f} ms"
        body.append([TOOLS[tool].title, f"{found} of {len(mine)}", str(alarms), spread, loading])
    header = ["tool", "found", "false alarms", "schedules/s", "loading, once a file"]
    return Grid("Summary", header, body)


def as_rich(grid: Grid) -> RenderableType:
    """For the terminal."""
    table = Table(title=grid.title, title_justify="left")
    for column, name in enumerate(grid.header):
        numbers = column > 1 and grid.header[0] == "program"
        table.add_column(name, justify="right" if numbers else "left")
    for line in grid.body:
        table.add_row(*line)
    return table


def as_markdown(grid: Grid) -> str:
    """For the README."""
    lines = [grid.header, ["---"] * len(grid.header), *grid.body]
    rows = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"### {grid.title}\n\n{rows}\n"
