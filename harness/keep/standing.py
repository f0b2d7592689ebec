"""Where a learner stands in a kata: what passes, the best so far, the personal best times.

Guarantees: only one's own code counts, and bug hunts, which begin from a solution, do not. `level`
looks only at what came after the stub was put back last; the bests look at everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from harness.catalogue import Kata
from harness.keep.records import Attempt, Kind
from harness.keep.store import Store
from harness.verdict import Verdict


@dataclass(frozen=True)
class Standing:
    """What the attempts at one kata come to."""

    kata: Kata
    attempts: tuple[Attempt, ...]  # oldest first, bug hunts left out
    last_reset: float = float("-inf")

    @property
    def passed(self) -> bool:
        """Whether all levels have passed, at one time or another."""
        return any(attempt.complete for attempt in self.attempts)

    @property
    def begun(self) -> bool:
        """Whether there is anything in the stub's place, as far as is known."""
        return bool(self._since_reset)

    @property
    def best(self) -> Attempt | None:
        """The attempt with the most levels; the quickest of those, then the earliest."""
        ranked = sorted(self.attempts, key=lambda attempt: (-attempt.passed, *_time(attempt)))
        return ranked[0] if ranked else None

    @property
    def fastest(self) -> Attempt | None:
        """The quickest of those that were timed and passed everything."""
        timed = [a for a in self.attempts if a.complete and a.ended and a.active is not None]
        return min(timed, key=_time, default=None)

    @property
    def level(self) -> int | None:
        """The first level that does not pass as the code was graded last; None if all pass."""
        latest = {
            outcome.number: outcome.verdict
            for attempt in self._since_reset
            for outcome in attempt.levels
        }
        numbers = [level.number for level in self.kata.levels]
        return next((n for n in numbers if latest.get(n) is not Verdict.PASS), None)

    def split(self, level: int) -> float | None:
        """The shortest time in which that level was reached and passed."""
        times = [
            outcome.passed_at
            for attempt in self.attempts
            for outcome in attempt.levels
            if outcome.number == level and outcome.passed_at is not None
        ]
        return min(times, default=None)

    @property
    def _since_reset(self) -> tuple[Attempt, ...]:
        return tuple(a for a in self.attempts if a.started > self.last_reset)


def of(kata: Kata, store: Store) -> Standing:
    """Where the learner stands in the kata."""
    return _standing(kata, store.attempts(kata.name), store.last_reset(kata.name))


def of_all(katas: Iterable[Kata], store: Store) -> tuple[Standing, ...]:
    """The same for each of them, in their order."""
    attempts = store.attempts()
    return tuple(_standing(kata, attempts, store.last_reset(kata.name)) for kata in katas)


def _standing(kata: Kata, attempts: Iterable[Attempt], last_reset: float) -> Standing:
    own = (a for a in attempts if a.kata == kata.name and a.kind is not Kind.HUNT)
    return Standing(kata, tuple(own), last_reset)


def _time(attempt: Attempt) -> tuple[float, float]:
    return (float("inf") if attempt.active is None else attempt.active, attempt.started)
