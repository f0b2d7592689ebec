"""Notices when a candidate replaces a part of the standard library or of the grader.

Guarantees: a name in a watched module or class that stands for something callable, and then
stands for something else, is gone, or has had its code swapped, is reported by name; so is a new
name that hides a builtin, and a new callable in a watched class.
Assumptions: taken before the candidate is loaded. What is put back before the next comparison is
not seen here; screen.py refuses the open ways of doing that.
"""

import builtins
import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import is_, methodcaller
from types import BuiltinFunctionType, FunctionType, MethodDescriptorType, ModuleType
from typing import Any, NamedTuple

STANDARD = (
    "builtins threading _thread time queue _queue collections heapq bisect itertools functools "
    "contextlib weakref concurrent.futures concurrent.futures._base concurrent.futures.thread os "
    "posix signal sys json json.encoder random math operator types traceback hashlib "
    "faulthandler greenlet pluggy"
).split()
PACKAGES = ("pytest", "_pytest", "pluggy", "hypothesis", "harness")

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
_All = Callable[[Iterable[Any]], bool]
_Is = Callable[[Any, Any], bool]
_Len = Callable[[Any], int]
_Referents = Callable[..., list[Any]]
_values_of = methodcaller("values")


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


class _Look:
    """All namespaces side by side, so that one pass in C tells whether anything in them has changed."""

    def __init__(self, namespaces: Sequence[Mapping[str, Any]]) -> None:
        self._namespaces = namespaces
        self._lengths = [len(namespace) for namespace in namespaces]
        self._names = [name for namespace in namespaces for name in namespace]
        self._values = [value for namespace in namespaces for value in namespace.values()]

    def is_the_same(
        self, _all: _All = all, _map: type = map, _is: _Is = is_, _len: _Len = len,
        _chain: Callable[[Iterable[Any]], Iterable[Any]] = chain.from_iterable,
    ) -> bool:  # fmt: skip
        """Has no name come, gone, or been bound again?"""
        return (
            [*_map(_len, self._namespaces)] == self._lengths
            and _all(_map(_is, _chain(_map(_values_of, self._namespaces)), self._values))
            and _all(_map(_is, _chain(self._namespaces), self._names))
        )


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
        self._look()

    def _look(self, _parts_of: _Referents = gc.get_referents) -> None:
        """How all looks now is as good as how it looked before."""
        self._looks = _Look([watched.namespace for watched in self._watched])
        self._parts = _parts_of(*self._functions)

    def changed(self) -> str:
        """The name of the first thing that is no longer what it was, or ''."""
        if self._functions_are_the_same() and self._looks.is_the_same():
            return ""
        for watched in self._watched:
            for key in _differences(watched, self._builtin_names):
                return watched.name + "." + key
        self._look()
        return ""

    def _functions_are_the_same(
        self, _parts_of: _Referents = gc.get_referents,
        _all: _All = all, _map: type = map, _is: _Is = is_, _len: _Len = len,
    ) -> bool:  # fmt: skip
        """Do they consist of what they did: code, defaults, closure and all?

        Reading `__code__` is an audit event, and some thousands of them a check take their time.
        """
        parts = _parts_of(*self._functions)
        return _len(parts) == _len(self._parts) and _all(_map(_is, parts, self._parts))


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


def of_the_grader() -> Fingerprint:
    """The standard library that katas use, and everything of the grader that is loaded."""
    names = [*STANDARD]
    names += [name for name in sys.modules if name.partition(".")[0] in PACKAGES]
    modules = [sys.modules[name] for name in dict.fromkeys(names) if name in sys.modules]
    return Fingerprint(module for module in modules if isinstance(module, ModuleType))
