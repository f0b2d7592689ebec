"""Measure the programs with the tools, and keep what each came to as a row.

Guarantees: each tool is given the same programs and the same time, and of its modes the one counts
that served it best: the fastest to find the bug, the highest rate.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.bench.catalogue import ORDERS, Program, Subject
from harness.bench.children import Interpreters
from harness.bench.measure import Sample
from harness.bench.tools import TOOLS

RATE_SECONDS = 1.0


@dataclass(frozen=True)
class Row:
    """One tool on one program with its threads in one order. Times in seconds."""

    program: str
    order: str
    tool: str
    found: bool
    find_mode: str
    find_seconds: float
    find_schedules: int | None
    rate: float  # schedules a second on the correct twin
    exhausted: bool
    exhaust_seconds: float
    exhaust_schedules: int | None
    false_alarm: bool
    loading: float
    note: str


def rows(
    programs: Sequence[Program], tools: Sequence[str], interpreters: Interpreters
) -> Iterator[Row]:
    """The rows, as they come: program by program, the tools side by side."""
    for program in programs:
        for order in ORDERS:
            for tool in tools:
                yield _row(program, order, tool, interpreters)


def _row(program: Program, order: str, tool: str, interpreters: Interpreters) -> Row:
    modes = TOOLS[tool]
    budget = interpreters.seconds
    broken = Subject(program.path, "broken", order)
    fixed = Subject(program.path, "fixed", order)
    finds = {m: interpreters.sample(tool, m, "search", broken, budget) for m in modes.finding}
    mode = min(finds, key=lambda m: (not finds[m].failed, finds[m].seconds))
    find = finds[mode]
    allowance = max(budget, 3 * program.exhaust_goal)
    cover = interpreters.sample(tool, modes.exhausting, "search", fixed, allowance)
    steady = interpreters.sample(tool, modes.sampling, "rate", fixed, RATE_SECONDS)
    return Row(
        program=program.name,
        order=order,
        tool=tool,
        found=find.failed,
        find_mode=mode,
        find_seconds=find.seconds,
        find_schedules=find.schedules,
        rate=max(_rate(cover), _rate(steady)),
        exhausted=cover.exhausted,
        exhaust_seconds=cover.seconds,
        exhaust_schedules=cover.schedules,
        false_alarm=cover.failed or steady.failed,
        loading=cover.loading,
        note=_note(find, cover),
    )


def _rate(sample: Sample) -> float:
    return (sample.schedules or 0) / sample.seconds if sample.seconds else 0.0


def _note(find: Sample, cover: Sample) -> str:
    return "; ".join(dict.fromkeys(note for note in (find.note, cover.note) if note))
