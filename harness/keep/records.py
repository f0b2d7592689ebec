"""What is kept: attempts, hints, resets, requests for the solution, reviews, and cards.

Guarantees: frozen; what was recorded is told apart by `uid`, or by all its fields, so that the same
thing read from two files is known to be the same.
Assumptions: moments are seconds since the epoch; durations are seconds, of active time alone.
"""

import enum
import uuid
from dataclasses import dataclass, field

from harness.verdict import Verdict


class Kind(enum.StrEnum):
    """What a person was doing."""

    GRADE = "grade"  # `kata grade`: one look at code that may have taken days
    PRACTICE = "practice"  # a round against the clock
    HUNT = "hunt"  # a bug hunt: finding and mending what a broken variant does wrong


@dataclass(frozen=True)
class LevelOutcome:
    """How one level came out. The verdict is None where it was not reached."""

    number: int
    verdict: Verdict | None
    passed_at: float | None = None  # active seconds into the attempt when it first passed


@dataclass(frozen=True)
class Attempt:
    """One attempt; `ended` is None while it goes on."""

    kata: str
    kind: Kind
    started: float
    ended: float | None
    levels: tuple[LevelOutcome, ...]  # those that were graded
    of: int  # how many levels the kata has
    active: float | None = None  # None where nobody took the time, as in `kata grade`
    par: float | None = None  # the time it should take
    phases: tuple[tuple[str, float], ...] = ()  # in their order, with the time spent in each
    variant: str = ""  # which broken variant a hunt is about
    implementation: str = ""  # as `--impl` named it; '' for the stub's own file
    source: str | None = None  # SHA-256 of the code, which the store has
    uid: str = field(default_factory=lambda: uuid.uuid4().hex)
    number: int = 0  # counted from 1 within the kata and the kind of work; 0 before it is recorded

    @property
    def passed(self) -> int:
        """How many levels passed."""
        return sum(level.verdict is Verdict.PASS for level in self.levels)

    @property
    def complete(self) -> bool:
        """Whether every level of the kata passed."""
        return self.passed >= self.of

    @property
    def points(self) -> int:
        """Out of 100: the share of the kata's levels that passed."""
        return min(100, 100 * self.passed // max(1, self.of))


@dataclass(frozen=True, order=True)
class HintShown:
    """A hint that was taken."""

    kata: str
    level: int
    number: int
    at: float


@dataclass(frozen=True, order=True)
class Reset:
    """The stub was put back: hints and levels are counted afresh from here."""

    kata: str
    at: float


@dataclass(frozen=True, order=True)
class Asked:
    """The solution was asked for, and shown or refused."""

    kata: str
    at: float
    shown: bool


@dataclass(frozen=True)
class Review:
    """What an attempt said about how well a kata, or a bug hunt, is remembered."""

    uid: str  # the attempt's
    kata: str
    variant: str  # '' for the kata itself
    at: float
    rating: int  # 1 Again, 2 Hard, 3 Good, 4 Easy


@dataclass(frozen=True)
class Due:
    """A card: when a kata, or a bug hunt, should be practised again."""

    kata: str
    variant: str  # '' for the kata itself
    stability: float  # days until the chance to remember has fallen to 90%
    difficulty: float  # 1 to 10
    last: float
    due: float
