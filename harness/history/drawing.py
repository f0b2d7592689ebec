"""Draw a history as a table: time runs down, a column a thread.

           producer            consumer
      1    push(1)
      2      |                 pop() -> 1
      3      -> True

A call and its return share a row when nothing happened in between; otherwise a bar joins them.

Guarantees: every event is a row or part of one; pending calls say so where they began.
Assumptions: ticks are unique.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from harness.history.record import Operation

GAP = 4  # blanks between columns
MARK = "<- does not fit"


@dataclass(frozen=True)
class _Event:
    tick: int
    operation: Operation
    ends: bool


def draw(operations: Sequence[Operation], marked: Collection[Operation] = ()) -> str:
    """The table as text; `marked` calls are pointed at where they returned."""
    threads = list(dict.fromkeys(op.thread for op in sorted(operations, key=lambda o: o.called)))
    rows = _rows(_events(operations), threads)
    widths = [
        max([len(thread), *(len(cells[column]) for cells, _ in rows)]) + GAP
        for column, thread in enumerate(threads)
    ]
    lines = ["       " + _line(threads, widths)]
    for number, (cells, ended) in enumerate(rows, 1):
        text = _line(cells, widths)
        lines.append(
            f"  {number:>3}  {text:<{sum(widths)}}{MARK}"
            if ended in marked
            else f"  {number:>3}  {text}"
        )
    return "\n".join(lines)


def _events(operations: Sequence[Operation]) -> list[_Event]:
    events = [_Event(op.called, op, False) for op in operations]
    events += [_Event(op.returned, op, True) for op in operations if op.returned is not None]
    return sorted(events, key=lambda event: event.tick)


def _rows(
    events: Sequence[_Event], threads: Sequence[str]
) -> list[tuple[list[str], Operation | None]]:
    """Each row's cells, and the call that ends in it."""
    rows: list[tuple[list[str], Operation | None]] = []
    running: dict[str, Operation] = {}
    joined = False
    for event, following in zip(events, [*events[1:], None], strict=True):
        if joined:
            joined = False
            continue
        joined = following is not None and not event.ends and following.operation is event.operation
        cells = ["  |" if thread in running else "" for thread in threads]
        cells[threads.index(event.operation.thread)] = _cell(event, joined)
        rows.append((cells, event.operation if event.ends or joined else None))
        _track(running, event, joined)
    return rows


def _cell(event: _Event, joined: bool) -> str:
    if event.ends:
        return "  " + event.operation.result_text()
    if joined or event.operation.pending:
        return str(event.operation)
    return event.operation.call_text()


def _track(running: dict[str, Operation], event: _Event, joined: bool) -> None:
    thread = event.operation.thread
    if event.ends:
        running.pop(thread, None)
    elif not joined and not event.operation.pending:
        running[thread] = event.operation


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
