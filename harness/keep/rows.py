"""Attempts as rows, there and back.

Guarantees: an attempt that goes on may be recorded again and again under its `uid`, each time as it
stands then; one that has ended is never changed.
"""

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from harness.keep.records import Attempt, Kind, LevelOutcome
from harness.verdict import Verdict

_COLUMNS = "uid, kata, kind, variant, implementation, started, ended, active, par, of, source"
_UPSERT = f"""
INSERT INTO attempt ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (uid) DO UPDATE SET
    ended = excluded.ended, active = excluded.active, par = excluded.par, of = excluded.of,
    source = coalesce(excluded.source, source)
WHERE ended IS NULL
"""


def put(connection: sqlite3.Connection, attempt: Attempt) -> bool:
    """Adds or updates it; False if it had ended already, and so was left as it is."""
    row = (
        *(attempt.uid, attempt.kata, attempt.kind, attempt.variant, attempt.implementation),
        *(attempt.started, attempt.ended, attempt.active, attempt.par, attempt.of, attempt.source),
    )
    if connection.execute(_UPSERT, row).rowcount == 0:
        return False
    (number,) = connection.execute(
        "SELECT id FROM attempt WHERE uid = ?", (attempt.uid,)
    ).fetchone()
    _put_parts(connection, number, attempt)
    return True


def _put_parts(connection: sqlite3.Connection, number: int, attempt: Attempt) -> None:
    connection.execute("DELETE FROM attempt_level WHERE attempt = ?", (number,))
    connection.execute("DELETE FROM attempt_phase WHERE attempt = ?", (number,))
    connection.executemany(
        "INSERT INTO attempt_level VALUES (?, ?, ?, ?)",
        [(number, level.number, level.verdict, level.passed_at) for level in attempt.levels],
    )
    connection.executemany(
        "INSERT INTO attempt_phase VALUES (?, ?, ?, ?)",
        [(number, at, phase, seconds) for at, (phase, seconds) in enumerate(attempt.phases)],
    )


def get(connection: sqlite3.Connection, kata: str | None = None) -> tuple[Attempt, ...]:
    """The attempts, oldest first, of one kata or of all, each with its number."""
    where, values = ("WHERE kata = ?", (kata,)) if kata else ("", ())
    rows = connection.execute(
        f"SELECT id, {_COLUMNS} FROM attempt {where} ORDER BY started, id", values
    ).fetchall()
    levels, phases = _levels(connection), _phases(connection)
    return _numbered(_attempt(row, levels[row[0]], phases[row[0]]) for row in rows)


def _attempt(
    row: tuple[Any, ...], levels: list[LevelOutcome], phases: list[tuple[str, float]]
) -> Attempt:
    _, uid, kata, kind, variant, implementation, started, ended, active, par, of, source = row
    return Attempt(
        kata=kata,
        kind=Kind(kind),
        started=started,
        ended=ended,
        levels=tuple(levels),
        of=of,
        active=active,
        par=par,
        phases=tuple(phases),
        variant=variant,
        implementation=implementation,
        source=source,
        uid=uid,
    )


def _levels(connection: sqlite3.Connection) -> dict[int, list[LevelOutcome]]:
    found = defaultdict(list)
    rows = connection.execute("SELECT * FROM attempt_level ORDER BY attempt, number")
    for attempt, number, verdict, passed_at in rows:
        judged = Verdict(verdict) if verdict else None
        found[attempt].append(LevelOutcome(number, judged, passed_at))
    return found


def _phases(connection: sqlite3.Connection) -> dict[int, list[tuple[str, float]]]:
    found = defaultdict(list)
    rows = connection.execute("SELECT * FROM attempt_phase ORDER BY attempt, position")
    for attempt, _, phase, seconds in rows:
        found[attempt].append((phase, seconds))
    return found


def _numbered(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    counts: dict[tuple[str, bool], int] = defaultdict(int)
    numbered = []
    for attempt in attempts:
        key = attempt.kata, attempt.kind is Kind.HUNT
        counts[key] += 1
        numbered.append(replace(attempt, number=counts[key]))
    return tuple(numbered)


def count(connection: sqlite3.Connection, kata: str) -> int:
    """How many attempts at the kata there have been, bug hunts apart."""
    sql = "SELECT count(*) FROM attempt WHERE kata = ? AND kind <> 'hunt'"
    return int(connection.execute(sql, (kata,)).fetchone()[0])


def put_source(connection: sqlite3.Connection, body: bytes) -> str:
    """Keeps the code, once however often it comes; its SHA-256."""
    digest = hashlib.sha256(body).hexdigest()
    connection.execute("INSERT OR IGNORE INTO source VALUES (?, ?)", (digest, body))
    return digest
