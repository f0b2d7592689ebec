"""Reviews and the cards that follow from them.

Guarantees: a card is always what its reviews come to, in the order of their time, whichever order
they were recorded in. So two histories merge by putting their reviews together.
"""

import sqlite3

from fsrs import Rating

from harness.keep import schedule
from harness.keep.records import Attempt, Due, Kind, Review


def review(connection: sqlite3.Connection, attempt: Attempt) -> None:
    """Makes a review of an attempt that has ended, if it says anything, and its card anew."""
    variant = attempt.variant if attempt.kind is Kind.HUNT else ""
    rating = _rating(connection, attempt, variant)
    if attempt.ended is None or rating is None:
        return
    put(connection, Review(attempt.uid, attempt.kata, variant, attempt.ended, int(rating)))
    rebuild(connection, attempt.kata, variant)


def _rating(connection: sqlite3.Connection, attempt: Attempt, variant: str) -> Rating | None:
    (last,) = connection.execute(
        "SELECT max(at) FROM review WHERE kata = ? AND variant = ? AND at < ?",
        (attempt.kata, variant, attempt.ended),
    ).fetchone()
    since = 0.0 if last is None else last + schedule.SITTING
    if variant:
        since = attempt.started  # hints for the kata itself were not for this hunt
    hints = _count_since(connection, "hint WHERE", attempt, since)
    looked = _count_since(connection, "asked WHERE shown AND", attempt, since) > 0
    return schedule.rate(attempt, hints, looked, last)


def _count_since(connection: sqlite3.Connection, what: str, attempt: Attempt, since: float) -> int:
    sql = f"SELECT count(*) FROM {what} kata = ? AND at > ? AND at <= ?"
    return int(connection.execute(sql, (attempt.kata, since, attempt.ended)).fetchone()[0])


def put(connection: sqlite3.Connection, review: Review) -> bool:
    """Adds it; False if it was there."""
    row = (review.uid, review.kata, review.variant, review.at, review.rating)
    added = connection.execute("INSERT OR IGNORE INTO review VALUES (?, ?, ?, ?, ?)", row)
    return added.rowcount > 0


def rebuild(connection: sqlite3.Connection, kata: str, variant: str) -> None:
    """Makes one card anew from its reviews."""
    rows = connection.execute(
        "SELECT * FROM review WHERE kata = ? AND variant = ?", (kata, variant)
    ).fetchall()
    card = schedule.card(Review(*row) for row in rows)
    if card:
        connection.execute(
            "INSERT OR REPLACE INTO card VALUES (?, ?, ?, ?, ?, ?)",
            (kata, variant, card.stability, card.difficulty, card.last, card.due),
        )


def reviews(connection: sqlite3.Connection) -> tuple[Review, ...]:
    """All reviews, oldest first."""
    rows = connection.execute("SELECT * FROM review ORDER BY at, uid")
    return tuple(Review(*row) for row in rows)


def dues(connection: sqlite3.Connection) -> tuple[Due, ...]:
    """All cards, those that are due first."""
    rows = connection.execute("SELECT * FROM card ORDER BY due, kata, variant")
    return tuple(Due(*row) for row in rows)
