"""The history: one row an attempt, in `.kata/history.db`.

Guarantees: an attempt that was recorded stays, through kill -9 at any moment and with several
processes at once (SQLite's rollback journal, one transaction an attempt). A file that is not a
database of ours is put aside, never overwritten; one written by a later version is left alone.
Assumptions: the schema number in `user_version`; later versions add columns or tables.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from harness.candidates import is_own
from harness.errors import UsageError
from harness.grading.results import NOT_REACHED, Grade
from harness.verdict import Verdict

SCHEMA_VERSION = 1
PATIENCE = 10.0  # seconds to wait for another process's transaction
_CREATE = """
CREATE TABLE IF NOT EXISTS attempt (
    id INTEGER PRIMARY KEY,
    kata TEXT NOT NULL,
    implementation TEXT NOT NULL,  -- '' for the stub's own file
    finished_at REAL NOT NULL,     -- seconds since the epoch
    seconds REAL NOT NULL,
    points INTEGER NOT NULL,
    levels TEXT NOT NULL           -- a verdict a level, separated by commas
) STRICT
"""


class History:
    """The attempts in one folder."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "history.db"

    def record(self, grade: Grade) -> int:
        """Adds an attempt; its number among those of the kata."""
        verdicts = ",".join(level.verdict or NOT_REACHED for level in grade.levels)
        row = (grade.kata, grade.implementation, time.time(), grade.seconds, grade.points, verdicts)
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO attempt (kata, implementation, finished_at, seconds, points, levels)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                row,
            )
            return _count(connection, grade.kata)

    def count(self, kata: str) -> int:
        """How many attempts there have been."""
        if not self._path.exists():
            return 0
        with self._transaction() as connection:
            return _count(connection, kata)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._put_aside_if_broken()
        with closing(self._connect()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._migrate(connection)
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None)

    def _migrate(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise UsageError(
                f"{self._path} was written by a later version of this program (schema {version})",
                f"schema {SCHEMA_VERSION} or earlier",
                "git pull   (your history is left as it is)",
            )
        if version < SCHEMA_VERSION:
            connection.execute(_CREATE)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _put_aside_if_broken(self) -> None:
        try:
            with closing(self._connect()) as connection:
                connection.execute("PRAGMA schema_version").fetchone()
        except sqlite3.OperationalError:
            raise  # locked, or a folder that cannot be written: nothing is wrong with the file
        except sqlite3.DatabaseError:
            aside = self._path.with_name(f"history-unreadable-{time.time_ns()}.db")
            self._path.rename(aside)


def _count(connection: sqlite3.Connection, kata: str) -> int:
    (count,) = connection.execute("SELECT count(*) FROM attempt WHERE kata = ?", (kata,)).fetchone()
    return int(count)


def is_an_attempt(grade: Grade) -> bool:
    """Whether there is anything of the learner's own in it."""
    begun = any(level.verdict not in (None, Verdict.NOT_STARTED) for level in grade.levels)
    return begun and is_own(grade.implementation)
