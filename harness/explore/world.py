"""The modules that simulated code imports: CPython's own, executed afresh on simulated locks and time.

`threading`, `queue`, `concurrent.futures`, `sched` are the interpreter's own source files, so `Condition`,
`Semaphore`, `Queue`, `Future`, `ThreadPoolExecutor` behave as the real ones: they are the real ones.

Guarantees
- Code loaded by `World.load` gets these modules however and wherever it imports them.
- `World.reset` forgets all that an execution left in them; `random` gives the same numbers each time.
"""

from __future__ import annotations

import builtins
import dataclasses
import datetime
import functools
import importlib
import importlib.util
import itertools
import logging
import os
import random
import sys
import timeit
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import CodeType, FunctionType, ModuleType, SimpleNamespace
from typing import Any

from harness.explore import clock, hooks, locks
from harness.explore.caches import caches
from harness.explore.instrument import instrument_once
from harness.explore.kernel import Abandoned
from harness.explore.shapes import CALLED_BY_C, note_class
from harness.explore.simple_queue import SimpleQueue
from harness.explore.sites import SiteTable
from harness.explore.state import STATE
from harness.explore.threads import MAIN_IDENT, make_thread_module

_FRESH = (
    "threading", "_threading_local", "queue", "sched", "concurrent", "concurrent.futures",
    "concurrent.futures._base", "concurrent.futures.thread",
)  # fmt: skip
# Where the standard library guards its data with its own locks throughout, their taking orders all accesses
# and nothing need be noted. These are the parts that look at data without a lock, or call the program's
# functions, which may be a container's own method.
_WITHOUT_LOCKS = {
    "threading": ("Event", "Barrier", "Thread.run", "Timer.run"),
    "concurrent.futures._base": (
        "_Waiter", "_AsCompletedWaiter", "_FirstCompletedWaiter", "_AllCompletedWaiter", "wait",
        "as_completed", "_yield_finished_futures", "Future._invoke_callbacks", "Future.add_done_callback",
    ),
}  # fmt: skip
SEED = 20061  # of the program's `random`
_IDENTITY_HASH: Any = object.__hash__
_BOOKKEEPING = ("_active_limbo_lock", "_shutdown_locks_lock")


