"""Judges what a person says of a fault after reading, before anything has run."""

import difflib
from collections.abc import Collection
from dataclasses import dataclass

from harness.hunt.choice import KINDS
from harness.verdict import Verdict

NEAR = 2  # lines above or below count as found


@dataclass(frozen=True)
class Guess:
    """The kind of fault (an index into KINDS) and a line of the program."""

    kind: int
    line: int


def faulty_lines(program: str, reference: str) -> set[int]:
    """The lines of the program that differ from the reference, or beside which something is missing."""
    ours, theirs = program.splitlines(), reference.splitlines()
    found: set[int] = set()
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    for tag, start, end, _, _ in matcher.get_opcodes():
        if tag == "equal":
            continue
        # Where lines are missing, the fault is between two that are there.
        found |= set(range(start + 1, end + 1)) or {start, start + 1}
    return found


def judge(guess: Guess, verdict: Verdict, lines: Collection[int]) -> tuple[bool, bool]:
    """Whether the kind is right, and whether the line is."""
    return verdict in KINDS[guess.kind][1], any(abs(guess.line - line) <= NEAR for line in lines)
