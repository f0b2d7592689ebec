"""What the audit demands of a kata's C files: the reference is clean, each broken variant is caught.

Each examination yields sentences: what is at fault. What this machine cannot examine is told apart.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from harness.audit.judge import is_named
from harness.candidates import native
from harness.grading.grade import first_failures, grade
from harness.grading.launch import Launch, fresh
from harness.native.compiler import Compiler
from harness.native.references import BrokenC, Reference
from harness.native.sanitizers import Ran, Sanitizer, available, run

ENOUGH = 4  # broken variants a kata


@dataclass(frozen=True)
class Examination:
    """One thing to look at; `faults` does it."""

    name: str
    sanitizer: Sanitizer | None  # that it needs
    faults: Callable[[], Iterator[str]]


def examinations(
    reference: Reference, compiler: Compiler, launch: Launch = fresh
) -> list[Examination]:
    """All that is to be looked at of one kata."""
    kata = reference.kata.name
    found = [
        Examination(f"{kata}-{kind}", kind, lambda kind=kind: _is_clean(reference, compiler, kind))  # type: ignore[misc]
        for kind in Sanitizer
    ]
    found.append(Examination(f"{kata}-suite", None, lambda: _passes(reference, launch)))
    for broken in reference.broken():
        found.append(
            Examination(
                f"{kata}-c:{broken.name}",
                broken.sanitizer,
                lambda broken=broken: _is_caught(reference, broken, compiler, launch),  # type: ignore[misc]
            )
        )
    return found


def can_be_done(examination: Examination, compiler: Compiler) -> bool:
    """Has this machine's compiler the sanitizer that it needs?"""
    return examination.sanitizer is None or available(compiler, examination.sanitizer)


def examined(
    wanted: Iterable[Examination], compiler: Compiler, tell: Callable[[str], None]
) -> Iterator[tuple[str, list[str] | None]]:
    """Each one's name and faults; None where this machine cannot examine it.

    tell: is told the name of each before it begins.
    """
    for one in wanted:
        tell(one.name)
        yield one.name, list(one.faults()) if can_be_done(one, compiler) else None


def _ran(reference: Reference, broken: BrokenC | None, compiler: Compiler, kind: Sanitizer) -> Ran:
    source = broken.path if broken else reference.source
    return run(compiler, source, reference.header, reference.driver, kind)


def _is_clean(reference: Reference, compiler: Compiler, kind: Sanitizer) -> Iterator[str]:
    ran = _ran(reference, None, compiler, kind)
    if not ran.clean:
        yield f"the C reference is not clean under the {kind}: status {ran.status}\n{ran.said}"


def _passes(reference: Reference, launch: Launch) -> Iterator[str]:
    graded = grade(reference.kata, native(reference.kata, reference.source, "c"), launch=launch)
    for level in graded.levels:
        for check in level.failures:
            headline = check.finding.headline if check.finding else ""
            yield f"the C reference fails {check.test}: {check.verdict}: {headline}"


def _is_caught(
    reference: Reference, broken: BrokenC, compiler: Compiler, launch: Launch
) -> Iterator[str]:
    if broken.sanitizer is not None:
        ran = _ran(reference, broken, compiler, broken.sanitizer)
        if not ran.caught:
            yield f"c:{broken.name} is not caught by the {broken.sanitizer}: status {ran.status}\n{ran.said}"
        return
    candidate = native(reference.kata, broken.path, f"c:{broken.name}")
    failures = first_failures(reference.kata, candidate, launch)
    if not any(is_named(check, broken.killed_by) for check in failures):
        seen = ", ".join(check.test for check in failures) or "nothing"
        yield f"c:{broken.name} fails {seen}, not {broken.killed_by}"
