"""A simulated `_thread` module, for CPython's own `threading` of any version from 3.11 on.

Guarantees
- Starting and joining a thread, and asking whether it lives, mean what they mean in CPython; idents and
  names of threads are the same on every run.
"""

from __future__ import annotations

import _thread
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

from harness.explore import locks
from harness.explore.kernel import ALIVE, TIMEOUT_MAX
from harness.explore.simthread import SimThread
from harness.explore.state import STATE

MAIN_IDENT = 1
_by_ident: dict[int, SimThread] = {}


def get_ident() -> int:
    """The ident of the running simulated thread; outside of any, the main thread's."""
    thread = STATE.thread
    return MAIN_IDENT if thread is None else thread.ident


class Handle:
    """3.13's `_thread._ThreadHandle`."""

    def __init__(self) -> None:
        self.thread: SimThread | None = None
        self.done = False

    @property
    def ident(self) -> int:
        return 0 if self.thread is None else self.thread.ident

    def is_done(self) -> bool:
        return self.done or (self.thread is not None and _has_ended(self.thread))

    def join(self, timeout: float | None = None) -> None:
        if self.thread is not None:
            _wait_for_end(self.thread, timeout)

    def _set_done(self) -> None:
        self.done = True


class _Known(Handle):
    """The handle of a thread that runs already."""

    def __init__(self, ident: int) -> None:
        self._ident = ident
        self.done = False

    @property
    def thread(self) -> SimThread | None:  # type: ignore[override]
        threads = STATE.run.threads if STATE.thread is not None else []
        return threads[self._ident - 1] if self._ident <= len(threads) else None


def _wait_for_end(other: SimThread, timeout: float | None) -> bool:
    thread = STATE.thread
    if thread is None:
        return True
    if timeout is not None and timeout < 0:
        timeout = None
    if timeout == 0:
        return _has_ended(other)
    if not STATE.run.block(thread, other.finished, timeout, False):
        return False
    thread.joined(other)
    return True


def _has_ended(other: SimThread) -> bool:
    """`is_alive` looks at this: a point, unless the answer cannot change any more."""
    thread = STATE.thread
    if thread is None or thread.index < 0 or thread is other:
        return other.finished.free
    if other.epoch > thread.known.get(other, -1):  # its end is not in our past
        STATE.run.found_locks.add(ALIVE)
    if not other.finished.free:
        locks.lock_point(thread)
    if other.finished.free:
        thread.joined(other)
    thread.chain = hash((thread.chain, other.finished.free))
    return other.finished.free


class Sentinel:
    """3.11's and 3.12's `_tstate_lock`: locked until the thread has ended."""

    def __init__(self, thread: SimThread | None) -> None:
        self.thread = thread
        self.given_up = False  # by a `join` that raised

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if STATE.thread is None:
            return True
        thread = self.thread or STATE.run.threads[0]
        if thread is STATE.thread:
            return False  # whoever asks is alive
        return _wait_for_end(thread, 0 if not blocking else None if timeout < 0 else timeout)

    def release(self) -> None:
        self.given_up = True

    def locked(self) -> bool:
        return not (self.given_up or self.thread is None or self.thread.finished.free)

    def _at_fork_reinit(self) -> None:
        pass


def _start(function: Callable[..., object], args: tuple[Any, ...] = (), kwargs: Any = None) -> int:
    thread = STATE.run.start(lambda: function(*args, **(kwargs or {})))
    return thread.ident


def _start_joinable(
    function: Callable[[], object], handle: Handle | None = None, daemon: bool = True
) -> Handle:
    handle = handle if handle is not None else Handle()

    def body() -> object:
        handle.thread = STATE.thread
        return function()

    STATE.run.start(body)
    return handle


def _make_handle(ident: int) -> Handle:
    """The handle of a thread that `threading` did not start: the main thread, or a raw one."""
    return _Known(ident)


class _Local:
    """`threading.local`: each simulated thread sees attributes of its own."""

    def __new__(cls, *args: Any, **kwargs: Any) -> _Local:
        if (args or kwargs) and cls.__init__ is object.__init__:
            raise TypeError("Initialization arguments are not supported")
        self = object.__new__(cls)
        object.__setattr__(self, "_k_made_with", (args, kwargs))
        object.__setattr__(self, "_k_dicts", {get_ident(): {}})
        return self

    def _k_mine(self) -> dict[str, Any]:
        dicts: dict[int, dict[str, Any]] = object.__getattribute__(self, "_k_dicts")
        mine = dicts.get(get_ident())
        if mine is None:
            mine = dicts[get_ident()] = {}
            args, kwargs = object.__getattribute__(self, "_k_made_with")
            type(self).__init__(self, *args, **kwargs)
        return mine

    def __getattribute__(self, name: str) -> Any:
        if name == "__dict__":
            return _Local._k_mine(self)
        mine = _Local._k_mine(self)
        if name in mine:
            return mine[name]
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        mine = _Local._k_mine(self)
        if _has(self, name, "__set__"):
            object.__setattr__(self, name, value)
        else:
            mine[name] = value

    def __delattr__(self, name: str) -> None:
        if _has(self, name, "__delete__"):
            return object.__delattr__(self, name)
        try:
            del _Local._k_mine(self)[name]
        except KeyError:
            raise AttributeError(name) from None

    def __reduce__(self) -> str:
        raise TypeError("cannot pickle '_thread._local' object")


def _has(thing: object, name: str, slot: str) -> bool:
    """Is the attribute of this name in the thing's class a descriptor with that slot, as a property has?"""
    return hasattr(type(getattr(type(thing), name, None)), slot)


def make_thread_module(
    report: Callable[[Any], None], allocated: type = locks.HiddenLock
) -> ModuleType:
    """The simulated `_thread`; `report` gets the exceptions that nobody caught.

    allocated: what `allocate_lock` makes; a lock without points for the standard library alone.
    """
    module = ModuleType("_thread")
    module.__dict__.update(
        {k: v for k, v in vars(_thread).items() if not k.startswith("__")},
        start_new_thread=_start,
        start_new=_start,
        start_joinable_thread=_start_joinable,
        allocate_lock=allocated,
        allocate=allocated,
        lock=locks.Lock,
        LockType=locks.Lock,
        RLock=locks.RLock,
        get_ident=get_ident,
        get_native_id=get_ident,
        daemon_threads_allowed=lambda: True,
        _is_main_interpreter=lambda: True,
        _get_main_thread_ident=lambda: MAIN_IDENT,
        _set_sentinel=lambda: Sentinel(STATE.thread),
        _ThreadHandle=Handle,
        _make_thread_handle=_make_handle,
        _shutdown=lambda: None,
        _count=lambda: len(STATE.run.live) if STATE.thread is not None else 1,
        _local=_Local,
        _excepthook=report,
        _ExceptHookArgs=SimpleNamespace,
        TIMEOUT_MAX=TIMEOUT_MAX,
        set_name=lambda name: None,
        interrupt_main=lambda signum=2: None,
        exit=_exit,
        exit_thread=_exit,
    )
    return module


def _exit() -> None:
    raise SystemExit
