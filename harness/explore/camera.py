"""A tracer that also sees values change, for the page that steps through an execution.

Guarantees
- No code of the candidate runs to show a value: what is looked up is looked up as `trace` does, and in
  containers only under keys of plain types.
- What a step changed is known after the step itself, before anything else happens.
Assumptions
- What is touched lives as long as the execution (see `memory`), so that an id names one object.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.explore.failures import is_users, wait_facts
from harness.explore.kernel import START_OF_TIME
from harness.explore.locks import Lock, RLock
from harness.explore.simthread import Frozen, Never
from harness.explore.sites import SiteTable
from harness.explore.state import STATE
from harness.explore.trace import Step, Tracer, class_name, harmless, shown

if TYPE_CHECKING:
    from harness.explore.kernel import Execution
    from harness.explore.simthread import SimThread

Key = Hashable
BOXES = (list, dict, set, deque, tuple, frozenset, bytearray)
PLAIN = (bool, int, float, str, bytes, type(None))
NOTHING = object()  # what is looked up where nothing is


@dataclass(frozen=True)
class Change:
    """A variable before and after a step; '' where it was not there."""

    variable: Key
    old: str
    new: str


@dataclass
class Variable:
    """Something that threads share, as the source names it where it was first seen."""

    text: str
    file: str
    owner: Key = None  # the object that it is an attribute of, or the container that it is in
    kind: str = ""  # the owner's type
    telling: bool = False  # has it ever had a value that a text can show?
    seen: str = ""  # its value when it was first read, if that was before any write


@dataclass(frozen=True)
class Waiting:
    """A thread that cannot go on now."""

    thread: int
    kind: str  # lock, condition, join, queue, sleep, frozen
    timed: bool  # does it wait for a limited time?
    key: int  # the id of what it waits for
    other: int | None  # the thread that holds it, or whose end it is


@dataclass(frozen=True)
class _Watched:
    variable: Key
    text: str  # what to call it
    file: str
    owner: object
    look: Callable[[], Any]
    before: str


class Camera(Tracer):
    """Writes down one execution with all that it changes."""

    def __init__(self, sites: SiteTable, name_of: Callable[[SimThread], str]) -> None:
        super().__init__(sites, name_of)
        self.changes: dict[int, Change] = {}  # by the index of the step
        self.variables: dict[Key, Variable] = {}
        self.homes: dict[
            int, Key
        ] = {}  # by the id of a lock or a container: the first that held it
        self.waits: dict[int, list[Waiting]] = {}  # by the index of the step: who waits after it
        self.times: dict[int, float] = {}  # by the index of the step, where time has passed
        self.boxes: dict[int, int] = {}  # by the index of a look: the id of what it looked at
        self._time = START_OF_TIME
        self._watched: list[_Watched] = []
        self._file = ""  # that the running line stands in
        self._done = False  # has what is being written down already happened?

    # -- values ------------------------------------------------------------------------------------

    def settle(self) -> None:
        super().settle()
        self._look_again()
        if (
            STATE.tracer is self and not self._done
        ):  # when all is over, the locks of what is unwound are free
            self._see_who_waits()

    def _see_who_waits(self) -> None:
        if not self.trace.steps:
            return
        step = self.trace.steps[-1]
        found = [
            _waiting(t) for t in STATE.run.live if t.pending is not None and not t.pending.free
        ]
        # That its own thread waits is told by the step that begins it, not by the one before.
        self.waits[len(self.trace.steps) - 1] = [
            wait for wait in found if wait.thread != step.thread or step.kind == "block"
        ]

    def _look_again(self) -> None:
        watched, self._watched = self._watched, []
        index = len(self.trace.steps) - 1
        for item in watched:
            value = item.look()
            self._know(item.variable, item.text, item.file, item.owner, value)
            new = _text(value)
            if new != item.before and index not in self.changes:
                self.changes[index] = Change(item.variable, item.before, new)

    def _know(self, key: Key, text: str, file: str, owner: object, value: Any) -> Variable:
        variable = self.variables.get(key)
        if variable is None:
            kind = "" if owner is None else class_name(owner)
            variable = self.variables[key] = Variable(text, file, id(owner), kind)
        cls = type(value)
        variable.telling |= cls in PLAIN or (cls in BOXES and cls is not bytearray)
        if cls in BOXES or cls in (Lock, RLock):
            self.homes.setdefault(id(value), key)
        elif cls.__module__ == "threading":
            self.homes.setdefault(id(_own(value).get("_lock")), key)
        return variable

    def _saw(self, key: Key, text: str, owner: object, value: Any) -> None:
        new = key not in self.variables
        variable = self._know(key, text, self._file, owner, value)
        if new:
            variable.seen = _text(value)

    def _watch(self, key: Key, text: str, owner: object, look: Callable[[], Any]) -> None:
        self._watched.append(_Watched(key, text, self._file, owner, look, _text(look())))

    def _watch_box(self, text: str, box: Any) -> None:
        if type(box) in BOXES:
            key = self.homes.get(id(box), ("box", id(box)))
            self._saw(key, text, box, box)
            self._watch(key, text, box, lambda: box)

    def _is_ours(self, site: int) -> bool:
        """Is it a line of the candidate or of the suite?"""
        self._file = self.sites[site].file
        return is_users(self._file)

    # -- accesses ----------------------------------------------------------------------------------

    def reads(self, run: Execution, thread: SimThread, owner: object, name: str, site: int) -> None:
        super().reads(run, thread, owner, name, site)
        if not self._is_ours(site):
            return
        value = _attribute(owner, name)
        if value is not NOTHING:
            self._saw((id(owner), name), self.sites[site].text, owner, value)

    def writes(
        self, run: Execution, thread: SimThread, owner: object, name: str, site: int
    ) -> None:
        super().writes(run, thread, owner, name, site)
        text = self.sites[site].text
        if self._is_ours(site):
            self._watch((id(owner), name), text, owner, lambda: _attribute(owner, name))

    def item(
        self, run: Execution, thread: SimThread, box: Any, key: Any, site: int, writes: bool
    ) -> None:
        super().item(run, thread, box, key, site, writes)
        if not self._is_ours(site) or not writes:
            return
        text = self.sites[site].text
        self._watch_box(text.partition("[")[0], box)
        if type(key) in PLAIN:
            home = self.homes.get(id(box))
            name = self.variables[home].text if home in self.variables else text.partition("[")[0]
            place = ("item", id(box), key)
            self._watch(place, f"{name}[{key!r}]", box, lambda: _item(box, key))

    def variable(
        self, run: Execution, thread: SimThread, key: str, value: object, site: int
    ) -> None:
        super().variable(run, thread, key, value, site)
        if not self._is_ours(site):
            return
        text = self.sites[site].text
        before = self.variables.get(key)
        old = before.seen if before is not None else ""
        variable = self._know(key, text, self._file, None, value)
        variable.seen = _text(value)  # until the next time it is bound
        self.changes[len(self.trace.steps) - 1] = Change(key, old, variable.seen)

    def looked(self, run: Execution, thread: SimThread, box: Any, site: int) -> None:
        super().looked(run, thread, box, site)
        if self._is_ours(site):
            self.boxes[len(self.trace.steps) - 1] = id(box)
            self._watch_box(_argument(self.sites[site].text), box)

    def called(self, run: Execution, thread: SimThread, box: Any, name: str, site: int) -> None:
        super().called(run, thread, box, name, site)
        if self._is_ours(site):
            self._watch_box(self.sites[site].text.rpartition(".")[0], box)

    # -- threads -----------------------------------------------------------------------------------

    def _append(self, thread: SimThread, step: Step) -> Step:
        if STATE.run.clock != self._time:
            self._time = STATE.run.clock
            self.times[len(self.trace.steps)] = self._time - START_OF_TIME
        super()._append(thread, step)
        self._see_who_waits()
        return step

    def _here(self, thread: SimThread, kind: str, what: str, **more: Any) -> None:
        self._done = True
        super()._here(thread, kind, what, **more)
        self._done = False

    def woke(self, run: Execution, thread: SimThread, other: SimThread) -> None:
        super().woke(run, thread, other)
        last = len(self.trace.steps) - 1
        self.waits[last] = [wait for wait in self.waits[last] if wait.thread != other.index]

    def finished(self, run: Execution, thread: SimThread) -> None:
        self._done = True
        super().finished(run, thread)
        self._done = False
        self._see_who_waits()


def _waiting(thread: SimThread) -> Waiting:
    pending = thread.pending
    kind, other = wait_facts(pending)
    if isinstance(pending, Never | Frozen):
        kind = "sleep" if isinstance(pending, Never) else "frozen"
    timed = thread.deadline is not None and kind != "sleep"
    return Waiting(thread.index, kind, timed, id(pending), other)


# -- looking without running anything ---------------------------------------------------------------------


def _own(owner: object) -> dict[str, Any]:
    try:
        names = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return {}
    return names if type(names) is dict else {}


def _attribute(owner: object, name: str) -> Any:
    names = _own(owner)
    if name in names:
        return names[name]
    for cls in type.__dict__["__mro__"].__get__(type(owner)):
        slot = type.__dict__["__dict__"].__get__(cls).get(name)
        if type(slot).__name__ == "member_descriptor":
            try:
                return slot.__get__(owner)
            except AttributeError:
                return NOTHING
    return NOTHING


def _item(box: Any, key: Any) -> Any:
    """What stands at a plain key."""
    if type(box) not in (list, dict, deque, bytearray, memoryview, tuple) or not harmless(box, key):
        return NOTHING
    try:
        return box[key]
    except (KeyError, IndexError, TypeError):
        return NOTHING


def _text(value: Any) -> str:
    return "" if value is NOTHING else shown(value)


def _argument(text: str) -> str:
    """The first argument of a call, as its text has it: `self.heap` of `heapq.heappop(self.heap)`."""
    inside = text.partition("(")[2].rpartition(")")[0]
    return inside.partition(",")[0] or text
