"""What to do next, and why.

Guarantees: what is due comes first, the longest overdue in front; then what has been begun; then the next
kata, in the catalogue's order, whose prerequisites have passed. The same arguments give the same
answer. A bug hunt is never named by its variant: the name gives the fault away.
"""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from harness.keep.records import Due
from harness.keep.standing import Standing


class Why(enum.Enum):
    """The reason for a proposal."""

    DUE = "due"
    BEGUN = "begun"
    NEW = "new"


@dataclass(frozen=True)
class Proposal:
    """One thing to do."""

    kata: str
    why: Why
    minutes: int
    hunt: bool = False
    days_over: int = 0  # of what is due
    level: int = 1  # where one stands in what was begun


HUNT_MINUTES = 15


def day_of(moment: float, zone: tzinfo | None) -> date:
    """The day of a moment, where the person is (the system's own zone for None)."""
    return datetime.fromtimestamp(moment, zone).date()


def proposals(
    standings: Sequence[Standing], cards: Iterable[Due], today: date, zone: tzinfo | None
) -> tuple[Proposal, ...]:
    """Everything that could be done today, the most urgent first."""
    minutes = {standing.kata.name: standing.kata.total_minutes for standing in standings}
    due = [
        Proposal(
            card.kata,
            Why.DUE,
            HUNT_MINUTES if card.variant else minutes[card.kata],
            bool(card.variant),
            (today - day_of(card.due, zone)).days,
        )
        for card in sorted(cards, key=lambda card: (card.due, card.kata, card.variant))
        if card.kata in minutes and day_of(card.due, zone) <= today
    ]
    again = {proposal.kata for proposal in due if not proposal.hunt}
    fresh = [_to_pass(standing) for standing in open_katas(standings)]
    fresh.sort(key=lambda proposal: proposal.why is not Why.BEGUN)  # stable
    return (*due, *(proposal for proposal in fresh if proposal.kata not in again))


def open_katas(standings: Sequence[Standing]) -> tuple[Standing, ...]:
    """Those that have not passed yet, and whose prerequisites have."""
    passed = {standing.kata.name for standing in standings if standing.passed}
    return tuple(
        standing
        for standing in standings
        if not standing.passed and passed.issuperset(standing.kata.prerequisites)
    )


def _to_pass(standing: Standing) -> Proposal:
    kata, level = standing.kata, standing.level or 1
    why = Why.BEGUN if standing.begun else Why.NEW
    return Proposal(kata.name, why, kata.total_minutes, level=level)
