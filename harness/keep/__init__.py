"""What is kept of a learner's work, in `.kata/kata.sqlite`, and what is made of it.

`Store` is the way in: attempts, hints, resets, and the cards of spaced repetition. `records` has
what goes in and comes out, `schedule` the rule that makes a rating of an attempt, `standing`,
`proposal` and `plan` what follows from it all; these four read no clock and no file.
"""

from harness.keep.records import Asked, Attempt, Due, HintShown, Kind, LevelOutcome, Reset, Review
from harness.keep.store import Store

__all__ = [
    "Asked",
    "Attempt",
    "Due",
    "HintShown",
    "Kind",
    "LevelOutcome",
    "Reset",
    "Review",
    "Store",
]
