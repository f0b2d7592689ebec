"""The hooks that instrumented code calls (see `instrument`), in two sets.

`POINTED`, for the code under test and the suites: before an access that others can see, another thread may
run. `SILENT`, for the standard library's own Python code: accesses are noted, so that equal executions are
recognised and races are seen, but its data is guarded by locks, whose taking is a point anyway.

Guarantees
- Outside of an execution every hook does what the plain expression does, and nothing else.
"""

from __future__ import annotations

import functools
import operator
from collections import defaultdict
from collections.abc import Callable, Iterator
from types import FunctionType, GeneratorType, ModuleType
from typing import Any

from harness.explore import loops, shapes
from harness.explore.memory import READ, STRUCTURE, WRITE
from harness.explore.shapes import IN_CLASSES, KINDS, UNSHARED
from harness.explore.simthread import SimThread
from harness.explore.state import STATE
from harness.explore.touches import (
    own_attributes,
    stand_in,
    touch_arguments,
    touch_attribute,
    touch_call,
    touch_item,
    touch_whole,
)

_LASTING = (type, FunctionType, ModuleType)  # what outlives an execution
_DUNDERS = {"__setattr__": setattr, "__delattr__": delattr, "__getattribute__": getattr}
_GOES_ON = frozenset(("send", "throw", "close", "__next__"))  # of a generator
VARIABLES = object()  # the owner of rebound globals and closure variables


def _point(thread: SimThread, site: int) -> None:
    thread.count += 1
    thread.site = site
    if thread.nudger is not None:
        STATE.run.come_back(thread)
    elif site in STATE.visible:
        STATE.run.preempt(thread)


def _no_point(thread: SimThread, site: int) -> None:
    """Silent code: the site of the last point stands for what follows it."""
    if thread.site >= 0 and site in STATE.visible and thread.site not in STATE.visible:
        STATE.memory.found.add(thread.site)


# -- the two sets -----------------------------------------------------------------------------------

Point = Callable[[SimThread, int], None]


def _attribute_hooks(point: Point) -> dict[str, Any]:
    def read(owner: Any, name: str, site: int) -> Any:
        thread = STATE.thread
        if thread is not None:
            point(thread, site)
            if type(owner) not in UNSHARED:
                if name in IN_CLASSES:
                    touch_attribute(thread, owner, name, site)
                else:
                    STATE.access(thread, owner, name, site, READ)
                if STATE.tracer is not None:
                    STATE.tracer.reads(STATE.run, thread, owner, name, site)
        return owner

    def write(owner: Any, name: str, site: int) -> Any:
        thread = STATE.thread
        if thread is not None:
            point(thread, site)
            STATE.access(thread, owner, name, site, WRITE)
            if isinstance(owner, _LASTING):
                STATE.patched = True
                IN_CLASSES.add(name)
            if STATE.tracer is not None:
                STATE.tracer.writes(STATE.run, thread, owner, name, site)
        return owner

    return {"_k_read": read, "_k_write": write}


def _item_hooks(point: Point) -> dict[str, Any]:
    def getitem(box: Any, key: Any, site: int) -> Any:
        thread = STATE.thread
        if thread is not None and KINDS[type(box)]:
            point(thread, site)
            touch_item(thread, box, key, site, False)
            if STATE.tracer is not None:
                STATE.tracer.item(STATE.run, thread, box, key, site, False)
            if type(box) is defaultdict and key not in box:
                return missing(thread, box, key, site)
        return box[key]

    def missing(thread: SimThread, box: defaultdict[Any, Any], key: Any, site: int) -> Any:
        """What `defaultdict` does in C: others can run between the factory's call and the store."""
        if not shapes.runs_python(box.default_factory):
            return box[key]
        value = box.default_factory()  # type: ignore[misc]
        point(thread, site)
        touch_item(thread, box, key, site, True)
        box[key] = value
        return value

    def item_key(box: Any, key: Any, site: int) -> Any:
        thread = STATE.thread
        if thread is not None and KINDS[type(box)]:
            point(thread, site)
            touch_item(thread, box, key, site, True)
            if STATE.tracer is not None:
                STATE.tracer.item(STATE.run, thread, box, key, site, True)
        return key

    def delete_key(box: Any, key: Any, site: int) -> Any:
        thread = STATE.thread
        if thread is not None and KINDS[type(box)]:
            point(thread, site)
            touch_item(thread, box, key, site, True, deletes=True)
            if STATE.tracer is not None:
                STATE.tracer.item(STATE.run, thread, box, key, site, True)
        return key

    return {"_k_getitem": getitem, "_k_key": item_key, "_k_del": delete_key, "_k_slice": slice}


