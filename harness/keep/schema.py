"""The tables, and how a database of an earlier version becomes one of this version.

Guarantees: `migrate` runs every step that is missing, in order, inside the transaction that its
caller has opened: all of them, or none. It refuses what is not ours and what is newer than we are.
Assumptions: a step, once released, is never changed; another one is added after it.
"""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from harness.errors import UsageError
from harness.paths import short

APPLICATION = 0x6B617461  # "kata", in the file's header: what makes a database one of ours

Step = tuple[str, ...]  # statements

_FIRST: Step = (
    """
    CREATE TABLE source (
        sha256 TEXT PRIMARY KEY,
        body BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE attempt (
        id INTEGER PRIMARY KEY,
        uid TEXT NOT NULL UNIQUE,
        kata TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('grade', 'practice', 'hunt')),
        variant TEXT NOT NULL,         -- '' unless it is a hunt
        implementation TEXT NOT NULL,  -- '' for the stub's own file
        started REAL NOT NULL,         -- seconds since the epoch
        ended REAL,                    -- NULL while it goes on
        active REAL,                   -- seconds; NULL where nobody took the time
        par REAL,                      -- seconds
        of INTEGER NOT NULL,           -- how many levels the kata has
        source TEXT REFERENCES source (sha256)
    ) STRICT
    """,
    "CREATE INDEX attempt_by_kata ON attempt (kata, started)",
    """
    CREATE TABLE attempt_level (
        attempt INTEGER NOT NULL REFERENCES attempt (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        verdict TEXT,                  -- NULL where it was not reached
        passed_at REAL,                -- active seconds; NULL where that is not known
        PRIMARY KEY (attempt, number)
    ) STRICT
    """,
    """
    CREATE TABLE attempt_phase (
        attempt INTEGER NOT NULL REFERENCES attempt (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        phase TEXT NOT NULL,
        seconds REAL NOT NULL,
        PRIMARY KEY (attempt, position)
    ) STRICT
    """,
    """
    CREATE TABLE hint (
        kata TEXT NOT NULL, level INTEGER NOT NULL, number INTEGER NOT NULL, at REAL NOT NULL,
        PRIMARY KEY (kata, level, number, at)
    ) STRICT
    """,
    "CREATE TABLE reset (kata TEXT NOT NULL, at REAL NOT NULL, PRIMARY KEY (kata, at)) STRICT",
    """
    CREATE TABLE asked (               -- for the solution
        kata TEXT NOT NULL, at REAL NOT NULL,
        shown INTEGER NOT NULL,        -- 0 where it was refused
        PRIMARY KEY (kata, at)
    ) STRICT
    """,
    """
    CREATE TABLE review (
        uid TEXT PRIMARY KEY,          -- the attempt's: an attempt is one review at most
        kata TEXT NOT NULL,
        variant TEXT NOT NULL,         -- '' for the kata itself
        at REAL NOT NULL,
        rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 4)
    ) STRICT
    """,
    """
    CREATE TABLE card (                -- follows from the reviews; see cards.py
        kata TEXT NOT NULL, variant TEXT NOT NULL,
        stability REAL NOT NULL, difficulty REAL NOT NULL,
        last REAL NOT NULL, due REAL NOT NULL,
        PRIMARY KEY (kata, variant)
    ) STRICT
    """,
    f"PRAGMA application_id = {APPLICATION}",
)

STEPS: tuple[Step, ...] = (_FIRST,)


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Step] = STEPS) -> None:
    """Brings the database to the version that this program knows: the number of steps."""
    version = checked_version(connection, path, len(steps))
    for step in steps[version:]:
        for statement in step:  # not executescript, which would commit what went before
            connection.execute(statement)
    if version < len(steps):
        connection.execute(f"PRAGMA user_version = {len(steps)}")


def checked_version(connection: sqlite3.Connection, path: Path, known: int) -> int:
    """The version of the database, 0 for an empty one; a UsageError if it is not for us."""
    if connection.in_transaction:
        return _checked(connection, path, known)
    # One state of it: between two reads another process may have made the tables.
    connection.execute("BEGIN")
    try:
        return _checked(connection, path, known)
    finally:
        connection.rollback()


def _checked(connection: sqlite3.Connection, path: Path, known: int) -> int:
    version = _pragma(connection, "user_version")
    if _pragma(connection, "application_id") != APPLICATION:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version or tables:
            raise not_ours(path, "is a database of another program")
    if version > known:
        raise UsageError(
            f"{short(path)} was written by a later version of this program (schema {version})",
            f"schema {known} or earlier; the file is left as it is",
            "git pull",
        )
    return version


def not_ours(path: Path, what: str) -> UsageError:
    """The error for a file that stands where the history should, and how to move it aside.

    The files that SQLite keeps beside it go with it: a journal that stayed behind would be
    played into the next database of that name.
    """
    aside, files = quote(short(path.parent / "unreadable")), f"{quote(short(path))}*"
    return UsageError(
        f"{short(path)} {what}",
        "the history that this program keeps; the file is left as it is",
        f"mkdir -p {aside} && mv {files} {aside}/   (then this command again)",
    )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
