"""Notices when a candidate replaces a part of the standard library or of the grader.

Guarantees: a name in a watched module or class that stands for something callable, and then
stands for something else, is gone, or has had its code swapped, is reported by name; so is a new
name that hides a builtin, and a new callable in a watched class.
Assumptions: taken before the candidate is loaded. What is put back before the next comparison is
not seen here; screen.py refuses the open ways of doing that.
"""

import builtins
import sys
from collections.abc import Iterable, Iterator, Mapping
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


class _Entry(NamedTuple):
    value: Any
    code: Any
    defaults: Any


class _Watched(NamedTuple):
    name: str
    namespace: Mapping[str, Any]  # the live dict
    before: Mapping[str, _Entry]
    names: frozenset[str]
    is_class: bool


class Fingerprint:
    """What the watched modules hold now; `changed` says what differs later."""

    def __init__(self, modules: Iterable[ModuleType]) -> None:
        self._watched: list[_Watched] = []
        # Held here so that replacing a builtin cannot blind the comparison.
        self._builtin_names = frozenset(vars(builtins))
        seen: set[int] = set()
        for module in modules:
            self._watch(module.__name__, vars(module), False)
            for value in list(vars(module).values()):
                if isinstance(value, type) and id(value) not in seen:
                    seen.add(id(value))
                    self._watch(f"{value.__module__}.{value.__qualname__}", vars(value), True)

    def _watch(self, name: str, namespace: Mapping[str, Any], is_class: bool) -> None:
        before = {
            key: _entry(value)
            for key, value in namespace.items()
            if isinstance(value, (*_CALLABLE, ModuleType))
        }
        self._watched.append(_Watched(name, namespace, before, frozenset(namespace), is_class))

    def changed(self) -> str:
        """The name of the first thing that is no longer what it was, or ''."""
        for watched in self._watched:
            for key in _differences(watched, self._builtin_names):
                return watched.name + "." + key
        return ""


def _entry(value: Any) -> _Entry:
    function = getattr(value, "__func__", value)
    if type(function) is FunctionType:
        return _Entry(value, function.__code__, function.__defaults__)
    return _Entry(value, None, None)


def _differences(
    watched: _Watched,
    builtin_names: frozenset[str],
    _absent: object = _ABSENT,
    _function: type = FunctionType,
    _type: type = type,
) -> Iterator[str]:
    namespace = watched.namespace
    for key, entry in watched.before.items():
        now = namespace.get(key, _absent)
        swapped = _type(now) is _function and (
            now.__code__ is not entry.code or now.__defaults__ is not entry.defaults
        )
        if now is not entry.value or swapped:
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
