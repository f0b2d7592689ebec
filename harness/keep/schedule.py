"""Spaced repetition: what an attempt says about remembering, and when to come back.

The rating of an attempt, for FSRS:

    Again   no level passed; in a bug hunt, the fault is still there
    Hard    some levels passed; or all of them, but with more than three hints, or with a look
            at the solution
    Good    all levels passed
    Easy    all levels passed within the time that the kata gives, with no hint

A round of practice and a bug hunt are rated when they end. `kata grade` is typed many times while
code is being written, so it counts only when all levels pass and the last review is half a day old;
since nobody took the time, it is never Easy. Hints and looks at the solution count from half a day
after the last review: before that they belong to it; for a bug hunt, from its beginning.

The algorithm is FSRS-6 (https://github.com/open-spaced-repetition/py-fsrs), aiming at a chance of
90% to remember, without its steps of minutes, which are for flash cards: the first interval is in days.

Guarantees: the same arguments give the same answer, here and on any machine: there is no fuzz, and
no clock is read.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from fsrs import Card, Rating, Scheduler, State

from harness.keep.records import Attempt, Due, Kind, Review

MANY_HINTS = 3
SITTING = 12 * 3600.0  # seconds: passing again in the same sitting says nothing about remembering
_SCHEDULER = Scheduler(
    desired_retention=0.9, learning_steps=(), relearning_steps=(), enable_fuzzing=False
)


def rate(
    attempt: Attempt, hints: int = 0, looked: bool = False, last_review: float | None = None
) -> Rating | None:
    """The rating of an attempt that has ended; None where it says nothing."""
    if attempt.ended is None:
        return None
    if attempt.kind is Kind.GRADE:
        again = last_review is not None and attempt.ended - last_review < SITTING
        if again or not attempt.complete:
            return None
    if not attempt.complete:
        begun = attempt.passed > 0 and attempt.kind is not Kind.HUNT
        return Rating.Hard if begun else Rating.Again
    if looked or hints > MANY_HINTS:
        return Rating.Hard
    return Rating.Easy if not hints and _in_time(attempt) else Rating.Good


def _in_time(attempt: Attempt) -> bool:
    if attempt.active is None or attempt.par is None:
        return False
    return attempt.active <= attempt.par


def card(reviews: Iterable[Review]) -> Due | None:
    """The card that the reviews of one kata, or of one hunt, come to."""
    state = None
    for review in sorted(reviews, key=lambda review: (review.at, review.uid)):
        state = after(state, review.kata, review.variant, review.at, Rating(review.rating))
    return state


def after(before: Due | None, kata: str, variant: str, at: float, rating: Rating) -> Due:
    """The card after one more review."""
    moment = datetime.fromtimestamp(at, UTC)
    reviewed, _ = _SCHEDULER.review_card(_fsrs(before, moment), rating, moment)
    assert reviewed.stability is not None
    assert reviewed.difficulty is not None
    return Due(kata, variant, reviewed.stability, reviewed.difficulty, at, reviewed.due.timestamp())


def _fsrs(before: Due | None, moment: datetime) -> Card:
    # With card_id and due given, fsrs asks no clock.
    if before is None:
        return Card(card_id=1, due=moment)
    return Card(
        card_id=1,
        state=State.Review,
        stability=before.stability,
        difficulty=before.difficulty,
        due=datetime.fromtimestamp(before.due, UTC),
        last_review=datetime.fromtimestamp(before.last, UTC),
    )
