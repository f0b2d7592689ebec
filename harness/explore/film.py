"""One execution as data: every step, what it changed, and who holds and waits for what after it.

`harness.page` makes of it a page to step through. Its form:

    threads     their names; elsewhere a thread is its index in this list
    files       {name, suite: is it the suite?, lines: [[number, text], ...] of the functions that ran}
    variables   [name, value before the first step], '' where it is not there yet
    steps       {thread, file, line, function, kind: as in `trace`, or "fail", text: in words,
                 changed: [[name, old, new], ...], held: [[thread, lock], ...] and
                 waits: [[thread, for what, the thread that it needs or None, the lock or ''], ...] after it,
                 switch: does another thread go on here?, fails, skipped: steps left out before it,
                 time: seconds of the scenario, where time has passed}
    left_out    how many steps in all

Guarantees
- Plain lists, dicts, strings and numbers, the same on every supported Python and in every process.
- The last step is the failing one.
- At most MOST_STEPS steps: of a longer execution those that matter, with the number of those left out. What
  a step that was left out has changed is told with the next one that was not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.explore.camera import Camera
from harness.explore.excerpt import excerpt
from harness.explore.failures import Place, RawFailure
from harness.explore.labels import Labels
from harness.explore.rows import conflicts
from harness.explore.schedule import Replayed, Schedule
from harness.explore.search import Everything
from harness.explore.standing import Standing
from harness.explore.trace import Step

if TYPE_CHECKING:
    from harness.explore.program import Program, Scenario

SCHEMA = 1
MOST_STEPS = 2_000
LONGEST_NAME, LONGEST_TEXT = 60, 400  # characters: a candidate names threads and types as it likes
Names = Callable[[int], str]


def shoot(program: Program, scenario: Scenario, schedule: Schedule) -> dict[str, Any] | None:
    """The film of a failing schedule; None if it does not fail."""
    camera = Camera(program.sites, program.name)
    run = program.execute(scenario, Replayed(schedule), Everything(), Everything(), camera)
    camera.settle()
    if run.failure is None or not camera.trace.steps:
        return None
    known = camera.trace.thread_names
    names = [_cut(known.get(t.index) or program.name(t), LONGEST_NAME) for t in run.threads]
    return _Film(program, camera, names).developed(run.failure)


class _Film:
    def __init__(self, program: Program, camera: Camera, names: list[str]) -> None:
        self._camera = camera
        self._names = names
        self._labels = Labels(camera)
        self._suite = "" if program.suite is program.candidate else str(program.suite.path)
        self._sources = {str(s.path): s.text for s in (program.candidate, program.suite)}
        self._files = list(self._sources)

    def developed(self, failure: RawFailure) -> dict[str, Any]:
        told = self._told()
        end = self._end(failure, told[-1])
        kept = choose(told, self._weights(told), MOST_STEPS - 1)
        steps = [*_joined(told, kept), end]
        _number(steps)
        return {
            "schema": SCHEMA,
            "threads": self._names,
            "files": [self._file(name, steps) for name in self._files],
            "variables": self._labels.beginnings(steps, self._suite),
            "steps": steps,
            "left_out": len(told) - len(kept),
        }

    def _told(self) -> list[dict[str, Any]]:
        """All steps but those that say nothing of their own, each with what holds after it."""
        standing = Standing(self._names, self._labels)
        steps = self._camera.trace.steps
        told = []
        for index, step in enumerate(steps):
            standing.after(step, self._camera.waits.get(index, []))
            following = steps[index + 1] if index + 1 < len(steps) else None
            if not _says_nothing(step, following) or index in self._camera.changes:
                told.append(self._step(index, step, standing))
        return told

    def _step(self, index: int, step: Step, standing: Standing) -> dict[str, Any]:
        row = {
            **self._place(step.thread, step.place),
            "kind": step.kind,
            "text": _cut(self._text(index, step, standing), LONGEST_TEXT),
            "changed": self._labels.changed(index),
            "held": standing.held(),
            "waits": standing.waits(),
            "shared": index,
        }
        if index in self._camera.times:
            row["time"] = round(self._camera.times[index], 6)
        return row

    def _place(self, thread: int, place: Place) -> dict[str, Any]:
        file = self._files.index(place.file) if place.file in self._files else 0
        return {"thread": thread, "file": file, "line": place.line, "function": place.function}

    def _text(self, index: int, step: Step, standing: Standing) -> str:
        value = f": {step.value}" if step.value else ""
        match step.kind:
            case "read":
                return f"reads {step.what}{value}"
            case "look":
                return self._look(index, step)
            case "write":
                return _set(step.what, step.value)
            case "call":
                return f"calls {step.what}()"
            case "take":
                return f"takes {self._labels.lock(step.key)}"
            case "release":
                return f"lets go of {self._labels.lock(step.key)}"
            case "block":
                return f"waits {standing.reason(step.thread)}".rstrip()
            case "wake":
                return f"wakes {self._names[step.other or 0]}"
            case _:
                return "ends"

    def _look(self, index: int, step: Step) -> str:
        """At a container by itself, or through a function, whose name is then all that the source says."""
        name = self._labels.box(self._camera.boxes.get(index, 0))
        value = "" if _is_type(step.value) else f": {step.value}"
        if name and not name.startswith(step.what) and "(" not in step.what:
            return f"runs {step.what} on {name}{value}"
        return f"looks at {step.what}{value}"

    def _end(self, failure: RawFailure, last: dict[str, Any]) -> dict[str, Any]:
        """What goes wrong, as a step of its own: the line that fails need not touch anything shared."""
        thread = failure.thread
        mine = [s.place for s in self._camera.trace.steps if s.thread == thread]
        place = failure.place or (mine[-1] if mine else self._camera.trace.steps[-1].place)
        said = failure.headline.replace("{thread}", self._names[thread])
        stuck = {"held": last["held"], "waits": last["waits"]}
        where = self._place(thread, place)
        text = _cut(
            " ".join(said.split("\n\n")[0].split()), LONGEST_TEXT
        )  # the report has the rest
        return {**where, "kind": "fail", "text": text, "changed": [], **stuck, "fails": True}

    def _file(self, name: str, steps: list[dict[str, Any]]) -> dict[str, Any]:
        number = self._files.index(name)
        lines = {step["line"] for step in steps if step["file"] == number}
        return {
            "name": Path(name).name,
            "suite": name == self._suite,
            "lines": excerpt(self._sources[name], lines),
        }

    def _weights(self, told: list[dict[str, Any]]) -> list[int]:
        """How much each step matters to what went wrong."""
        shared = conflicts(self._camera.trace)
        steps = self._camera.trace.steps
        final = {row["thread"]: number for number, row in enumerate(told)}
        weights = []
        for number, row in enumerate(told):
            near = told[max(number - 1, 0) : number + 2]
            switches = any(other["thread"] != row["thread"] for other in near)
            waits = row["kind"] in ("block", "wake", "end")
            last = final[row["thread"]] == number
            weights.append(
                4 * last + 3 * waits + 2 * switches + (steps[row["shared"]].key in shared)
            )
        return weights


def _says_nothing(step: Step, following: Step | None) -> bool:
    """Does it only lead to the next step of the same line, as reading `self.lock` does to taking it?"""
    if following is None or (step.thread, step.place) != (following.thread, following.place):
        return False
    if replace(step, key=None) == replace(following, key=None):
        return True
    further = following.what.startswith((f"{step.what}.", f"{step.what}["))
    again = following.kind == "look" and following.what == step.what
    return step.kind == "read" and (further or again or _is_type(step.value))


def _is_type(value: str) -> bool:
    """Is it the name of a type, which stands for a value that no short text can show?"""
    return not value or (value.isidentifier() and value not in _VALUES)


_VALUES = ("True", "False", "None", "empty", "inf", "nan")


def _set(what: str, value: str) -> str:
    if not value:
        return f"changes {what}"
    if value == "empty":
        return f"makes {what} empty"
    article = "an" if value[0] in "AEIOUaeiou" else "a"
    return f"sets {what} to {article} {value}" if _is_type(value) else f"sets {what} to {value}"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 2]}.."


def choose(told: list[Any], weights: list[int], most: int) -> list[int]:
    """The numbers of the steps to keep, in order: those that weigh most, and of equal ones the latest."""
    ranked = sorted(range(len(told)), key=lambda number: (-weights[number], -number))
    return sorted(ranked[:most])


def _joined(told: list[dict[str, Any]], kept: list[int]) -> list[dict[str, Any]]:
    """The steps that were kept, each with the changes of those before it that were not."""
    steps, done = [], 0
    for number in kept:
        row = dict(told[number])
        row["changed"] = _merged(
            [c for before in told[done : number + 1] for c in before["changed"]]
        )
        row["skipped"] = number - done
        del row["shared"]
        steps.append(row)
        done = number + 1
    return steps


def _merged(changes: list[list[str]]) -> list[list[str]]:
    """One change a variable: from its first old value to its last new one."""
    merged: dict[str, list[str]] = {}
    for name, old, new in changes:
        merged[name] = [name, merged[name][1] if name in merged else old, new]
    return list(merged.values())


def _number(steps: list[dict[str, Any]]) -> None:
    """Marks the switches. That everybody waits is not the doing of the one who is named with it."""
    for before, step in zip([None, *steps], steps, strict=False):
        moved = before is not None and before["thread"] != step["thread"]
        step["switch"] = moved and not (step["kind"] == "fail" and bool(step["waits"]))
        step.setdefault("fails", False)
        step.setdefault("skipped", 0)
