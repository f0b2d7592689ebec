"""All that is kept, taken out of a store and put into one.

Guarantees: `merge` is one transaction, and putting the same in again changes nothing: attempts and
reviews are known by their uid, the rest by all of its fields. An attempt that went on when it was
exported gives way to the same one ended. Cards follow from the reviews of both.
"""

import sqlite3
from dataclasses import dataclass
from typing import Any

from harness.keep import cards, rows
from harness.keep.document import Everything
from harness.keep.records import Asked, Attempt, HintShown, Reset
from harness.keep.store import Store


@dataclass(frozen=True)
class Merged:
    """What was new."""

    attempts: int
    reviews: int
    others: int  # hints, resets, requests for the solution


def everything(store: Store) -> Everything:
    """All that is in the store, at one moment."""
    with store.reading() as connection:
        return Everything(
            attempts=rows.get(connection),
            hints=tuple(HintShown(*row) for row in _all(connection, "hint")),
            resets=tuple(Reset(*row) for row in _all(connection, "reset")),
            asked=tuple(Asked(row[0], row[1], bool(row[2])) for row in _all(connection, "asked")),
            reviews=cards.reviews(connection),
            sources={digest: bytes(body) for digest, body in _all(connection, "source")},
        )


def merge(store: Store, new: Everything) -> Merged:
    """Puts it in; what is there already stays as it is."""
    with store.writing() as connection:
        for body in new.sources.values():
            rows.put_source(connection, body)
        others = _merge_others(connection, new)
        attempts = sum(_merge_attempt(connection, attempt) for attempt in new.attempts)
        reviews = sum(cards.put(connection, review) for review in new.reviews)
        for kata, variant in {(review.kata, review.variant) for review in new.reviews}:
            cards.rebuild(connection, kata, variant)
        return Merged(attempts, reviews, others)


def _merge_attempt(connection: sqlite3.Connection, attempt: Attempt) -> bool:
    before = connection.execute(
        "SELECT ended IS NULL FROM attempt WHERE uid = ?", (attempt.uid,)
    ).fetchone()
    if before and attempt.ended is None:
        return False  # which of the two went on further cannot be known: ours stays
    return rows.put(connection, attempt)


def _merge_others(connection: sqlite3.Connection, new: Everything) -> int:
    hints = [(hint.kata, hint.level, hint.number, hint.at) for hint in new.hints]
    resets = [(reset.kata, reset.at) for reset in new.resets]
    asked = [(asked.kata, asked.at, asked.shown) for asked in new.asked]
    insert = "INSERT OR IGNORE INTO"
    return (
        connection.executemany(f"{insert} hint VALUES (?, ?, ?, ?)", hints).rowcount
        + connection.executemany(f"{insert} reset VALUES (?, ?)", resets).rowcount
        + connection.executemany(f"{insert} asked VALUES (?, ?, ?)", asked).rowcount
    )


def _all(connection: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    return connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
