"""The text of a failure: the promise, the kind of bug, the interleaving as a table, who waits for whom.

Guarantees
- The same failure gives the same text on every supported Python.
- No line is wider than `width`, WIDTH where nothing else is said; only a text of several lines, which its
  author has laid out, may be.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.explore.explain import Evidence, kind_of_bug
from harness.explore.failures import RawFailure, Wait
from harness.explore.rows import Row, conflicts, relevant, rows_of
from harness.explore.schedule import Replayed, Schedule
from harness.explore.search import Everything
from harness.explore.trace import Trace, Tracer
from harness.verdict import Verdict

if TYPE_CHECKING:
    from harness.explore.program import Program, Scenario

WIDTH = 100
NARROWEST = 28  # columns narrower than this are written one below the other
INDENT = "   "


def plainly(headline: str, width: int = WIDTH) -> str:
    """The text of a failure of which nothing more is to be told."""
    return _filled(_begun(headline), width)


def not_again(headline: str, width: int = WIDTH) -> str:
    """The text of a failure that was seen once, and not again under the same schedule."""
    doubt = (
        "Run once more in the same order of steps, it did not happen: the code goes by something that is not "
        "the order of its threads, such as the system's clock or random numbers, the addresses of objects, or "
        "what an earlier run left behind. Whoever meets it cannot repeat it either."
    )
    return f"{plainly(headline, width)}\n\n{_filled(doubt, width)}"


def explain(
    program: Program,
    scenario: Scenario,
    schedule: Schedule,
    verdict: Verdict,
    width: int = WIDTH,
) -> tuple[str, str] | None:
    """The headline and the text of a failing schedule; None if it does not fail again."""
    tracer = Tracer(program.sites, program.name)
    strategy = Replayed(schedule)
    run = program.execute(scenario, strategy, Everything(), Everything(), tracer)
    tracer.settle()
    if run.failure is None:
        return None
    known = tracer.trace.thread_names
    names = lambda index: known.get(index) or program.name(run.threads[index])  # noqa: E731
    failure = _named(run.failure, names, tracer.trace)
    kind = kind_of_bug(Evidence(failure, tracer.trace, names))
    suite = "" if program.suite is program.candidate else str(program.suite.path)
    table = Table(tracer.trace, names, suite, width)
    parts = [_saying(failure, kind, width), table.text(), _waiting(failure, width)]
    return kind if verdict is not Verdict.WRONG and kind else failure.headline, "\n\n".join(
        p for p in parts if p
    )


def _named(failure: RawFailure, names: Callable[[int], str], trace: Trace) -> RawFailure:
    """The failure with the names that the source gives to threads and locks."""
    headline = failure.headline.replace("{thread}", names(failure.thread))
    waits = tuple(replace(w, what=_what(w, names, trace)) for w in failure.waits)
    return replace(failure, headline=headline, waits=waits)


def _what(wait: Wait, names: Callable[[int], str], trace: Trace) -> str:
    name = trace.lock_names.get(wait.key)
    if wait.kind != "lock" or name is None:
        return wait.what
    taken = trace.taken_at.get(wait.key)
    if wait.owner is None or taken is None:
        return f"for {name}"
    return f"for {name}, which {names(wait.owner)} took at line {taken.line}"


def _saying(failure: RawFailure, kind: str, width: int) -> str:
    """What was seen, then the kind of bug."""
    seen = failure.headline if failure.verdict is not Verdict.DEADLOCK or not kind else ""
    return "\n".join(_filled(_begun(text), width) for text in (seen, kind) if text)


def _begun(text: str) -> str:
    """With a capital, unless it begins with a name from somebody's code."""
    return text[:1].upper() + text[1:] if text.split()[0].isalpha() else text


def _filled(text: str, width: int) -> str:
    """A sentence, wrapped; a text of several lines as it is, since its author has laid it out."""
    if "\n" in text:
        return textwrap.indent(text, INDENT)
    return textwrap.fill(text, width, initial_indent=INDENT, subsequent_indent=INDENT)


# -- the table --------------------------------------------------------------------------------------------


