"""Record which thread called what, when the call began and ended, and what it returned.

Guarantees: ticks are unique and grow; an operation that ended before another began has the smaller
ticks. Safe for real threads (one lock around each event) and for simulated ones, to whose scheduler
calls and returns are made known (`witness`). A call that never returns stays there as pending.
Assumptions: the call goes through `History.call` or `call_as`, wholly inside its own thread.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from harness.history.witness import call_begins, call_returns, running_thread

Result = TypeVar("Result")


@dataclass(frozen=True)
class Raised:
    """The result of a call that raised, by the name of the exception's class.

    The name and not the class: a candidate's module is loaded afresh for each schedule, and each
    load has a class of its own.
    """

    exception: str

    def __repr__(self) -> str:
        return f"raises {self.exception}"


@dataclass(frozen=True, eq=False)
class Operation:
    """One call. `returned` is None while the call is pending, and `result` means nothing then."""

    thread: str
    name: str
    args: tuple[object, ...] = ()
    kwargs: tuple[tuple[str, object], ...] = ()
    called: int = 0
    returned: int | None = None
    result: object = None

    @property
    def pending(self) -> bool:
        return self.returned is None

    def call_text(self) -> str:
        shown = [repr(arg) for arg in self.args]
        shown += [f"{name}={value!r}" for name, value in self.kwargs]
        return f"{self.name}({', '.join(shown)})"

    def result_text(self) -> str:
        if self.pending:
            return "never returned"
        if isinstance(self.result, Raised):
            return repr(self.result)
        return f"-> {self.result!r}"

    def __str__(self) -> str:
        return f"{self.call_text()} {self.result_text()}"


class History:
    """What the threads of one run called, in the order in which it began and ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        # guarded by self._lock
        self._ticks = 0
        self._operations: list[Operation] = []
        self._names: dict[int, str] = {}

    def call(self, function: Callable[..., Result], /, *args: object, **kwargs: object) -> Result:
        """Call `function(*args, **kwargs)` and record it under the function's own name.

        Returns what it returned, raises what it raised. An Exception is recorded as its result;
        a BaseException (a thread thrown away) leaves the call pending.
        """
        name = getattr(function, "__name__", "<lambda>")
        if name == "<lambda>":
            raise TypeError(f"{function!r} has no name: use call_as(name, function, ...)")
        return self.call_as(name, function, *args, **kwargs)

    def call_as(
        self, name: str, function: Callable[..., Result], /, *args: object, **kwargs: object
    ) -> Result:
        """As `call`, under the given name: that of the model's operation."""
        index = self._begin(name, args, tuple(kwargs.items()))
        try:
            result = function(*args, **kwargs)
        except Exception as error:
            self._end(index, Raised(type(error).__name__))
            raise
        self._end(index, result)
        return result

    @property
    def operations(self) -> tuple[Operation, ...]:
        """The calls so far, in the order in which they began."""
        with self._lock:
            return tuple(self._operations)

    def _begin(
        self, name: str, args: tuple[object, ...], kwargs: tuple[tuple[str, object], ...]
    ) -> int:
        call_begins(self)
        key, label = _who_runs()
        with self._lock:
            thread = self._names.get(key) or self._new_name(key, label)
            self._operations.append(Operation(thread, name, args, kwargs, self._tick()))
            return len(self._operations) - 1

    def _end(self, index: int, result: object) -> None:
        call_returns(self)
        with self._lock:
            begun = self._operations[index]
            self._operations[index] = replace(begun, returned=self._tick(), result=result)

    def _tick(self) -> int:
        self._ticks += 1
        return self._ticks

    def _new_name(self, key: int, name: str) -> str:
        while name in self._names.values():
            name += "'"
        self._names[key] = name
        return name


def _who_runs() -> tuple[int, str]:
    """A key for the thread that runs, real or simulated, and its name.

    A real thread may get the ident of one that has ended: no harm, the two do not overlap.
    """
    simulated = running_thread()
    if simulated is not None:
        return simulated
    return threading.get_ident(), threading.current_thread().name