def _method_hook(point: Point) -> Callable[[Any, str, int], Any]:
    def method(owner: Any, name: str, site: int) -> Any:
        thread = STATE.thread
        if thread is None:
            return getattr(owner, name)
        cls = type(owner)
        if KINDS[cls]:
            return _container_method(point, owner, name, getattr(owner, name), site)
        if cls in UNSHARED:
            found = getattr(owner, name)
            return _wrapped_foreign(point, found, site) if shapes.is_foreign(found) else found
        point(thread, site)
        if STATE.tracer is not None:
            STATE.tracer.calls(STATE.run, thread, owner, name, site)
        if name not in cls.__dict__ and name in own_attributes(owner):
            STATE.access(thread, owner, name, site, READ)
        found = getattr(owner, name)
        return _wrapped_foreign(point, found, site) if shapes.is_foreign(found) else found

    return method


def _container_method(point: Point, owner: Any, name: str, bound: Any, site: int) -> Any:
    if not shapes.is_foreign(bound):
        return bound  # a method in Python of a subclass: its body has its own points

    def call(*args: Any, **kwargs: Any) -> Any:
        thread = STATE.thread
        if thread is None:
            return bound(*args, **kwargs)
        point(thread, site)
        touch_call(thread, owner, name, args, site)
        if STATE.tracer is not None:
            STATE.tracer.called(STATE.run, thread, owner, name, site)
        if "key" in kwargs:
            kwargs["key"] = _interrupted(point, kwargs["key"], owner, site, writes=True)
        if type(owner) is GeneratorType and name in _GOES_ON:
            return _gone_on(point, owner, lambda: bound(*args), site)
        return bound(*args, **kwargs)

    return call


def _gone_on(point: Point, generator: Any, resume: Callable[[], Any], site: int) -> Any:
    """A generator's body is Python: others can run between its being entered and what it does.

    Who enters it meanwhile gets the ValueError that CPython raises.
    """
    entry = stand_in(generator)
    if entry.entered:
        raise ValueError("generator already executing")
    entry.entered = True
    try:
        if (thread := STATE.thread) is not None:
            point(thread, site)
            touch_whole(thread, generator, site, True)
        return resume()
    finally:
        entry.entered = False


def _wrapped_foreign(point: Point, function: Any, site: int) -> Any:
    """`function`, which has no hooks of its own, with a point in front if it looks into a container."""
    owner = getattr(function, "__self__", None)
    if KINDS[type(owner)]:  # `push = self.items.append`: a callback, so the point is the caller's
        return _container_method(_point, owner, function.__name__, function, site)
    if (
        function is functools.partial
    ):  # what it is given to call gets the point; arguments stay theirs
        wrap = _call_hook(point)
        return lambda inner, /, *args, **kw: function(wrap(inner, site), *args, **kw)
    if function in shapes.PLAIN or getattr(function, "__module__", "") in shapes.PLAIN_MODULES:
        return function
    if function in shapes.WALKERS:
        iterate, wrap = _iterate(point), _call_hook(point)
        return lambda *args, **kw: function(*(wrap(iterate(a, site), site) for a in args), **kw)
    if function is getattr or function is setattr or function is hasattr or function is delattr:
        return _by_name(point, function, site)
    if getattr(function, "__name__", "") in _DUNDERS:
        return _dunder(point, function, owner, site)
    writes = function not in shapes.LOOKERS

    def call(*args: Any, **kwargs: Any) -> Any:
        thread = STATE.thread
        boxes = [a for a in (*args, *kwargs.values()) if KINDS[type(a)]]
        if thread is not None and boxes:
            point(thread, site)
            if function is len and KINDS[type(boxes[0])] != shapes.WHOLE:
                STATE.access(thread, boxes[0], STRUCTURE, site, READ)
            else:
                touch_arguments(thread, boxes, site, writes)
            if STATE.tracer is not None:
                STATE.tracer.looked(STATE.run, thread, boxes[0], site)
            if "key" in kwargs:
                kwargs["key"] = _interrupted(point, kwargs["key"], boxes[0], site, writes)
            if function is next and type(args[0]) is GeneratorType:
                return _gone_on(point, args[0], lambda: next(*args), site)
        return function(*args, **kwargs)

    return call


def _interrupted(point: Point, function: Any, box: Any, site: int, writes: bool) -> Any:
    """A key function: others can run each time before a function in C that works on `box` calls it."""
    if not shapes.runs_python(function):
        return function

    def call(item: Any) -> Any:
        thread = STATE.thread
        if thread is not None:
            point(thread, site)
            touch_whole(thread, box, site, writes)
        return function(item)

    return call