class Table:
    """The rows of a trace that matter, a column a thread."""

    def __init__(
        self, trace: Trace, names: Callable[[int], str], suite: str, width: int = WIDTH
    ) -> None:
        self.rows = rows_of(trace)
        self.chosen = relevant(self.rows, conflicts(trace))
        self.names = names
        self.suite = suite  # lines of this file are marked: the learner did not write them
        self.width = width

    def text(self) -> str:
        """The whole table, or nothing where no row matters."""
        if not self.chosen:
            return ""
        threads = sorted({self.rows[index].thread for index in self.chosen})
        width = (self.width - 6) // len(threads)
        lines = self._columns(threads, min(width, 44)) if width >= NARROWEST else self._list()
        if any(self.rows[index].place.file == self.suite for index in self.chosen):
            lines.append(f"{INDENT}   (t: a line of {Path(self.suite).name})")
        return "\n".join(lines)

    def _source(self, row: Row) -> str:
        mark = "t" if row.place.file == self.suite else ""
        return f"{mark + str(row.place.line):>4}  {row.source}"

    def _notes(self, row: Row) -> str:
        notes = row.notes()
        for index in {step.other for step in row.steps if step.other is not None}:
            notes = notes.replace(f"{{{index}}}", self.names(index))
        return notes

    def _columns(self, threads: list[int], width: int) -> list[str]:
        heads = "".join(_cut(self.names(t), width - 2).ljust(width) for t in threads)
        lines = [f"{INDENT}   {heads}".rstrip()]
        previous: int | None = None
        for number, index in enumerate(self.chosen, 1):
            row = self.rows[index]
            if previous is not None and previous != row.thread:
                lines.append(INDENT + " switch ".center(3 + width * len(threads), "-"))
            previous = row.thread
            lines.extend(self._cell(row, number, threads.index(row.thread), width))
        return lines

    def _cell(self, row: Row, number: int, column: int, width: int) -> list[str]:
        shift = " " * (width * column)
        lines = [f"{number:>{len(INDENT) + 2}} {shift}{_cut(self._source(row), width - 2)}"]
        pad = " " * (len(INDENT) + 3) + shift + " " * 6
        notes = textwrap.wrap(self._notes(row), max(width - 10, 12), break_long_words=False)
        lines.extend(f"{pad}> {_cut(part, width - 9)}" for part in notes)
        return [line.rstrip() for line in lines]

    def _list(self) -> list[str]:
        """Where the columns do not fit: one thread's steps below another's, under its name."""
        lines: list[str] = []
        previous: int | None = None
        for number, index in enumerate(self.chosen, 1):
            row = self.rows[index]
            if row.thread != previous:
                lines.append(f"{INDENT}---- {_cut(self.names(row.thread), self.width - 10)}")
            previous = row.thread
            notes = self._notes(row)
            source = f"{number:>{len(INDENT) + 2}} {self._source(row)}"
            line = f"{source}   > {notes}" if notes else source
            if len(line) <= self.width or self.width == WIDTH:
                lines.append(_cut(line, self.width))
                continue
            lines.append(_cut(source, self.width))
            told = textwrap.wrap(notes, self.width - 14, break_long_words=False)
            lines.extend(" " * 12 + _cut(f"> {part}", self.width - 12) for part in told)
        return lines


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 2, 1)] + ".."


# -- who waits ---------------------------------------------------------------------------------------------


def _waiting(failure: RawFailure, width: int) -> str:
    if not failure.waits:
        return ""
    longest = max(len(w.name) for w in failure.waits)
    return "\n".join(_wait_line(w, min(longest, 24), width) for w in failure.waits)


def _wait_line(wait: Wait, room: int, width: int) -> str:
    place = ""
    if wait.place is not None:
        place = f"{Path(wait.place.file).name}:{wait.place.line} in {wait.place.function}"
    line = f"{INDENT}{_cut(wait.name, room).ljust(room)}  waits {wait.what:<34}  {place}"
    if len(line) <= width or width == WIDTH:
        return _cut(line, width)
    return textwrap.fill(
        f"{wait.name} waits {wait.what}, {place}".rstrip(", "),
        width, initial_indent=INDENT, subsequent_indent=INDENT * 2, break_on_hyphens=False,
    )  # fmt: skip
