"""Writes down one execution for its report: who touched what, on which line, with which values.

Only a failing schedule is traced, once more, so nothing here need be fast.

Guarantees
- No code of the candidate runs to show a value: no `__repr__`, no property.
- A written value is looked up when the next step begins, when it is there.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.explore.failures import Place, is_users, place_of_frame, standing
from harness.explore.sites import Site, SiteTable
from harness.explore.touches import own_attributes

if TYPE_CHECKING:
    from harness.explore.kernel import Execution
    from harness.explore.simthread import SimThread


@dataclass
class Step:
    """Something that a thread did."""

    thread: int
    place: Place
    kind: str  # read, write, look, call, take, release, block, wake, end
    what: str  # the expression, as the source has it: self._queue
    value: str = ""
    key: object = None  # names the location or the lock, to compare steps
    other: int | None = None  # the thread that was woken, or that holds what is waited for


def same_place(one: object, other: object) -> bool:
    """Do two keys name the same thing, or a container and an item of it?"""
    if one == other:
        return True
    both = isinstance(one, tuple) and isinstance(other, tuple) and one[0] == other[0] == "item"
    return both and one[1] == other[1] and "#" in (one[2], other[2])  # type: ignore[index]


@dataclass
class Trace:
    """The steps of an execution, and what the report wants to know of its locks."""

    steps: list[Step] = field(default_factory=list)
    lock_names: dict[int, str] = field(
        default_factory=dict
    )  # by id: locks live as long as the execution
    taken_at: dict[int, Place] = field(default_factory=dict)
    thread_names: dict[int, str] = field(default_factory=dict)  # a thread's name goes when it ends


def shown(value: object) -> str:
    """A short text of plain values and sizes of containers; the type's name for anything else."""
    cls = type(value)
    if value is None or cls in (bool, int, float):
        return repr(value)
    if cls in (str, bytes):
        text = repr(value)
        return text if len(text) <= 20 else f"{text[:18]}.."
    if cls in (list, tuple, dict, set, deque, frozenset):
        return _shown_box(value, cls)
    return class_name(value)


def class_name(value: object) -> str:
    """The name that is in the class itself: a metaclass may have a property of that name."""
    return str(type.__dict__["__name__"].__get__(type(value)))


def harmless(box: Any, key: Any) -> bool:
    """Does looking `key` up in `box` run nobody's `__hash__` or `__eq__`?"""
    return type(box) is not dict or (_plainly_hashed(key) and all(map(_plainly_hashed, box)))


def _plainly_hashed(key: object) -> bool:
    cls = type(key)
    if cls is tuple:
        return all(map(_plainly_hashed, key))  # type: ignore[call-overload]
    if cls in (bool, int, float, str, bytes, type(None)):
        return True
    bases = type.__dict__["__mro__"].__get__(cls)[:-1]  # but for `object` itself
    return all(_OWN_KEYS.isdisjoint(type.__dict__["__dict__"].__get__(base)) for base in bases)


_OWN_KEYS = frozenset(("__hash__", "__eq__"))


def _shown_box(value: Any, cls: type) -> str:
    if not len(value):
        return "empty"
    simple = cls in (list, tuple, deque) and len(value) <= 4
    if simple and all(v is None or type(v) in (bool, int, float, str) for v in value):
        inside = ", ".join(repr(v) for v in value)
        if len(inside) <= 24:
            return f"[{inside}]"
    return f"{len(value)} item{'' if len(value) == 1 else 's'}"


def attribute(owner: object, name: str) -> str:
    """The value of a plain attribute, or nothing."""
    names = own_attributes(owner)
    if type(names) is dict and name in names:
        return shown(names[name])
    slot: Any = getattr(type(owner), name, None)
    if type(slot).__name__ == "member_descriptor":
        try:
            return shown(slot.__get__(owner))
        except AttributeError:
            return ""
    return ""


