"""What is proposed, and how it is laid out over the days."""

from collections.abc import Sequence
from datetime import UTC, date, timedelta

import pytest

from harness.catalogue import Kata
from harness.keep import Due
from harness.keep.plan import Plan, lay_out
from harness.keep.proposal import Why, proposals
from harness.keep.standing import Standing
from harness.tests.keep_tools import DAY, NOW, TODAY, attempt, made_up, stands

POOL = made_up("pool", 1)
ARENA = made_up("arena", 2, minutes=40)
HEAP = made_up("heap", 3, after=["arena"])
RING = made_up("ring", 4, after=["pool", "arena"])
ALL = (POOL, ARENA, HEAP, RING)


def due(kata: str, days: float, variant: str = "") -> Due:
    return Due(kata, variant, 3.0, 5.0, NOW - 5 * DAY, NOW + days * DAY)


def proposed(standings: list[Standing], cards: list[Due]) -> list[tuple[str, Why]]:
    return [(p.kata, p.why) for p in proposals(standings, cards, TODAY, UTC)]


def fresh(*but: Standing) -> list[Standing]:
    """Nothing has been begun, but for those."""
    known = {standing.kata.name: standing for standing in but}
    return [known.get(kata.name, stands(kata)) for kata in ALL]


def done(kata: Kata) -> Standing:
    return stands(kata, attempt(kata=kata.name))


def test_at_first_those_without_prerequisites_in_order() -> None:
    assert proposed(fresh(), []) == [("pool", Why.NEW), ("arena", Why.NEW)]


def test_a_pass_opens_what_builds_on_it() -> None:
    assert proposed(fresh(done(ARENA)), []) == [("pool", Why.NEW), ("heap", Why.NEW)]
    opened = proposed(fresh(done(ARENA), done(POOL)), [])
    assert opened == [("heap", Why.NEW), ("ring", Why.NEW)]


def test_what_was_begun_comes_before_what_is_new() -> None:
    begun = stands(ARENA, attempt(1, kata="arena"))
    found = proposals(fresh(begun), [], TODAY, UTC)
    assert [(p.kata, p.why, p.level) for p in found][:1] == [("arena", Why.BEGUN, 2)]


def test_what_is_due_comes_first_the_longest_overdue_in_front() -> None:
    cards = [due("pool", 1), due("arena", -1), due("pool", -3, "no_lock"), due("gone", -9)]
    found = proposals(fresh(done(ARENA), done(POOL)), cards, TODAY, UTC)
    assert [(p.kata, p.hunt, p.days_over) for p in found][:3] == [
        ("pool", True, 3),
        ("arena", False, 1),
        ("heap", False, 0),
    ]


def test_due_later_today_is_due_today() -> None:
    assert proposed(fresh(done(POOL)), [due("pool", 0.4)])[0] == ("pool", Why.DUE)


def test_nothing_is_proposed_when_all_has_passed_and_nothing_is_due() -> None:
    assert proposed([done(kata) for kata in ALL], [due("pool", 3)]) == []


# -- the plan ------------------------------------------------------------------------------------------


def plan(
    standings: list[Standing],
    days: int,
    minutes: int,
    cards: list[Due] | None = None,
    to_hunt: Sequence[str] = (),
) -> Plan:
    last = TODAY + timedelta(days - 1)
    return lay_out(standings, cards or [], TODAY, last, minutes, UTC, to_hunt)


def written(plan: Plan) -> list[str]:
    return [
        f"{(day - TODAY).days} {entry.kata}{' hunt' if entry.hunt else ''}"
        f"{' again' if entry.review else ''} {entry.minutes}"
        for day, entries in plan.days
        for entry in entries
    ]


def test_new_katas_in_order_then_their_reviews() -> None:
    assert written(plan(fresh(), 5, 120)) == [
        "0 pool 60",
        "0 arena 40",
        "1 heap 60",
        "1 ring 60",
        "2 arena again 40",
        "2 pool again 60",
        "3 heap again 60",
        "3 ring again 60",
    ]


