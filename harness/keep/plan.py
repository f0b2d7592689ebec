"""A plan: the katas and their reviews laid out over the days until a date.

Guarantees: no day holds more minutes than asked for; a kata comes after its prerequisites; nothing
is left out silently. What does not fit into a day is spread over several, and begins on a day of
its own. Where there is not room for all, new katas go before reviews: it is better to have seen
each once. A first bug hunt in a kata comes on a later day than its pass, since the program to mend
is a solution, at most one of them a day, and only where it takes nothing else's place. The same arguments give
the same plan.
Assumptions: a kata that is planned passes on its last day (rated Good); a review takes as
long as the kata did.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from fsrs import Rating

from harness.keep import schedule
from harness.keep.proposal import HUNT_MINUTES, day_of
from harness.keep.records import Due
from harness.keep.standing import Standing

_ANY = "?"  # the variant of a hunt whose fault is still to be chosen


@dataclass(frozen=True)
class Entry:
    """Some minutes of one day."""

    kata: str
    minutes: int
    review: bool = False
    hunt: bool = False
    part: int = 1
    parts: int = 1


@dataclass(frozen=True)
class Plan:
    """What to do on which day, and what there was no room for."""

    days: tuple[tuple[date, tuple[Entry, ...]], ...]  # the days on which there is something to do
    katas_left_out: tuple[str, ...]
    reviews_left_out: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether everything found its place."""
        return not self.katas_left_out and not self.reviews_left_out


@dataclass
class _Task:
    kata: str
    left: int  # minutes
    parts: int
    card: Due | None = None  # of what is to be reviewed
    variant: str = ""  # of a bug hunt
    part: int = 1

    @property
    def review(self) -> bool:
        return self.card is not None

    @property
    def hunt(self) -> bool:
        return bool(self.variant)


@dataclass
class _State:
    new: list[_Task]
    cards: list[Due]
    zone: tzinfo | None
    per_day: int
    minutes: dict[str, int]
    to_hunt: list[str]
    passed: dict[str, date]  # the day of the pass; `date.min` before the plan
    first_hunt: date | None = None  # the day of the latest first hunt
    going_on: _Task | None = None


def lay_out(
    standings: Sequence[Standing],
    cards: Iterable[Due],
    today: date,
    until: date,
    per_day: int,
    zone: tzinfo | None = None,
    to_hunt: Sequence[str] = (),
) -> Plan:
    """The plan from today until that date, both included, with so many minutes a day.

    to_hunt: katas in which there are faults, and none has been hunted yet.
    """
    without = _laid_out(standings, cards, today, until, per_day, zone, ())
    for hunts in range(len(to_hunt), 0, -1):
        made = _laid_out(standings, cards, today, until, per_day, zone, to_hunt[:hunts])
        if len(made.katas_left_out) <= len(without.katas_left_out) and (
            len(made.reviews_left_out) <= len(without.reviews_left_out)
        ):
            return made
    return without


def _laid_out(
    standings: Sequence[Standing],
    cards: Iterable[Due],
    today: date,
    until: date,
    per_day: int,
    zone: tzinfo | None,
    to_hunt: Iterable[str],
) -> Plan:
    minutes = {standing.kata.name: standing.kata.total_minutes for standing in standings}
    state = _State(
        new=[_task(kata, minutes[kata], per_day) for kata in _in_order(standings)],
        cards=[card for card in cards if card.kata in minutes and _again(card, standings)],
        zone=zone,
        per_day=per_day,
        minutes=minutes,
        to_hunt=list(to_hunt),
        passed={standing.kata.name: date.min for standing in standings if standing.passed},
    )
    length = (until - today).days + 1
    days = [
        (day, tuple(_day(state, day, length - n - 1)))
        for n, day in enumerate(today + timedelta(n) for n in range(length))
    ]
    left_out = [task.kata for task in (state.going_on, *state.new) if task and not task.review]
    late = [card for card in state.cards if day_of(card.due, zone) <= until]
    reviews = [task.kata for task in (state.going_on,) if task and task.review]
    return Plan(
        tuple((day, entries) for day, entries in days if entries),
        tuple(left_out),
        (*reviews, *(card.kata for card in late)),
    )


def _in_order(standings: Sequence[Standing]) -> list[str]:
    """The katas that have not passed, each after its prerequisites, else as in the catalogue."""
    done = {standing.kata.name for standing in standings if standing.passed}
    waiting = [standing.kata for standing in standings if not standing.passed]
    order = []
    while waiting:
        # A prerequisite that nothing can satisfy must not keep a kata out of the plan.
        ready = (kata for kata in waiting if done.issuperset(kata.prerequisites))
        kata = next(ready, waiting[0])
        waiting.remove(kata)
        done.add(kata.name)
        order.append(kata.name)
    return order


def _again(card: Due, standings: Sequence[Standing]) -> bool:
    """A kata that has not passed is to be passed, not repeated: it has its place already."""
    passed = {standing.kata.name for standing in standings if standing.passed}
    return bool(card.variant) or card.kata in passed


def _task(
    kata: str, minutes: int, per_day: int, card: Due | None = None, variant: str = ""
) -> _Task:
    return _Task(kata, minutes, -(-minutes // per_day), card, variant)


def _day(state: _State, day: date, days_after: int) -> Iterable[Entry]:
    room = state.per_day
    while room > 0 and (task := _take(state, day, room, days_after)):
        now = min(room, task.left)
        yield Entry(task.kata, now, task.review, task.hunt, task.part, task.parts)
        room -= now
        task.left -= now
        task.part += 1
        state.going_on = task if task.left else None
        if not task.left:
            state.cards.append(_reviewed(task, day))
            if not task.hunt:
                state.passed.setdefault(task.kata, day)


def _take(state: _State, day: date, room: int, days_after: int) -> _Task | None:
    """What to do with the room that is left in the day."""
    if state.going_on:
        return state.going_on
    needed = sum(task.left for task in state.new)
    for card in sorted(state.cards, key=lambda card: (card.due, card.kata, card.variant)):
        if day_of(card.due, state.zone) > day:
            break
        task = _review(state, card)
        spare = room + days_after * state.per_day - needed
        if _fits(task, room, state.per_day) and task.left <= spare:
            state.cards.remove(card)
            return task
    if state.new and _fits(state.new[0], room, state.per_day):
        return state.new.pop(0)
    return _first_hunt(state, day, room + days_after * state.per_day - needed, room)


def _first_hunt(state: _State, day: date, spare: int, room: int) -> _Task | None:
    for kata in state.to_hunt if state.first_hunt != day else ():
        task = _task(kata, HUNT_MINUTES, state.per_day, variant=_ANY)
        known = state.passed.get(kata, day) < day
        if known and _fits(task, room, state.per_day) and task.left <= spare:
            state.to_hunt.remove(kata)
            state.first_hunt = day
            return task
    return None


def _fits(task: _Task, room: int, per_day: int) -> bool:
    return task.left <= room or room == per_day


def _review(state: _State, card: Due) -> _Task:
    minutes = HUNT_MINUTES if card.variant else state.minutes[card.kata]
    return _task(card.kata, minutes, state.per_day, card, card.variant)


def _reviewed(task: _Task, day: date) -> Due:
    """The card afterwards, as if all had gone well at noon."""
    at = datetime.combine(day, time(12), UTC).timestamp()
    return schedule.after(task.card, task.kata, task.variant, at, Rating.Good)
