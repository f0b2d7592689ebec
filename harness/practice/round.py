"""A round of practice as data: where it stands, and how it goes on.

Guarantees: frozen; reads no clock: active seconds are handed in. Time that is not handed in (a
pause, a closed terminal, a night) does not count.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from harness.catalogue import PHASES, Kata
from harness.keep import Attempt, Kind, LevelOutcome
from harness.verdict import Verdict

CODE, REVIEW, DONE = "code", "review", "done"
GRACE = 60.0  # seconds after the time to code is up, to finish the line
# What one is asked to score oneself on in the review, from 1 to 4.
RUBRIC = (
    "I asked before I drew, and wrote down what I assumed",
    "I could say why each primitive is there, and what goes wrong without it",
    "I named the failure modes before the tests did",
    "I spoke while I wrote, and somebody could have followed",
)


@dataclass(frozen=True)
class Round:
    """One round; durations in seconds."""

    uid: str
    kata: str
    started: float  # seconds since the epoch
    budget: Mapping[str, float]  # of each phase
    phase: str = PHASES[0]
    spent: Mapping[str, float] = field(default_factory=dict)
    passed: Mapping[int, float] = field(
        default_factory=dict
    )  # level -> active time when it first passed
    verdicts: Mapping[int, str] = field(
        default_factory=dict
    )  # level -> verdict, of the last grading
    scores: Mapping[int, int] = field(default_factory=dict)  # line of RUBRIC -> 1 to 4

    @property
    def active(self) -> float:
        """Time spent, pauses apart."""
        return sum(self.spent.values())

    @property
    def left_in_phase(self) -> float:
        """Negative where it is over."""
        return self.budget.get(self.phase, 0.0) - self.spent.get(self.phase, 0.0)

    @property
    def left_in_all(self) -> float:
        """What is left of this phase and of those after it."""
        later = PHASES[PHASES.index(self.phase) + 1 :] if self.phase in PHASES else ()
        return max(0.0, self.left_in_phase) + sum(self.budget[phase] for phase in later)

    @property
    def in_grace(self) -> bool:
        """Is the time to code up, but for the last minute?"""
        return self.phase == CODE and -GRACE < self.left_in_phase <= 0

    @property
    def over_time(self) -> bool:
        """Is that minute gone as well? Then the verdict counts as it stands."""
        return self.phase == CODE and self.left_in_phase <= -GRACE

    def after(self, seconds: float) -> "Round":
        """Time has passed."""
        if self.phase == DONE:
            return self
        spent = {**self.spent, self.phase: self.spent.get(self.phase, 0.0) + seconds}
        return replace(self, spent=spent)

    def moved_on(self) -> "Round":
        """In the next phase."""
        if self.phase == DONE:
            return self
        following = [*PHASES[1:], DONE][PHASES.index(self.phase)]
        return replace(self, phase=following)

    def graded(self, verdicts: Mapping[int, str]) -> "Round":
        """With what a grading came to: the levels that it reached, in order."""
        if self.phase != CODE:
            return self
        news = {n: self.active for n, verdict in verdicts.items() if verdict == Verdict.PASS}
        return replace(self, verdicts=dict(verdicts), passed={**news, **self.passed})

    def scored(self, line: int, points: int) -> "Round":
        """With a line of the rubric filled in."""
        return replace(self, scores={**self.scores, line: points})

    def as_attempt(self, kata: Kata, ended: float | None) -> Attempt:
        """For the history."""
        levels = tuple(
            LevelOutcome(number, Verdict(verdict), self.passed.get(number))
            for number, verdict in sorted(self.verdicts.items())
        )
        return Attempt(
            kata=self.kata,
            kind=Kind.PRACTICE,
            started=self.started,
            ended=ended,
            levels=levels,
            of=len(kata.levels),
            active=self.active - self.spent.get(REVIEW, 0.0),
            par=sum(self.budget.values()) - self.budget[REVIEW],
            phases=tuple((phase, self.spent.get(phase, 0.0)) for phase in PHASES),
            uid=self.uid,
        )


def begin(kata: Kata, uid: str, started: float, minutes: float | None = None) -> Round:
    """A new round; with `minutes`, its phases share them as the kata's own share theirs."""
    scale = 1.0 if minutes is None else minutes / kata.total_minutes
    budget = {phase: 60.0 * scale * kata.minutes[phase] for phase in PHASES}
    return Round(uid, kata.name, started, budget)
