"""What the audit demands of a kata. Each rule yields sentences: what is at fault, and what would not be."""

import re
from collections.abc import Iterator, Sequence

from harness.audit.judge import Judged, is_named
from harness.catalogue import Kata
from harness.native.references import reference
from harness.variants import Broken
from harness.verdict import Verdict

HINTS = 3  # a level


def faults(kata: Kata, judged: Sequence[Judged]) -> list[str]:
    """Everything that is at fault with a kata's files and with what became of them."""
    found = [fault for one in judged for fault in faults_of(one)]
    found += idle_tests(judged)
    found += empty_hints(kata)
    return found


def faults_of(one: Judged) -> Iterator[str]:
    """Is this the verdict that the file should get?"""
    what = one.subject.candidate.named or "stub"
    if one.subject.broken is not None:
        yield from (f"{what} {fault}" for fault in _of_broken(one, one.subject.broken))
    elif one.subject.candidate.named:
        for check in one.failures:
            yield f"{what} is right, and fails {check.test}: {check.verdict}"
        if what == "solution":
            yield from (f"{test} explores nothing of the solution" for test in one.vacuous)
    else:
        verdicts = {check.verdict for check in one.failures if check.level == 1}
        if verdicts != {Verdict.NOT_STARTED}:
            yield f"the stub is {', '.join(sorted(verdicts)) or 'PASS'}, not NOT STARTED"


def _of_broken(one: Judged, header: Broken) -> Iterator[str]:
    if not one.failures:
        yield "survives"
        return
    levels = {check.level for check in one.failures}
    if levels != {header.level}:
        yield f"fails at level {min(levels)}; its header says {header.level}"
    if all(check.finding and check.finding.watchdog for check in one.failures):
        yield "is killed by a timeout alone"
    verdicts = {check.verdict for check in one.failures if is_named(check, header.killed_by)}
    if header.verdict not in verdicts:
        seen = ", ".join(sorted(verdicts)) or "no failure"
        yield f"has {seen} in {header.killed_by}; its header says {header.verdict}"


def idle_tests(judged: Sequence[Judged]) -> Iterator[str]:
    """Tests that no broken variant fails: nobody would notice if they were gone."""
    killers = {check.function for one in judged if one.subject.broken for check in one.failures}
    for one in judged:
        if one.subject.candidate.named == "solution":
            for test in dict.fromkeys(one.tests):
                if test not in killers:
                    yield f"{test} kills nothing: add the broken variant that it is for, or drop it"


def empty_hints(kata: Kata) -> Iterator[str]:
    """Hints without a text, and levels without three."""
    file = kata.folder / "hints.md"
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    for level in kata.levels:
        section = re.search(rf"^## Level {level.number}\b.*?(?=^## |\Z)", text, re.M | re.S)
        _, *hints = re.split(r"^### ", section[0] if section else "", flags=re.M)
        if len(hints) != HINTS:
            yield f"level {level.number} has {len(hints)} hints, not {HINTS}"
        for hint in hints:
            title, _, body = hint.partition("\n")
            if not body.strip():
                yield f"level {level.number}: {title!r} is empty"


def strays(katas: Sequence[Kata]) -> Iterator[str]:
    """Files under katas/ or solutions/ that belong to no kata."""
    if not katas:
        return
    base = katas[0].folder.parents[1]
    known = {base / "katas" / "README.md", base / "katas" / "conftest.py"}
    known.add(base / "solutions" / "README.md")
    for kata in katas:
        known |= {kata.stub, kata.suite, kata.solution, kata.solutions / "notes.md"}
        known |= {kata.folder / name for name in ("README.md", "hints.md", "kata.toml")}
        known |= {variant.path for variant in kata.broken()}
        known |= {variant.path for variant in kata.right()}
        endings = (".h", ".c", "_stress.c", "_bench.c")
        known |= {kata.solutions / f"{kata.name}{ending}" for ending in endings}
        c = reference(kata)
        known |= {broken.path for broken in c.broken()} if c else set()
    for top in ("katas", "solutions"):
        for path in sorted((base / top).rglob("*")):
            if path.is_file() and path not in known and "__pycache__" not in path.parts:
                yield f"{path.relative_to(base)} belongs to no kata"
