"""The verdicts: what a level, a check or a run of a scenario can come to.

Guarantees: the values are what reports, JSON and the history show; they never change meaning.
"""

import enum


class Verdict(enum.StrEnum):
    """What happened, in the words that a report uses."""

    NOT_STARTED = "NOT STARTED"  # the stub's NotImplementedError was met
    WRONG = "WRONG"  # a promise is broken, whatever the interleaving
    RACE = "RACE"  # a promise is broken under some interleavings
    DEADLOCK = "DEADLOCK"  # threads wait for each other, or for what nobody will do
    HANG = "HANG"  # something runs for ever, or waits by spinning
    LEAK = "LEAK"  # threads or locks are left behind
    CRASH = "CRASH"  # the process died, or ran out of what it may use
    PASS = "PASS"
