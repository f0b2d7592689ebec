"""Names the kind of a bug in one sentence, from the trace of the execution that it broke.

Guarantees
- A sentence is said only of what the trace shows: a pattern that is not there is not guessed at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness.explore.failures import RawFailure, Wait, circle_of
from harness.explore.trace import Step, Trace, same_place
from harness.verdict import Verdict

Names = Callable[[int], str]


@dataclass(frozen=True)
class Evidence:
    """What the explanations look at."""

    failure: RawFailure
    trace: Trace
    names: Names


def kind_of_bug(evidence: Evidence) -> str:
    """One sentence, or nothing if no pattern fits."""
    verdict = evidence.failure.verdict
    if verdict is Verdict.DEADLOCK:
        return _deadlock(evidence)
    if verdict in (Verdict.WRONG, Verdict.RACE):
        return _race(evidence)
    return ""


# -- deadlocks ----------------------------------------------------------------------------------------


def _deadlock(evidence: Evidence) -> str:
    waits = evidence.failure.waits
    circle = circle_of(waits)
    if len(circle) == 1:
        wait = circle[0]
        asks = f"{wait.name} asks for a lock that it already holds{_line(wait)}"
        return f"{asks}: a plain Lock cannot be taken twice."
    if circle and all(w.kind == "lock" for w in circle):
        parts = [f"{w.name} waits{_line(w)} {w.what}" for w in circle]
        return f"Locks are taken in different orders: {', and '.join(parts)}."
    if circle:
        parts = [f"{w.name} waits{_line(w)} {w.what}" for w in circle]
        return f"A circle of waiting: {', and '.join(parts)}."
    return _sleepers(evidence, [w for w in waits if w.kind in ("condition", "queue")])


def _line(wait: Wait) -> str:
    return f" at line {wait.place.line}" if wait.place is not None else ""


def _sleepers(evidence: Evidence, asleep: list[Wait]) -> str:
    if not asleep:
        return ""
    first = asleep[0]
    lost = _lost_wakeup(evidence, first)
    if lost:
        return lost
    partial = _woke_too_few(evidence, first)
    names = " and ".join(w.name for w in asleep)
    verb = "sleeps" if len(asleep) == 1 else "sleep"
    them = "it" if len(asleep) == 1 else "them"
    return f"{names} {verb}{_line(first)} and nobody is left to wake {them}{partial}."


def _fell_asleep(evidence: Evidence, wait: Wait) -> int | None:
    steps = evidence.trace.steps
    for index in reversed(range(len(steps))):
        if steps[index].thread == wait.thread and steps[index].kind == "block":
            return index
    return None


def _notifies(step: Step) -> bool:
    return step.kind == "call" and step.what.endswith(
        (".notify", ".notify_all", ".set", ".notifyAll")
    )


def _lost_wakeup(evidence: Evidence, wait: Wait) -> str:
    """The notify came between the look at the condition and the wait."""
    steps = evidence.trace.steps
    slept = _fell_asleep(evidence, wait)
    if slept is None:
        return ""
    looked = next(
        (i for i in reversed(range(slept))
         if steps[i].thread == wait.thread and steps[i].kind in ("look", "read")
         and steps[i].place.line != steps[slept].place.line),
        None,
    )  # fmt: skip
    if looked is None:
        return ""
    for index in range(looked, slept):
        step = steps[index]
        if step.thread != wait.thread and _notifies(step) and not _woke_after(steps, index):
            return (
                f"Lost wakeup: {evidence.names(step.thread)} notified at line {step.place.line}, after "
                f"{wait.name} had looked (line {steps[looked].place.line}) and before it slept "
                f"(line {steps[slept].place.line}): nobody heard it."
            )
    return ""


def _woke_after(steps: list[Step], index: int) -> bool:
    """Did the notify at `index` wake anybody? Its wake-ups are the very next steps of its thread."""
    mine = steps[index].thread
    following = next((step for step in steps[index + 1 :] if step.thread == mine), None)
    return following is not None and following.kind == "wake"


def _woke_too_few(evidence: Evidence, wait: Wait) -> str:
    """A notify() after it had fallen asleep woke another one."""
    steps = evidence.trace.steps
    slept = _fell_asleep(evidence, wait)
    for step in reversed(steps[slept or 0 :]):
        if step.kind == "wake" and step.other is not None and step.other != wait.thread:
            me, other = evidence.names(step.thread), evidence.names(step.other)
            return f"; {me} woke {other} alone at line {step.place.line}"
    return ""


# -- races ----------------------------------------------------------------------------------------------


def _race(evidence: Evidence) -> str:
    return _lost_update(evidence) or _early_publication(evidence) or _check_then_act(evidence)


def _lost_update(evidence: Evidence) -> str:
    """A reads, B writes, A writes what it made of its read."""
    steps = evidence.trace.steps
    for index, write in enumerate(steps):
        if write.kind != "write" or write.key is None:
            continue
        mine = [
            i for i in range(index) if steps[i].thread == write.thread and steps[i].key == write.key
        ]
        if not mine or steps[mine[-1]].kind != "read":
            continue
        between = next(
            (s for s in steps[mine[-1] + 1 : index] if s.key == write.key and s.kind == "write"),
            None,
        )
        if between is not None:
            return _lost_update_sentence(evidence, steps[mine[-1]], between, write)
    return ""


def _lost_update_sentence(evidence: Evidence, read: Step, between: Step, write: Step) -> str:
    me, other = evidence.names(write.thread), evidence.names(between.thread)
    saw = f" ({read.value})" if read.value else ""
    return (
        f"Lost update: {me} read {read.what}{saw} at line {read.place.line}, {other} changed it at line "
        f"{between.place.line}, then {me} wrote back what it had made of the old value at line "
        f"{write.place.line}."
    )


def _early_publication(evidence: Evidence) -> str:
    """A writes one thing and then another; B sees the first and looks at the second in between."""
    steps = evidence.trace.steps
    for index, late in enumerate(steps):
        if late.kind != "write" or late.key is None:
            continue
        for early in _written_before(steps, index):
            between = steps[early + 1 : index]
            saw = next((i for i, s in enumerate(between) if _reads(s, steps[early])), None)
            if saw is not None and any(_reads(s, late) for s in between[saw:]):
                return _early_publication_sentence(evidence, steps[early], late, between[saw])
    return ""


def _written_before(steps: list[Step], index: int) -> Iterator[int]:
    """Writes of the same thread, in one go with the one at `index`.

    In one go: in one call of a function (its lines follow each other), with no lock taken or let go on the
    way. What stands in two critical sections, or in two calls, was not meant to come together.
    """
    late = line = steps[index]
    for earlier in reversed(range(index)):
        step = steps[earlier]
        if step.thread != late.thread:
            continue
        if step.kind in ("take", "release", "block") or step.place.function != late.place.function:
            return
        if step.place.line > line.place.line:
            return
        line = step
        if step.kind == "write" and step.key is not None and step.key != late.key:
            yield earlier


def _reads(step: Step, write: Step) -> bool:
    return step.kind in ("read", "look") and step.thread != write.thread and step.key == write.key


def _early_publication_sentence(evidence: Evidence, early: Step, late: Step, saw: Step) -> str:
    me, other = evidence.names(late.thread), evidence.names(saw.thread)
    return (
        f"Published too early: {me} wrote {early.what} at line {early.place.line} and only then "
        f"{late.what} at line {late.place.line}; {other} saw the first at line {saw.place.line} and "
        f"used the second before it was there."
    )


def _check_then_act(evidence: Evidence) -> str:
    """A looks, B changes what A looked at, A acts on it."""
    steps = evidence.trace.steps
    for index, act in enumerate(steps):
        if act.kind not in ("write", "call") or act.key is None:
            continue
        checks = [
            i for i in range(index)
            if steps[i].thread == act.thread and steps[i].kind in ("look", "read")
            and same_place(steps[i].key, act.key)
        ]  # fmt: skip
        if not checks:
            continue
        check = steps[checks[-1]]
        between = next(
            (s for s in steps[checks[-1] + 1 : index]
             if s.thread != act.thread and s.kind in ("write", "call") and same_place(s.key, act.key)),
            None,
        )  # fmt: skip
        if between is not None:
            me, other = evidence.names(act.thread), evidence.names(between.thread)
            return (
                f"Check-then-act: {me} looked at {check.what} at line {check.place.line} and acted on it at "
                f"line {act.place.line}, but {other} had changed it in between at line {between.place.line}."
            )
    return ""
