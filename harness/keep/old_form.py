"""The history of earlier versions, `.kata/history.db`: taken over when it is found.

Guarantees: each of its attempts is taken over once, because its `uid` is made of what stands in it;
a program that is killed on the way begins again, and two at once do it once. The old file stays
beside the new one, under another name: history-imported.db, or history-unreadable.db with a line
on standard error if nothing could be read from it.
"""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from harness.grading.results import NOT_REACHED
from harness.keep import cards, rows
from harness.keep.database import PATIENCE, Database
from harness.keep.records import Attempt, Kind, LevelOutcome
from harness.paths import short
from harness.verdict import Verdict

_QUERY = """
SELECT id, kata, implementation, finished_at, seconds, levels FROM attempt ORDER BY finished_at, id
"""


def adopt(old: Path, database: Database) -> None:
    """Takes over the attempts of the old file, and gives it its other name."""
    try:
        attempts = tuple(_read(old))
    except (sqlite3.DatabaseError, ValueError) as error:
        aside = _set_aside(old, "unreadable")
        if aside:
            _say(f"{short(old)} cannot be read ({error}); it is kept as {short(aside)}")
        return
    with database.writing() as connection:
        for attempt in attempts:
            if rows.put(connection, attempt):
                cards.review(connection, attempt)
    _set_aside(old, "imported")


def _read(old: Path) -> Iterator[Attempt]:
    # Open for writing: SQLite may first have to undo what a killed process left half-done.
    name = f"{old.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(name, timeout=PATIENCE, uri=True)) as file:
        for row in file.execute(_QUERY).fetchall():
            yield _attempt(*row)


def _attempt(
    number: int, kata: str, implementation: str, ended: float, seconds: float, levels: str
) -> Attempt:
    outcomes = tuple(
        LevelOutcome(at, None if verdict == NOT_REACHED else Verdict(verdict))
        for at, verdict in enumerate(levels.split(","), 1)
    )
    return Attempt(
        kata=kata,
        kind=Kind.GRADE,
        started=ended - seconds,
        ended=ended,
        levels=outcomes,
        of=len(outcomes),
        implementation=implementation,
        uid=f"history.db:{number}:{ended!r}",
    )


def _set_aside(old: Path, word: str) -> Path | None:
    """Renames it to a name that is free; None if another process was quicker."""
    names = [f"history-{word}{n}.db" for n in ["", *(f"-{n}" for n in range(2, 100))]]
    aside = next(path for name in names if not (path := old.with_name(name)).exists())
    try:
        old.rename(aside)
    except FileNotFoundError:
        return None
    return aside


def _say(text: str) -> None:
    print(f"kata: {text}", file=sys.stderr)
