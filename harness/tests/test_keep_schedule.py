"""The rating of an attempt, and the day on which it comes back."""

import random
from typing import Any

import pytest
from fsrs import Rating

from harness.keep import Kind, Review, schedule
from harness.tests.keep_tools import DAY, NOW, attempt


@pytest.mark.parametrize(
    ("passed", "fields", "seen", "rating"),
    [
        (0, {}, {}, Rating.Again),
        (1, {}, {}, Rating.Hard),
        (2, {}, {}, Rating.Hard),
        (3, {}, {}, Rating.Easy),
        (3, {"active": 3600.0}, {}, Rating.Easy),
        (3, {"active": 3601.0}, {}, Rating.Good),
        (3, {"active": None}, {}, Rating.Good),
        (3, {"par": None}, {}, Rating.Good),
        (3, {}, {"hints": 1}, Rating.Good),
        (3, {}, {"hints": 3}, Rating.Good),
        (3, {}, {"hints": 4}, Rating.Hard),
        (3, {}, {"looked": True}, Rating.Hard),
        (3, {"ended": None}, {}, None),
        (2, {"kind": Kind.HUNT}, {}, Rating.Again),
        (3, {"kind": Kind.HUNT}, {}, Rating.Easy),
        (2, {"kind": Kind.GRADE}, {}, None),
        (3, {"kind": Kind.GRADE, "active": None}, {}, Rating.Good),
        (3, {"kind": Kind.GRADE, "active": None}, {"last_review": NOW - 3600}, None),
        (3, {"kind": Kind.GRADE, "active": None}, {"last_review": NOW - DAY}, Rating.Good),
        (3, {}, {"last_review": NOW - 3600}, Rating.Easy),
    ],
)
def test_the_rule(
    passed: int, fields: dict[str, Any], seen: dict[str, Any], rating: Rating | None
) -> None:
    assert schedule.rate(attempt(passed, **fields), **seen) == rating


def reviews(*ratings: int) -> list[Review]:
    return [
        Review(f"{n}", "tiny", "", NOW + n * 5 * DAY, rating) for n, rating in enumerate(ratings)
    ]


def test_the_better_it_went_the_later_it_comes_back() -> None:
    cards = [schedule.card(reviews(rating)) for rating in (1, 2, 3, 4)]
    days = [round((card.due - NOW) / DAY) for card in cards if card]
    assert days == [1, 1, 2, 8]


def test_intervals_grow_with_success_and_shrink_with_failure() -> None:
    days = []
    for ratings in ((3,), (3, 3), (3, 3, 3), (3, 3, 3, 1)):
        card = schedule.card(reviews(*ratings))
        assert card
        days.append(round((card.due - card.last) / DAY))
    assert days[0] < days[1] < days[2] > days[3] >= 1


def test_the_order_in_which_reviews_are_read_makes_no_difference() -> None:
    ordered = reviews(3, 1, 2, 4, 3, 3)
    shuffled = random.Random(1).sample(ordered, len(ordered))
    assert schedule.card(shuffled) == schedule.card(ordered)


def test_no_clock_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> float:
        raise AssertionError("the clock was read")

    monkeypatch.setattr("time.time", asked)
    monkeypatch.setattr("time.sleep", asked)
    assert schedule.card(reviews(3, 2)) == schedule.card(reviews(3, 2))


def test_nothing_reviewed_is_no_card() -> None:
    assert schedule.card([]) is None
