"""How CPython's containers behave under an access: which calls read, which write, which walk through.

Each call of a container's method is one atomic step, as it is in CPython where the items are of plain
types; a walk (`for v in q`) is one step an item.
"""

from __future__ import annotations

import array
import collections
import inspect
import io
import itertools
import random
import struct
import types
from typing import Any

SLOTTED = (list, bytearray, array.array, memoryview)  # an index names one slot
KEYED = (dict,)  # a key names one entry
OTHERS: tuple[type, ...] = (
    collections.deque,
    set,
    itertools.count,
    itertools.cycle,
    types.GeneratorType,
    collections.UserDict,
    collections.UserList,
    collections.ChainMap,
    io.StringIO,
    io.BytesIO,
    random.Random,
    type(iter([])),
    type(iter(())),
    type(iter({})),
    type(iter({}.values())),
    type(iter({}.items())),
    type(reversed([])),
    type(iter(range(0))),
    type(iter(set())),
    type(iter(collections.deque())),
    enumerate,
    zip,
    map,
    filter,
    reversed,
)
VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
# They hold nothing themselves, and show what stands in another container.
WINDOWS = frozenset(
    (*VIEWS, type(iter([])), type(iter({})), type(iter({}.values())), type(iter({}.items())), type(iter(set())),
     type(iter(collections.deque())), reversed, type(reversed([])), enumerate, zip, map, filter)
)  # fmt: skip

READERS = frozenset(
    "get index count copy keys values items __len__ __contains__ __getitem__ __iter__ __eq__ "
    "isdisjoint issubset issuperset union intersection difference symmetric_difference most_common "
    "tolist tobytes hex find rfind startswith endswith".split()
)
KEY_METHODS = frozenset(("get", "__getitem__", "__contains__", "setdefault", "pop", "__setitem__"))

# Built-in functions that look at the containers among their arguments, and change nothing.
LOOKERS = frozenset(
    (list, tuple, sorted, sum, min, max, any, all, set, frozenset, dict, repr, str, print, bytes, bytearray,
     collections.deque, bool, format, iter, len, collections.Counter, struct.unpack_from)
)  # fmt: skip
WALKERS = frozenset((enumerate, zip, map, filter, itertools.islice, itertools.chain))
# Built-in functions that cannot reach into a container, or that look at who calls them.
PLAIN = frozenset(
    (isinstance, issubclass, range, id, type, callable, int, float, abs, round, hash, object, super, divmod,
     pow, chr, ord, globals, locals, vars, dir, eval, exec, complex, memoryview)
)  # fmt: skip
# Methods that functions in C call while they work on a container.
CALLED_BY_C = frozenset(
    "__lt__ __le__ __gt__ __ge__ __eq__ __ne__ __hash__ __add__ __radd__".split()
)
SLOT, KEY, WHOLE, NOTHING = 1, 2, 3, 0
# The same for whole modules.
PLAIN_MODULES = frozenset(("sys", "math", "inspect", "warnings", "traceback", "logging", "typing"))


class _Kinds(dict[type, int]):
    """SLOT, KEY or WHOLE for a container that threads can see change; NOTHING for any other type."""

    def __missing__(self, cls: type) -> int:
        kind = self[cls] = _classify(cls)
        return kind


KINDS = _Kinds()


def _classify(cls: type) -> int:
    if issubclass(cls, SLOTTED):
        return SLOT
    if issubclass(cls, KEYED):
        return KEY
    if issubclass(cls, OTHERS) or issubclass(cls, VIEWS):
        return WHOLE
    return NOTHING


# Objects whose attributes no thread changes: numbers, strings, modules, functions ...
UNSHARED = frozenset(
    (int, float, complex, bool, str, bytes, tuple, frozenset, range, type(None), types.ModuleType,
     types.BuiltinFunctionType, types.MethodType, super, slice, property)
)  # fmt: skip


# The names of attributes that stand in some class of simulated code, rather than in its objects.
IN_CLASSES: set[str] = set()


def note_class(cls: type) -> None:
    """Takes note of the attributes that the objects of a new class share."""
    for name, value in vars(cls).items():
        if not name.startswith("__") and not hasattr(type(value), "__get__"):
            IN_CLASSES.add(name)


def runs_python(function: Any) -> bool:
    """Does calling it run code in Python, before and after which others can run?"""
    if isinstance(function, type):
        function = inspect.getattr_static(function, "__init__")
    if type(function) is types.MethodType:
        function = function.__func__
    if type(function) is not types.FunctionType:
        return False
    return not function.__globals__["__name__"].startswith("harness.")


_C_FUNCTIONS = frozenset(
    (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType,
     types.MethodWrapperType, types.ClassMethodDescriptorType)
)  # fmt: skip
_LIBRARY = frozenset(("builtins", "collections", "itertools", "functools", "array", "_struct"))


def is_foreign(function: Any) -> bool:
    """A function, a method or a type whose body has no hooks: it is written in C or no part of the program."""
    cls = type(function)
    if cls is types.MethodType:
        function = function.__func__
        cls = type(function)
    if cls is types.FunctionType:
        names = function.__globals__
        return "_k_read" not in names and not names["__name__"].startswith("harness.")
    if cls in _C_FUNCTIONS:
        return True
    return cls is type and function.__module__ in _LIBRARY
