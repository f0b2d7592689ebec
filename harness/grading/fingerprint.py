"""Notices when a candidate replaces a part of the standard library or of the grader.

Guarantees: a name in a watched module or class that stands for something callable, and then
stands for something else, is gone, or has had its code swapped, is reported by name; so is a new
name that hides a builtin, and a new callable in a watched class.
Assumptions: taken before the candidate is loaded. What is put back before the next comparison is
not seen here; screen.py refuses the open ways of doing that.
"""

import builtins
import ctypes
import gc
import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import methodcaller
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, ModuleType
from typing import Any, NamedTuple

STANDARD = (
    "builtins threading _thread time queue _queue collections heapq bisect itertools functools "
    "contextlib weakref concurrent.futures concurrent.futures._base concurrent.futures.thread os "
    "posix signal sys json json.encoder random math operator types traceback hashlib "
    "faulthandler greenlet"
).split()
GRADER = ("harness",)
BEHIND_IT = ("pytest", "_pytest", "pluggy", "hypothesis")

_ABSENT = object()
_CALLABLE = (
    FunctionType,
    BuiltinFunctionType,
    MethodDescriptorType,
    type,
    classmethod,
    staticmethod,
    property,
)
# Python itself adds these to classes, as caches.
_OWN_CACHES = frozenset({"__slotnames__", "__abstractmethods__", "_abc_impl"})
# What the comparison uses is held by it, so that replacing a builtin cannot blind it.
_Len = Callable[[Any], int]
_Chain = Callable[[Iterable[Iterable[Any]]], Iterable[Any]]
_Referents = Callable[..., list[Any]]
_values_of = methodcaller("values")
_POINTER = struct.calcsize("P")  # bytes


class _Entry(NamedTuple):
    value: Any
    function: Any  # the function that it is, or that a method of it wraps; None for all else
    code: Any
    defaults: Any


class _Watched:
    """A module's or a class's namespace, then and now."""

    def __init__(self, name: str, namespace: Mapping[str, Any], is_class: bool) -> None:
        self.name = name
        self.namespace = namespace  # the live dict
        self.is_class = is_class
        self.names = frozenset(namespace)
        self.before = {
            key: _entry(value)
            for key, value in namespace.items()
            if isinstance(value, (*_CALLABLE, ModuleType))
        }


def _addresses(
    objects: tuple[Any, ...], _at: Callable[[int, int], bytes] = ctypes.string_at,
    _of: Callable[[Any], int] = id, _len: _Len = len, _start: int = tuple.__basicsize__,
) -> bytes:  # fmt: skip
    """Where the objects are in memory, one after the other.

    To compare these is to ask `is` of each pair, no `__eq__` called, at the speed of memcmp: the
    grader has some forty thousand parts, and is looked over after every check.
    """
    return _at(_of(objects) + _start, _len(objects) * _POINTER)


class _Look:
    """Of what namespaces and functions consist now.

    Functions consist of code, defaults, closure and all. Reading `__code__` would be an audit event, and
    some thousands of them a check take their time; the collector knows the parts without one.
    """

    def __init__(
        self, namespaces: Iterable[Mapping[str, Any]], functions: Iterable[Any],
        _map: type = map, _chain: _Chain = chain.from_iterable, _all: type[tuple[Any, ...]] = tuple,
        _parts_of: _Referents = gc.get_referents, _len: _Len = len,
    ) -> None:  # fmt: skip
        self._lengths = [*_map(_len, namespaces)]
        # Held as well as compared, so that no address is used again.
        self._held = (
            _all(_chain(namespaces)),
            _all(_chain(_map(_values_of, namespaces))),
            _all(_parts_of(*functions)),
        )
        self._addresses = [*_map(_addresses, self._held)]

    def is_like(self, other: "_Look") -> bool:
        """Has nothing come, gone, or been bound again?"""
        return self._lengths == other._lengths and self._addresses == other._addresses


class Fingerprint:
    """What the watched modules hold now; `changed` says what differs later."""

    def __init__(self, modules: Iterable[ModuleType]) -> None:
        self._watched: list[_Watched] = []
        # Held here so that replacing a builtin cannot blind the comparison.
        self._builtin_names = frozenset(vars(builtins))
        seen: set[int] = set()
        for module in modules:
            self._watched.append(_Watched(module.__name__, vars(module), False))
            for value in list(vars(module).values()):
                if isinstance(value, type) and id(value) not in seen:
                    seen.add(id(value))
                    name = f"{value.__module__}.{value.__qualname__}"
                    self._watched.append(_Watched(name, vars(value), True))
        entries = [entry for watched in self._watched for entry in watched.before.values()]
        self._functions = [entry.function for entry in entries if entry.function is not None]
        self._namespaces = [watched.namespace for watched in self._watched]
        self._before = _Look(self._namespaces, self._functions)

    def changed(self, _look: type[_Look] = _Look) -> str:
        """The name of the first thing that is no longer what it was, or ''."""
        now = _look(self._namespaces, self._functions)
        if now.is_like(self._before):
            return ""
        for watched in self._watched:
            for key in _differences(watched, self._builtin_names):
                return watched.name + "." + key
        self._before = now  # how all looks now is as good
        return ""


def _entry(value: Any) -> _Entry:
    function = getattr(value, "__func__", value)
    if type(function) is FunctionType:
        return _Entry(value, function, function.__code__, function.__defaults__)
    return _Entry(value, None, None, None)


def _differences(
    watched: _Watched, builtin_names: frozenset[str], _absent: object = _ABSENT
) -> Iterator[str]:
    namespace = watched.namespace
    for key, entry in watched.before.items():
        function = entry.function
        if namespace.get(key, _absent) is not entry.value or (
            function is not None
            and (function.__code__ is not entry.code or function.__defaults__ is not entry.defaults)
        ):
            yield key
    for key in namespace:
        if key not in watched.names:
            yield from _addition(watched, key, builtin_names)


def _addition(watched: _Watched, key: str, builtin_names: frozenset[str]) -> Iterator[str]:
    value = watched.namespace[key]
    if watched.is_class:
        if key not in _OWN_CACHES and type(value) is FunctionType:
            yield key
    elif key in builtin_names and not key.startswith("__"):
        yield key


class Whole(NamedTuple):
    """The fingerprints of all that a verdict rests on."""

    near: Fingerprint  # the standard library that katas use, and the harness: compared after every check
    far: Fingerprint  # what pytest and Hypothesis are made of, twice as much: after every level


def of_the_grader() -> Whole:
    """Of all that is loaded."""
    return Whole(
        Fingerprint(_loaded([*STANDARD, *_modules_of(GRADER)])),
        Fingerprint(_loaded(_modules_of(BEHIND_IT))),
    )


def _modules_of(packages: Sequence[str]) -> list[str]:
    return [name for name in sys.modules if name.partition(".")[0] in packages]


def _loaded(names: Iterable[str]) -> list[ModuleType]:
    modules = [sys.modules[name] for name in dict.fromkeys(names) if name in sys.modules]
    return [module for module in modules if isinstance(module, ModuleType)]