class World:
    """One set of simulated modules, and the importer that serves them."""

    def __init__(self, sites: SiteTable, uncaught: Callable[[Any], None]) -> None:
        self.sites = sites
        self._executor_numbers = _Numbers(0)
        self.modules: dict[str, ModuleType] = {}
        self._uses_chance = False  # does the program import `random`?
        self._pristine: dict[str, dict[str, Any]] = {}  # names of modules as they were when loaded
        self.builtins = {
            **vars(builtins),
            "__import__": self._import,
            "__build_class__": _build_class,
            "id": stable_id,
        }
        self.modules["_thread"] = make_thread_module(uncaught)
        self._thread_for_programs = make_thread_module(uncaught, locks.Lock)
        self.modules["time"] = clock.make_time_module()
        self.modules["functools"] = _changed(functools, **caches(sites))
        self.modules["timeit"] = _changed(timeit, default_timer=clock.as_in_c(clock.now))
        self.modules["datetime"] = _changed(datetime, datetime=clock.Datetime)
        self.modules["os"] = _changed(os, register_at_fork=lambda **hooks: None)
        self.modules["_queue"] = self._queue_module()
        self.modules["importlib"] = _changed(importlib, import_module=self.import_module)
        self.modules["dataclasses"] = _changed(dataclasses, dataclass=_dataclass)
        self.threading = self._fresh("threading")
        self._settle_threading()
        self._pristine["threading"] = dict(vars(self.threading))
        self.queue = self._fresh("queue")

    # -- the special modules ------------------------------------------------------------------------

    @staticmethod
    def _queue_module() -> ModuleType:
        import _queue

        module = ModuleType("_queue")
        module.__dict__.update(Empty=_queue.Empty, SimpleQueue=SimpleQueue)
        return module

    def _settle_threading(self) -> None:
        threading: Any = self.threading
        for name in _BOOKKEEPING:
            if hasattr(threading, name):
                setattr(threading, name, locks.NoLock())
        threading.Lock = locks.Lock
        threading.RLock = threading._CRLock = locks.RLock
        threading._counter = self._thread_numbers = _Numbers(1)
        threading._dangling = _Forgetful()
        threading._shutdown_locks = _Forgetful()  # until 3.12
        threading._maintain_shutdown_locks = lambda: None
        threading._make_invoke_excepthook = lambda: self._report_uncaught
        _without_points(threading.Thread, threading)
        threading.excepthook = self.modules["_thread"].__dict__["_excepthook"]
        threading._main_thread._ident = MAIN_IDENT
        self._main_thread = threading._main_thread

    # -- importing ----------------------------------------------------------------------------------

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002 - the names that callers may use
        locals: Mapping[str, Any] | None = None,  # noqa: A002
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level:
            package = (globals or {}).get("__package__")
            name = importlib.util.resolve_name("." * level + name, package)
        if name == "random" and not self._uses_chance:
            self._uses_chance = True
            random.seed(SEED)
        if name == "_thread" and not self._from_standard_library(globals):
            return self._thread_for_programs
        if not self._is_ours(name) or (name == "os" and not self._from_standard_library(globals)):
            return builtins.__import__(name, globals, locals, fromlist or (), 0)
        module = self.import_module(name)
        for part in fromlist or ():
            if not hasattr(module, part) and f"{name}.{part}" in _FRESH:
                self.import_module(f"{name}.{part}")
        return module if fromlist else self.modules[name.partition(".")[0]]

    @staticmethod
    def _from_standard_library(names: Mapping[str, Any] | None) -> bool:
        return names is not None and names.get("__name__") in _FRESH

    def _is_ours(self, name: str) -> bool:
        return name in self.modules or name in _FRESH

    def import_module(self, name: str, package: str | None = None) -> ModuleType:
        """`importlib.import_module`, for simulated code."""
        if name.startswith("."):
            name = importlib.util.resolve_name(name, package or "")
        if not self._is_ours(name):
            return importlib.import_module(name)
        parent, _, last = name.rpartition(".")
        if parent:
            self.import_module(parent)
        module = self.modules.get(name) or self._fresh(name)
        if parent:
            setattr(self.modules[parent], last, module)
        return module

    def _fresh(self, name: str) -> ModuleType:
        module = ModuleType(name)
        self.modules[name] = module
        spec = importlib.util.find_spec(name)
        assert spec is not None
        if name == "concurrent":
            module.__path__ = []
            return module
        assert spec.origin is not None
        package = name if spec.submodule_search_locations else name.rpartition(".")[0]
        if spec.submodule_search_locations:
            module.__path__ = []
        code = _library_code(name, spec.origin, self.sites)
        self.execute(code, module, package, hooks.SILENT)
        if name == "concurrent.futures._base":
            vars(module)["LOGGER"].addFilter(_is_news)
        if name == "concurrent.futures.thread":
            vars(module)["ThreadPoolExecutor"]._counter = self._executor_numbers
        self._pristine[name] = dict(vars(module))
        return module

    def execute(
        self, code: CodeType, module: ModuleType, package: str, hook_set: Mapping[str, Any]
    ) -> None:
        """Runs a module's instrumented code in this world."""
        names = vars(module)
        names.update(hook_set)
        names["__builtins__"] = self.builtins
        names["__package__"] = package
        names["__file__"] = code.co_filename
        exec(code, names)

    # -- between executions ----------------------------------------------------------------------------

    def reset(self) -> None:
        """Makes the standard library forget the last execution."""
        if STATE.patched:
            self._repair()
        threading: Any = self.threading
        if self._uses_chance:
            random.seed(SEED)
        locks.renew_early_locks()
        threading._active.clear()
        threading._active[MAIN_IDENT] = self._main_thread
        threading._limbo.clear()
        self._thread_numbers.restart()
        futures = self.modules.get("concurrent.futures.thread")
        if futures is not None:
            self._reset_executor(futures)

    def _report_uncaught(self, thread: Any) -> None:
        """What `Thread` does with an exception that its `run` let through."""
        kind, error, trace = sys.exc_info()
        if kind is Abandoned:
            return
        threading: Any = self.threading
        args = SimpleNamespace(exc_type=kind, exc_value=error, exc_traceback=trace, thread=thread)
        threading.excepthook(args)

    def _repair(self) -> None:
        """Somebody assigned to a module's attribute."""
        STATE.patched = False
        for name, names in self._pristine.items():
            current = vars(self.modules[name])
            current.clear()
            current.update(names)

    def _reset_executor(self, futures: Any) -> None:
        futures._threads_queues.clear()
        futures._shutdown = False
        futures._global_shutdown_lock = locks.NoLock()
        self._executor_numbers.restart()

    def is_daemon(self, ident: int) -> bool:
        """Is the thread with this ident a daemon?"""
        thread = self.threading.__dict__["_active"].get(ident)
        return thread is not None and thread.daemon

    def thread_name(self, ident: int) -> str | None:
        """The name that the program gave to the thread with this ident."""
        thread = self.threading.__dict__["_active"].get(ident)
        return None if thread is None else thread.name


