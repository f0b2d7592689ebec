"""The database file: opening it, transactions, and what is said when that cannot be done.

Guarantees: all that is done inside `writing` is kept together or not at all, through kill -9 at
any moment and with several processes at once: one transaction, which takes the writer's lock at
its beginning (BEGIN IMMEDIATE), so that it never has to give up half-way. `reading` sees one state of
the database and makes no file where there is none. Whatever SQLite objects to becomes a UsageError;
a file that is no database of ours, or a newer one, is never written to.
Assumptions: a file system on which SQLite's locks work. Write-ahead logging is used where the file
system can do it; without it the rollback journal keeps the same promises, with more waiting.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from shlex import quote

from harness.errors import UsageError
from harness.keep.schema import STEPS, Step, checked_version, migrate, not_ours
from harness.paths import short

PATIENCE = 10.0  # seconds to wait for another process's transaction


class Database:
    """One file. Every transaction has a connection of its own."""

    def __init__(self, path: Path, steps: Sequence[Step] = STEPS) -> None:
        self.path = path
        self._steps = steps

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that may change things."""
        with _explained(self.path), closing(self._connect()) as connection:
            self._use_a_write_ahead_log(connection)
            with _transaction(connection, "BEGIN IMMEDIATE"):
                migrate(connection, self.path, self._steps)
                yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A transaction that only looks; on an empty database where there is no file."""
        with (
            _explained(self.path),
            closing(self._for_reading()) as connection,
            _transaction(connection, "BEGIN"),
        ):
            yield connection

    def _for_reading(self) -> sqlite3.Connection:
        if not self.path.exists():
            empty = sqlite3.connect(":memory:", isolation_level=None)
            migrate(empty, self.path, self._steps)
            return empty
        connection = self._connect()
        try:
            version = checked_version(connection, self.path, len(self._steps))
        except BaseException:
            connection.close()
            raise
        if version < len(self._steps):
            with self.writing():
                pass  # brings it up to date
        return connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _use_a_write_ahead_log(self, connection: sqlite3.Connection) -> None:
        """Lasts once it is set. If somebody else is at work just now, the next one will set it."""
        checked_version(connection, self.path, len(self._steps))
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            pass


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
    except BaseException:
        if connection.in_transaction:  # SQLite itself rolls back when the disk is full
            connection.rollback()
        raise
    connection.commit()


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _cannot(path, str(error)) from None
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise  # a fault of this program, not of the file
    except sqlite3.DatabaseError as error:
        raise not_ours(path, f"cannot be read as a database: {error}") from None


def _cannot(path: Path, why: str) -> UsageError:
    seen = f"the history in {short(path)} cannot be used: {why}"
    if "locked" in why:
        return UsageError(
            seen,
            f"that another process lets go of it within {PATIENCE:.0f} s",
            "the same command again",
        )
    if "full" in why:
        return UsageError(seen, "room on the disk", "df -h .")
    folder, files = quote(short(path.parent)), f"{quote(short(path))}*"
    return UsageError(
        seen,
        "a file and a folder that you may write to (another folder: set KATA_STATE)",
        f"ls -la {folder} && chmod u+rwx {folder} && chmod u+rw {files}",
    )
