"""Grades the mutants of a reference, and sets those that survive against what the notes say of them.

Guarantees: a mutant survives if a full grading of it finds nothing. It counts as explained if the
kata's notes name its function, its line before and its line after, and give a reason.
"""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from harness.audit.judge import AT_ONCE
from harness.audit.mutants import Mutant, mutants, spread
from harness.catalogue import Kata
from harness.grading.grade import Candidate, first_failures
from harness.grading.launch import Launch, Nursery

HEADING = "## Mutants that survive"
AT_MOST = 400  # mutants of a kata that are graded
Key = tuple[str, str, str]  # function, line before, line after
_SECTION = re.compile(rf"^{HEADING}\s*$(.*?)(?=^## |\Z)", re.M | re.S)
_NAMED = re.compile(r"`([^`]+)`:\s+`([^`]+)`\s+->\s+`([^`]+)`")


@dataclass(frozen=True)
class Fate:
    """What became of a mutant."""

    mutant: Mutant
    killed_by: str  # the first test that failed; '' if it survives
    timed_out: bool = False  # killed by the watchdog alone

    @property
    def survives(self) -> bool:
        """Did no test fail?"""
        return not self.killed_by


@dataclass(frozen=True)
class Mutation:
    """The mutants of a reference and what is said of those that survive."""

    kata: Kata
    all: tuple[Mutant, ...]
    fates: tuple[Fate, ...]  # of those that were graded
    notes: tuple[Key, ...]

    @property
    def survivors(self) -> list[Mutant]:
        """Those that no test fails."""
        return [fate.mutant for fate in self.fates if fate.survives]

    @property
    def unexplained(self) -> list[Mutant]:
        """Survivors of which the notes say nothing."""
        return [mutant for mutant in self.survivors if mutant.key not in self.notes]

    @property
    def stale(self) -> list[Key]:
        """Notes on what does not survive: it is killed, or there is no such mutant."""
        # A mutant that was not graded may well survive.
        graded = {fate.mutant.key for fate in self.fates}
        spared = {mutant.key for mutant in self.all} - graded
        known = {mutant.key for mutant in self.survivors} | spared
        return [key for key in self.notes if key not in known]


def mutate(kata: Kata, tell: Callable[[int, int], None]) -> Mutation:
    """Grades the mutants, some at a time; tells how many of how many are done."""
    found = mutants(kata.solution.read_text(encoding="utf-8"))
    chosen = spread(found, AT_MOST)
    fates = []
    with TemporaryDirectory() as folder, Nursery() as nursery, ThreadPoolExecutor(AT_ONCE) as pool:
        files = _write(chosen, kata, Path(folder))
        for fate in pool.map(lambda each: _fate(kata, each[0], each[1], nursery), files):
            fates.append(fate)
            tell(len(fates), len(chosen))
    return Mutation(kata, tuple(found), tuple(fates), tuple(explained(kata)))


def explained(kata: Kata) -> list[Key]:
    """The survivors that the kata's notes give a reason for."""
    notes = kata.solutions / "notes.md"
    return read_notes(notes.read_text(encoding="utf-8")) if notes.is_file() else []


def read_notes(text: str) -> list[Key]:
    """What is named under the heading. An entry may name several with one reason for all."""
    section = _SECTION.search(text)
    found = []
    for entry in re.split(r"^- ", section[1], flags=re.M)[1:] if section else []:
        entry = " ".join(entry.split())
        if re.search(r"\w", _NAMED.sub("", entry)):  # without a reason it explains nothing
            found += [
                (function, before, after) for function, before, after in _NAMED.findall(entry)
            ]
    return found


def _write(chosen: Sequence[Mutant], kata: Kata, folder: Path) -> list[tuple[Mutant, Path]]:
    files = []
    for number, mutant in enumerate(chosen):
        path = folder / str(number) / kata.solution.name
        path.parent.mkdir()
        path.write_text(mutant.source, encoding="utf-8")
        files.append((mutant, path))
    return files


def _fate(kata: Kata, mutant: Mutant, path: Path, launch: Launch) -> Fate:
    failures = first_failures(kata, Candidate(path), launch)
    if not failures:
        return Fate(mutant, "")
    timed_out = all(check.finding and check.finding.watchdog for check in failures)
    return Fate(mutant, failures[0].test, bool(timed_out))
