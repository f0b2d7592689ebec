"""From the steps of a trace to the rows of its table: one row a line of source that a thread ran at a stretch.

Guarantees
- Every switch between threads that the reader must know of stands between two rows.
- Rows that touch what no other thread touched are left out, first where they are farthest from a switch.
"""

from __future__ import annotations

import linecache
from collections import defaultdict
from dataclasses import dataclass, field

from harness.explore.failures import Place
from harness.explore.trace import Step, Trace

MOST_ROWS = 24


@dataclass
class Row:
    """A line of source, as one thread ran it."""

    thread: int
    place: Place
    steps: list[Step] = field(default_factory=list)

    @property
    def source(self) -> str:
        """The line of source, without its indentation."""
        return linecache.getline(self.place.file, self.place.line).strip() or "?"

    def notes(self) -> str:
        """What was read, written, woken or waited for, in a few words."""
        return "; ".join(dict.fromkeys(n for n in map(_note, self._telling()) if n))

    def _telling(self) -> list[Step]:
        """Steps on the same thing in one row: the last write, or else the last read, tells it all."""
        last: dict[object, Step] = {}
        for step in self.steps:
            if (
                step.kind in ("read", "look", "write")
                and step.key in last
                and last[step.key].kind != step.kind
            ):
                last[(step.key, step.kind)] = step
            else:
                last[(step.kind, step.thread, step.key, step.other)] = step
        return list(last.values())


def _note(step: Step) -> str:
    if step.kind == "write":
        return f"{step.what} = {step.value}" if step.value else ""
    if step.kind in ("read", "look"):
        plain = step.value and (
            step.value[0].isdigit() or step.value[0] in "-[TFN'" or "item" in step.value
        )
        return f"{step.what} is {step.value}" if plain or step.value == "empty" else ""
    if step.kind == "block":
        return "waits"
    if step.kind == "wake":
        return f"wakes {{{step.other}}}"
    return ""


def rows_of(trace: Trace) -> list[Row]:
    """All rows, in order."""
    rows: list[Row] = []
    for step in trace.steps:
        last = rows[-1] if rows else None
        if last is None or last.thread != step.thread or last.place != step.place:
            last = Row(step.thread, step.place)
            rows.append(last)
        last.steps.append(step)
    return [row for row in rows if any(step.kind not in ("release", "end") for step in row.steps)]


def conflicts(trace: Trace) -> set[object]:
    """The keys that two threads touched, one of them to change it; and locks that two threads took."""
    readers: dict[object, set[int]] = defaultdict(set)
    writers: dict[object, set[int]] = defaultdict(set)
    for step in trace.steps:
        if step.key is not None:
            readers[step.key].add(step.thread)
            if step.kind in ("write", "call", "take", "block"):
                writers[step.key].add(step.thread)
    return {key for key, threads in readers.items() if len(threads) > 1 and writers[key]}


def relevant(rows: list[Row], shared: set[object]) -> list[int]:
    """The indices of the rows to show: the most telling ones, at most MOST_ROWS."""
    ranks: dict[int, int] = {}
    company = next((i for i, row in enumerate(rows) if row.thread != rows[0].thread), len(rows))
    final = {row.thread: index for index, row in enumerate(rows)}  # each thread's last row
    for index, row in enumerate(rows):
        before = index > 0 and rows[index - 1].thread != row.thread
        after = index + 1 < len(rows) and rows[index + 1].thread != row.thread
        touches = index >= company and any(step.key in shared for step in row.steps)
        waits = any(step.kind in ("block", "wake") for step in row.steps)
        last = final[row.thread] == index
        if touches or waits or before or after or last:
            ranks[index] = 3 * waits + 2 * touches + before + after + 2 * last
    best = sorted(ranks, key=lambda index: (-ranks[index], -index))[:MOST_ROWS]
    return sorted(best)
