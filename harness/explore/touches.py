"""What an access to a container or to a class's attribute touches, in terms of `memory`'s locations.

A list has a location a slot, a dict one a key; beside them stand STRUCTURE (length, order, membership), CONTENT
(all slots together) and KEYS (all keys together), so that accesses conflict exactly if their order can be seen.
"""

from __future__ import annotations

import gc
from collections.abc import Mapping, Sequence
from types import GeneratorType
from typing import Any
from weakref import WeakKeyDictionary

from harness.explore import shapes
from harness.explore.memory import CONTENT, KEYS, READ, SCAN, STRUCTURE, WRITE
from harness.explore.shapes import KINDS
from harness.explore.simthread import SimThread
from harness.explore.state import STATE


class _StandIn:
    """What stands for a generator in `memory`, and knows whether a thread is about to go on in it."""

    entered = False


_stand_ins: WeakKeyDictionary[Any, _StandIn] = WeakKeyDictionary()
_NO_ATTRIBUTES: Mapping[str, Any] = {}
_PLAIN_KEYS = (int, str, bytes, bool, float, type(None))


def touch_item(
    thread: SimThread, box: Any, key: Any, site: int, writes: bool, deletes: bool = False
) -> None:
    """`box[key]` is read, written or deleted."""
    kind = KINDS[type(box)]
    if type(box) is memoryview and not _shows_all_as_bytes(box):
        touch_whole(thread, box, site, writes)
    elif kind == shapes.SLOT and type(key) is int and not deletes:
        access = STATE.access
        box = box.obj if type(box) is memoryview else box
        slot = key + len(box) if key < 0 else key
        access(thread, box, STRUCTURE, site, READ)
        if writes:
            access(thread, box, CONTENT, site, READ)
        access(thread, box, slot, site, WRITE if writes else READ)
    elif kind == shapes.KEY and type(key) in _PLAIN_KEYS:
        if type(box) is not dict and not writes and not dict.__contains__(box, key):
            writes = hasattr(box, "__missing__")  # a defaultdict is changed by being read
        if deletes:
            STATE.access(thread, box, STRUCTURE, site, WRITE)
        _touch_entry(thread, box, key, site, writes)
    else:
        touch_whole(thread, box, site, writes)


def _shows_all_as_bytes(view: memoryview) -> bool:
    """Are its slots those of what it shows? Not where it is a part of it, or is cast to larger items."""
    shown = view.obj
    if not isinstance(shown, bytearray | bytes):
        return False
    return view.itemsize == 1 and view.nbytes == len(shown)


def _touch_entry(thread: SimThread, box: Any, key: Any, site: int, writes: bool) -> None:
    access = STATE.access
    access(thread, box, KEYS, site, READ)
    if writes:
        fresh = not dict.__contains__(box, key)
        access(thread, box, STRUCTURE if fresh else CONTENT, site, WRITE if fresh else READ)
    access(thread, box, ("key", key), site, WRITE if writes else READ)


def stand_in(generator: Any) -> _StandIn:
    """What stands for this generator."""
    return _stand_ins.setdefault(generator, _StandIn())


def touch_whole(thread: SimThread, box: Any, site: int, writes: bool) -> None:
    """All of `box` is looked at, or may change."""
    cls = type(box)
    if cls is GeneratorType:  # kept alive, it would not be closed when its last user lets go of it
        box = stand_in(box)
    if cls in shapes.WINDOWS:
        _touch_behind(thread, box, site)
    if cls is memoryview:
        box, cls = box.obj, type(box.obj)
    access = STATE.access
    access(thread, box, STRUCTURE, site, WRITE if writes else READ)
    if KINDS[cls] != shapes.WHOLE:
        access(thread, box, CONTENT, site, WRITE if writes else SCAN)
        if writes:
            access(thread, box, KEYS, site, WRITE)


def _touch_behind(thread: SimThread, window: Any, site: int) -> None:
    """Views and iterators show what stands in another container: that one is looked at."""
    for box in gc.get_referents(window):
        if KINDS[type(box)]:
            touch_whole(thread, box, site, False)


def touch_arguments(thread: SimThread, args: Sequence[Any], site: int, writes: bool) -> None:
    """A function without hooks gets these arguments."""
    for box in args:
        if KINDS[type(box)]:
            touch_whole(thread, box, site, writes)


def touch_call(thread: SimThread, box: Any, name: str, args: tuple[Any, ...], site: int) -> None:
    """`box.name(*args)` is called, a method without hooks."""
    writes = name not in shapes.READERS
    if type(box) is dict and name in shapes.KEY_METHODS and args and type(args[0]) in _PLAIN_KEYS:
        if writes and name == "pop" and dict.__contains__(box, args[0]):
            STATE.access(thread, box, STRUCTURE, site, WRITE)
        _touch_entry(thread, box, args[0], site, writes)
    else:
        touch_whole(thread, box, site, writes)
    touch_arguments(thread, args, site, False)


def own_attributes(owner: Any) -> Mapping[str, Any]:
    """What stands in the object itself; asks no `__getattr__` of the program's."""
    if not type(owner).__dictoffset__:
        return _NO_ATTRIBUTES
    return object.__getattribute__(owner, "__dict__")  # type: ignore[no-any-return]


def touch_attribute(thread: SimThread, owner: Any, name: str, site: int) -> None:
    """`owner.name` is read, and may stand in the class or in a class above it."""
    STATE.access(thread, owner, name, site, READ)
    is_class = isinstance(owner, type)
    if not is_class and name in own_attributes(owner):
        return
    for cls in (owner if is_class else type(owner)).__mro__:
        if cls is not owner and cls is not object:
            STATE.access(thread, cls, name, site, READ)
        if name in vars(cls):
            return