def _changed(module: ModuleType, **names: Any) -> ModuleType:
    """A copy of a real module with other things under these names."""
    copy = ModuleType(module.__name__)
    copy.__dict__.update({k: v for k, v in vars(module).items() if not k.startswith("__")})
    copy.__dict__.update(names)
    return copy


def _is_news(record: logging.LogRecord) -> bool:
    """A worker that is unwound because its execution is over is nothing to log."""
    return record.exc_info is None or record.exc_info[0] is not Abandoned


def _library_code(name: str, file: str, sites: SiteTable) -> CodeType:
    source = Path(file).read_text(encoding="utf-8")
    return instrument_once(source, file, sites, _WITHOUT_LOCKS.get(name))


class _Numbers:
    """Numbers what has no name. It stays where it is, so that all else in a module can be seen to stay."""

    def __init__(self, first: int) -> None:
        self._first = first
        self.restart()

    def restart(self) -> None:
        self._next = itertools.count(self._first)

    def __call__(self) -> int:
        return next(self._next)


class _Started:
    """`Thread._started`: `start` returns when the new thread has set it, at its first point."""

    def __init__(self) -> None:
        self._flag = False

    def set(self) -> None:
        self._flag = True

    def is_set(self) -> bool:
        return self._flag

    def wait(self, timeout: float | None = None) -> bool:
        return self._flag


def _without_points(thread: Any, module: ModuleType) -> None:
    """Starting and ending a thread is one step: its own bookkeeping interests nobody."""
    old = thread.__init__
    names = {**vars(module), "Event": _Started}
    thread.__init__ = FunctionType(old.__code__, names, "__init__", old.__defaults__)
    thread.__init__.__kwdefaults__ = old.__kwdefaults__


class _Forgetful:
    """`threading._dangling` and `_shutdown_locks`, which serve forks and the interpreter's end alone."""

    def add(self, thing: object) -> None:
        pass

    def discard(self, thing: object) -> None:
        pass


def stable_id(thing: object) -> int:
    """`id`, but by the order of asking within an execution: what is sorted by it sorts alike each time."""
    numbers = STATE.numbers
    entry = numbers.get(id(thing))
    if entry is None:
        entry = numbers[id(thing)] = (0x7F00_0000_0000 + 64 * (len(numbers) + 1), thing)
    return entry[0]


def _stable_hash(self: object) -> int:
    return stable_id(self) >> 6


def _build_class(function: Any, name: str, *bases: Any, **keywords: Any) -> Any:
    """Classes of simulated code hash their objects by `stable_id`, so that sets are walked alike."""
    cls = builtins.__build_class__(function, name, *bases, **keywords)
    if isinstance(cls, type):
        note_class(cls)
        if not getattr(cls, "_is_protocol", False):  # whose methods are what `isinstance` asks for
            _settle_hash(cls)
    return cls


def _settle_hash(cls: type) -> None:
    if vars(cls).get("__hash__", cls.__hash__) is _IDENTITY_HASH:
        type.__setattr__(cls, "__hash__", _stable_hash)


def _dataclass(cls: Any = None, /, **options: Any) -> Any:
    """`dataclasses.dataclass`, which must not take our `__hash__` for one that the program wrote."""

    def decorate(given: type) -> type:
        ours = vars(given).get("__hash__") is _stable_hash
        if ours:
            type.__delattr__(given, "__hash__")
        written = {**vars(given)}
        made: type = dataclasses.dataclass(**options)(given)
        for name in CALLED_BY_C & vars(made).keys() - written.keys():
            type.__setattr__(made, name, _entered(vars(made)[name]))
        if ours:
            _settle_hash(made)
        return made

    return decorate if cls is None else decorate(cls)


def _entered(method: Any) -> Any:
    """A method that `dataclass` has made, with the point that instrumented ones begin with."""
    if method is None:  # `__hash__`
        return None

    @functools.wraps(method)
    def entered(*args: Any) -> Any:
        hooks.POINTED["_k_enter"]()
        return method(*args)

    return entered


def standard_library() -> str:
    """The folder of the interpreter's own modules."""
    return str(Path(sys.modules["os"].__file__ or "").parent)