def _by_name(point: Point, function: Any, site: int) -> Any:
    writes = function is setattr or function is delattr

    def call(owner: Any, name: str, *rest: Any, through: Any = function) -> Any:
        thread = STATE.thread
        if thread is not None and type(owner) not in UNSHARED:
            point(thread, site)
            if writes:
                STATE.access(thread, owner, name, site, WRITE)
                STATE.patched |= isinstance(owner, _LASTING)
            else:
                touch_attribute(thread, owner, name, site)
        return through(owner, name, *rest)

    return call


def _dunder(point: Point, function: Any, owner: Any, site: int) -> Any:
    """`object.__setattr__(thing, name, value)`, `super().__setattr__(name, value)` and the like."""
    by_name = _by_name(point, _DUNDERS[function.__name__], site)
    if owner is None:  # a plain slot of a class: the thing comes first
        return lambda thing, name, *rest: by_name(thing, name, *rest, through=function)
    bound = lambda thing, name, *rest: function(name, *rest)  # noqa: E731
    return lambda name, *rest: by_name(owner, name, *rest, through=bound)


def _call_hook(point: Point) -> Callable[[Any, int], Any]:
    def call(function: Any, site: int) -> Any:
        if STATE.thread is None or not shapes.is_foreign(function):
            return function
        return _wrapped_foreign(point, function, site)

    return call


def _look_hooks(point: Point) -> dict[str, Any]:
    def look(box: Any, site: int) -> Any:
        thread = STATE.thread
        if thread is not None and KINDS[type(box)]:
            point(thread, site)
            touch_whole(thread, box, site, False)
            if STATE.tracer is not None:
                STATE.tracer.looked(STATE.run, thread, box, site)
        return box

    iterate = _iterate(point)

    def delegate(box: Any, site: int) -> Any:
        """`yield from box`: a generator has points of its own, and takes part in what is sent."""
        return box if type(box) is GeneratorType else iterate(box, site)

    return {"_k_look": look, "_k_iter": iterate, "_k_from": delegate}


def _iterate(point: Point) -> Callable[[Any, int], Any]:
    def iterate(box: Any, site: int) -> Any:
        if STATE.thread is None or not KINDS[type(box)]:
            return box
        return walk(box, site)

    def walk(box: Any, site: int) -> Iterator[Any]:
        _look(box, site)
        iterator = iter(box)
        while True:
            try:
                item = next(iterator)
            except StopIteration:
                return
            yield item
            _look(box, site)

    def _look(box: Any, site: int) -> None:
        thread = STATE.thread
        if thread is not None:
            point(thread, site)
            touch_whole(thread, box, site, False)

    return iterate


def _variable_hooks(point: Point) -> dict[str, Any]:
    def load(key: str, site: int) -> None:
        thread = STATE.thread
        if thread is not None:
            point(thread, site)
            STATE.access(thread, VARIABLES, key, site, READ)

    def store(value: Any, key: str, site: int) -> Any:
        thread = STATE.thread
        if thread is not None:
            point(thread, site)
            STATE.access(thread, VARIABLES, key, site, WRITE)
            if STATE.tracer is not None:
                STATE.tracer.variable(STATE.run, thread, key, value, site)
        return value

    return {"_k_load": load, "_k_store": store, "_k_second": lambda first, second: second}


def _operator_hook(point: Point) -> Callable[[str, Any, Any, int], Any]:
    def inplace(name: str, old: Any, value: Any, site: int) -> Any:
        thread = STATE.thread
        if thread is not None and KINDS[type(old)]:
            point(thread, site)
            touch_whole(thread, old, site, True)
        return getattr(operator, name)(old, value)

    return inplace


def _loop_hooks(points: bool) -> dict[str, Any]:
    def turn(site: int) -> None:
        thread = STATE.thread
        if thread is not None and points:
            thread.count += 1
            thread.site = site
            if thread.nudger is not None:
                STATE.run.come_back(thread)
            loops.turn(STATE.run, thread)

    return {"_k_while": turn, "_k_for": turn}


def _enter_hook(point: Point) -> Callable[[], None]:
    def enter() -> None:
        thread = STATE.thread
        if thread is not None:
            point(thread, thread.site)

    return enter


def _hooks(point: Point, points: bool) -> dict[str, Any]:
    return {
        **_attribute_hooks(point),
        **_item_hooks(point),
        "_k_method": _method_hook(point),
        "_k_call": _call_hook(point),
        **_look_hooks(point),
        **_variable_hooks(point),
        "_k_inplace": _operator_hook(point),
        "_k_enter": _enter_hook(point),
        **_loop_hooks(points),
    }


POINTED = _hooks(_point, points=True)
SILENT = _hooks(_no_point, points=False)
