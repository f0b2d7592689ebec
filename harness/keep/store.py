"""The store: everything that is kept of a learner's work, in one folder.

Guarantees: what a method has returned from is kept (see `database`); each method is one transaction.
A UsageError says why something cannot be kept, and what to type.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from harness.keep import cards, rows
from harness.keep.database import Database
from harness.keep.old_form import adopt
from harness.keep.records import Asked, Attempt, Due, HintShown, Reset, Review

FILE = "kata.sqlite"
OLD_FILE = "history.db"


class Store:
    """What is kept in a folder: `Store(state_dir())`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._database = Database(folder / FILE)

    # -- attempts --------------------------------------------------------------------------------

    def record(self, attempt: Attempt, source: bytes | None = None) -> int:
        """Keeps an attempt; how many there have been at the kata, bug hunts apart.

        An attempt that goes on (`ended` is None) may be recorded as often as one likes. When it has
        ended it is rated, and its card moves on; later calls with that uid change nothing.
        source: the code, which is then kept with it.
        """
        with self.writing() as connection:
            if source is not None:
                attempt = replace(attempt, source=rows.put_source(connection, source))
            if rows.put(connection, attempt):
                cards.review(connection, attempt)
            return rows.count(connection, attempt.kata)

    def count(self, kata: str) -> int:
        """How many attempts at the kata there have been, bug hunts apart."""
        with self.reading() as connection:
            return rows.count(connection, kata)

    def attempts(self, kata: str | None = None) -> tuple[Attempt, ...]:
        """The attempts, oldest first, of one kata or of all."""
        with self.reading() as connection:
            return rows.get(connection, kata)

    def source(self, sha256: str) -> bytes | None:
        """The code that an attempt was about."""
        with self.reading() as connection:
            sql = "SELECT body FROM source WHERE sha256 = ?"
            row = connection.execute(sql, (sha256,)).fetchone()
            return bytes(row[0]) if row else None

    # -- hints, resets, the solution ---------------------------------------------------------------

    def add_hint(self, hint: HintShown) -> None:
        """A hint has been taken."""
        values = (hint.kata, hint.level, hint.number, hint.at)
        self._insert("INSERT OR IGNORE INTO hint VALUES (?, ?, ?, ?)", values)

    def add_reset(self, reset: Reset) -> None:
        """The stub has been put back."""
        self._insert("INSERT OR IGNORE INTO reset VALUES (?, ?)", (reset.kata, reset.at))

    def add_asked(self, asked: Asked) -> None:
        """The solution has been asked for."""
        values = (asked.kata, asked.at, asked.shown)
        self._insert("INSERT OR IGNORE INTO asked VALUES (?, ?, ?)", values)

    def hints(self, kata: str) -> tuple[HintShown, ...]:
        """The hints taken since the stub was put back last, in the order of their time."""
        with self.reading() as connection:
            sql = "SELECT * FROM hint WHERE kata = ? AND at > ? ORDER BY at, level, number"
            found = connection.execute(sql, (kata, _last_reset(connection, kata)))
            return tuple(HintShown(*row) for row in found)

    def asked(self, kata: str) -> tuple[Asked, ...]:
        """When the solution was asked for, since the stub was put back last."""
        with self.reading() as connection:
            sql = "SELECT * FROM asked WHERE kata = ? AND at > ? ORDER BY at"
            found = connection.execute(sql, (kata, _last_reset(connection, kata)))
            return tuple(Asked(kata, at, bool(shown)) for kata, at, shown in found)

    def last_reset(self, kata: str) -> float:
        """When the stub was put back last; minus infinity if it never was."""
        with self.reading() as connection:
            return _last_reset(connection, kata)

    # -- spaced repetition -------------------------------------------------------------------------

    def cards(self) -> tuple[Due, ...]:
        """The cards of katas and bug hunts, those that are due first."""
        with self.reading() as connection:
            return cards.dues(connection)

    def reviews(self) -> tuple[Review, ...]:
        """What has been rated, oldest first."""
        with self.reading() as connection:
            return cards.reviews(connection)

    # -- transactions ------------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction that may change things."""
        self._adopt_the_old_form()
        with self._database.writing() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One transaction that sees one state of everything."""
        self._adopt_the_old_form()
        with self._database.reading() as connection:
            yield connection

    def _adopt_the_old_form(self) -> None:
        old = self.folder / OLD_FILE
        if old.exists():
            adopt(old, self._database)

    def _insert(self, sql: str, values: tuple[object, ...]) -> None:
        with self.writing() as connection:
            connection.execute(sql, values)


def _last_reset(connection: sqlite3.Connection, kata: str) -> float:
    sql = "SELECT max(at) FROM reset WHERE kata = ?"
    (at,) = connection.execute(sql, (kata,)).fetchone()
    return float("-inf") if at is None else float(at)