class Tracer:
    """Called by the hooks and the kernel of a traced execution."""

    def __init__(self, sites: SiteTable, name_of: Callable[[SimThread], str]) -> None:
        self.sites = sites
        self.name_of = name_of
        self.trace = Trace()
        self._written: tuple[Step, object, Any] | None = None

    # -- accesses ------------------------------------------------------------------------------------

    def _site(self, site: int) -> tuple[Place | None, Site]:
        found = self.sites[site]
        place = Place(found.file, found.line, found.function)
        return (place if is_users(found.file) else None), found

    def _add(
        self, thread: SimThread, site: int, kind: str, value: str = "", key: object = None
    ) -> Step | None:
        self.settle()
        place, found = self._site(site)
        if place is None:
            return None
        return self._append(thread, Step(thread.index, place, kind, found.text, value, key))

    def _append(self, thread: SimThread, step: Step) -> Step:
        names = self.trace.thread_names
        if thread.index not in names:
            names[thread.index] = self.name_of(thread)
        self.trace.steps.append(step)
        return step

    def settle(self) -> None:
        """The last write has happened by now: looks up what was written."""
        if self._written is None:
            return
        step, owner, name = self._written
        self._written = None
        step.value = _item(owner, name[0]) if isinstance(name, tuple) else attribute(owner, name)

    def reads(self, run: Execution, thread: SimThread, owner: object, name: str, site: int) -> None:
        """An attribute is about to be read."""
        self._add(thread, site, "read", attribute(owner, name), (id(owner), name))

    def writes(
        self, run: Execution, thread: SimThread, owner: object, name: str, site: int
    ) -> None:
        """An attribute is about to be written."""
        step = self._add(thread, site, "write", "", (id(owner), name))
        if step is not None:
            self._written = (step, owner, name)

    def item(
        self, run: Execution, thread: SimThread, box: Any, key: Any, site: int, writes: bool
    ) -> None:
        """An item of a container is about to be read or written."""
        plain = key if type(key) in (int, str, bool, type(None)) else None
        step = self._add(thread, site, "write" if writes else "read", "", ("item", id(box), plain))
        if step is not None and writes:
            self._written = (step, box, (key,))
        elif step is not None:
            step.value = _item(box, key)

    def variable(
        self, run: Execution, thread: SimThread, key: str, value: object, site: int
    ) -> None:
        """A shared variable is about to be bound."""
        self._add(thread, site, "write", shown(value), key)

    def looked(self, run: Execution, thread: SimThread, box: Any, site: int) -> None:
        """A container is about to be looked at."""
        self._add(thread, site, "look", shown(box), ("item", id(box), "#"))

    def called(self, run: Execution, thread: SimThread, box: Any, name: str, site: int) -> None:
        """A container's method is about to be called."""
        self._add(thread, site, "call", "", ("item", id(box), "#"))

    def calls(self, run: Execution, thread: SimThread, owner: object, name: str, site: int) -> None:
        """A method of some object is about to be called."""
        self._add(thread, site, "call", "", (id(owner), "method", name))

    # -- threads and locks -----------------------------------------------------------------------------

    def _here(self, thread: SimThread, kind: str, what: str, **more: Any) -> None:
        self.settle()
        place = place_of_frame(sys._getframe()) or standing(thread)
        if place is not None:
            self._append(thread, Step(thread.index, place, kind, what, **more))

    def lock_name(self, thread: SimThread, lock: object) -> str:
        """What the source calls a lock, as far as the last expression tells."""
        names = self.trace.lock_names
        if id(lock) not in names and thread.site >= 0:
            found = self.sites[thread.site]
            if is_users(found.file):
                names[id(lock)] = _without_method(found.text)
        return names.get(id(lock), "a lock")

    def took(self, run: Execution, thread: SimThread, lock: object) -> None:
        """A lock has been taken."""
        name = self.lock_name(thread, lock)
        place = place_of_frame(sys._getframe())
        if place is not None:
            self.trace.taken_at[id(lock)] = place
        self._here(thread, "take", name, key=id(lock))

    def released(self, run: Execution, thread: SimThread, lock: object) -> None:
        """A lock has been let go."""
        self._here(thread, "release", self.lock_name(thread, lock), key=id(lock))

    def blocks(self, run: Execution, thread: SimThread) -> None:
        """A thread goes to sleep."""
        pending = thread.pending
        owner = getattr(pending, "owner", None) or getattr(pending, "thread", None)
        name = self.lock_name(thread, pending) if getattr(pending, "kind", "") else ""
        other = None if owner is None else owner.index
        self._here(thread, "block", name, key=id(pending), other=other)

    def woke(self, run: Execution, thread: SimThread, other: SimThread) -> None:
        """A thread has woken another one."""
        self._here(thread, "wake", "", other=other.index)

    def finished(self, run: Execution, thread: SimThread) -> None:
        """A thread has come to its end."""
        self.settle()
        if self.trace.steps:
            place = next(
                (s.place for s in reversed(self.trace.steps) if s.thread == thread.index), None
            )
            if place is not None:
                self.trace.steps.append(Step(thread.index, place, "end", ""))

    def decided(self, run: Execution, thread: SimThread, chosen: SimThread) -> None:
        """The next thread has been picked."""
        self.settle()


def _item(box: Any, key: Any) -> str:
    try:
        known = type(box) in (list, dict, deque, bytearray, tuple) and harmless(box, key)
        return shown(box[key]) if known else ""
    except (KeyError, IndexError, TypeError):
        return ""


def _without_method(text: str) -> str:
    owner, dot, method = text.rpartition(".")
    methods = (
        "acquire", "release", "wait", "wait_for", "notify", "notify_all", "locked", "set", "clear",
        "put", "get", "join", "result", "is_set", "put_nowait", "get_nowait", "exception", "set_result",
        "set_exception", "set_running_or_notify_cancel", "cancel", "done", "running", "add_done_callback",
    )  # fmt: skip
    return owner if dot and method in methods else text