@pytest.mark.parametrize("minutes", [5, 30, 45, 60, 90, 300])
@pytest.mark.parametrize("days", [1, 3, 10, 40])
def test_no_day_is_overfull_and_nothing_comes_before_its_prerequisites(
    days: int, minutes: int
) -> None:
    made = plan(fresh(), days, minutes, [due("pool", 2, "no_lock")])
    finished: dict[str, date] = {}
    for day, entries in made.days:
        assert TODAY <= day < TODAY + timedelta(days)
        assert sum(entry.minutes for entry in entries) <= minutes
        for entry in entries:
            kata = next(kata for kata in ALL if kata.name == entry.kata)
            assert entry.hunt or all(name in finished for name in kata.prerequisites)
            if entry.part == entry.parts and not entry.hunt:
                finished.setdefault(entry.kata, day)
    assert {*finished, *made.katas_left_out} == {kata.name for kata in ALL}


def test_what_is_longer_than_a_day_goes_on_the_next_day() -> None:
    first = plan(fresh(), 30, 45).days[0][1][0]
    assert (first.minutes, first.part, first.parts) == (45, 1, 2)
    assert written(plan(fresh(), 30, 45))[:2] == ["0 pool 45", "1 pool 15"]


def test_with_too_few_days_it_says_what_is_left_out() -> None:
    made = plan(fresh(), 2, 60)
    assert written(made) == ["0 pool 60", "1 arena 40"]
    assert made.katas_left_out == ("heap", "ring")
    assert not made.whole


def test_a_kata_that_is_not_finished_in_time_is_left_out_too() -> None:
    assert plan([stands(POOL)], 1, 45).katas_left_out == ("pool",)


def test_new_katas_go_before_reviews_where_there_is_not_room_for_both() -> None:
    made = plan(fresh(done(POOL)), 3, 60, [due("pool", -1)])
    assert written(made) == ["0 arena 40", "1 heap 60", "2 ring 60"]
    assert "pool" in made.reviews_left_out


def test_reviews_that_are_due_go_first_where_there_is_room() -> None:
    made = plan(fresh(done(POOL)), 10, 60, [due("pool", -1)])
    assert written(made)[0] == "0 pool again 60"
    assert made.katas_left_out == ()


def test_a_kata_that_was_tried_and_did_not_pass_has_one_place_not_two() -> None:
    tried = stands(POOL, attempt(1, kata="pool"))
    assert written(plan([tried], 2, 60, [due("pool", -1)])) == ["0 pool 60"]


def test_a_circle_of_prerequisites_hides_no_kata() -> None:
    circle = [stands(made_up("a", 1, after=["b"])), stands(made_up("b", 2, after=["a"]))]
    assert written(plan(circle, 2, 60)) == ["0 a 60", "1 b 60"]


def test_nothing_to_do_is_an_empty_plan() -> None:
    made = plan([done(kata) for kata in ALL], 3, 60)
    assert (made.days, made.whole) == ((), True)


def test_a_first_bug_hunt_comes_after_the_day_of_the_pass_and_again_later() -> None:
    made = plan([stands(POOL), done(ARENA)], 6, 90, to_hunt=["pool", "arena"])
    assert written(made) == [
        "0 pool 60",
        "0 arena hunt 15",
        "1 pool hunt 15",
        "2 arena hunt again 15",
        "2 pool again 60",
        "3 pool hunt again 15",
    ]


def test_first_bug_hunts_come_one_a_day() -> None:
    made = plan([done(kata) for kata in ALL], 2, 60, to_hunt=["pool", "arena", "heap"])
    assert written(made) == ["0 pool hunt 15", "1 arena hunt 15"]
    assert made.whole


def test_first_bug_hunts_keep_nothing_else_out() -> None:
    standings, cards = fresh(done(POOL)), [due("pool", 1), due("pool", 3)]
    for days in range(1, 15):
        without = plan(standings, days, 60, cards)
        made = plan(standings, days, 60, cards, ["pool", "arena", "heap", "ring"])
        assert len(made.katas_left_out) <= len(without.katas_left_out)
        assert len(made.reviews_left_out) <= len(without.reviews_left_out)
        assert days < 12 or any("hunt" in line for line in written(made))
