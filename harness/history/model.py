"""What a sequential model is: for each operation, what it may return and what state it leaves.

A model is a class with one method an operation, named as the operation is in the history. The
method is a pure function of the state and the call's arguments, and returns every possible outcome:

    class Box(Model):
        description = "a box for one item"
        initial = None
        def put(self, state, item):
            return [(True, item)] if state is None else [(False, state)]

An empty list means that the call cannot take effect in this state: it would still be waiting.
Several outcomes mean that the contract leaves the choice open. ANY as a result fits whatever came.

Guarantees: results are compared without ever calling a candidate's `__eq__`.
Assumptions: states are hashable and are never modified.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Final, cast

from harness.history.record import Operation, Raised


class _Any:
    def __repr__(self) -> str:
        return "anything"


ANY: Final = _Any()
Outcomes = Sequence[tuple[object, Hashable]]  # each (result, state afterwards)


class Model:
    """A sequential object: `initial` state, and a public method for each operation."""

    description = "the model"
    initial: Hashable = None

    def step(self, state: Hashable, operation: Operation) -> Outcomes:
        """Every (result, state afterwards) that `operation` may have in `state`."""
        method = getattr(self, operation.name, None)
        if method is None or operation.name in _RESERVED:
            raise TypeError(f"{type(self).__name__} has no operation {operation.name!r}")
        outcomes = cast("Callable[..., Outcomes]", method)
        return outcomes(state, *operation.args, **dict(operation.kwargs))

    def partition(self, operation: Operation) -> Hashable:
        """The part of the object that `operation` touches, where parts are independent.

        Each part is checked alone (P-compositionality: Horn and Kroening 2015), and begins in
        `initial`. One and the same value for every operation means: no parts.
        """
        return None

    def show(self, state: Hashable) -> str:
        """The state as a failure text names it."""
        return repr(state)


_RESERVED = frozenset({"step", "partition", "show", "description", "initial"})


class PerKey(Model):
    """Many objects of one kind, each named by the first argument of every operation."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.initial = model.initial
        self.description = f"{model.description} for each key"

    def step(self, state: Hashable, operation: Operation) -> Outcomes:
        return self._model.step(state, replace(operation, args=operation.args[1:]))

    def partition(self, operation: Operation) -> Hashable:
        return operation.args[0]

    def show(self, state: Hashable) -> str:
        return self._model.show(state)


_PLAIN = (str, bytes, bytearray, bool, type(None))
_NUMBERS = (int, float)


def agrees(seen: object, expected: object) -> bool:
    """Whether a call that returned `seen` may have had the model's result `expected`.

    Plain values agree by value (True is not 1, but 1 is 1.0), containers item by item, and all
    else only by identity: an `__eq__` that says yes to everything is never asked.
    """
    if expected is ANY or seen is expected:
        return True
    if type(seen) in _NUMBERS and type(expected) in _NUMBERS:
        return seen == expected
    if type(seen) is not type(expected):
        return False
    if isinstance(seen, Raised) and isinstance(expected, Raised):
        return seen.exception == expected.exception
    if type(seen) in _PLAIN:
        return seen == expected
    if type(seen) in (list, tuple):
        return _all_agree(cast("Sequence[object]", seen), cast("Sequence[object]", expected))
    return False


def _all_agree(seen: Sequence[object], expected: Sequence[object]) -> bool:
    return len(seen) == len(expected) and all(map(agrees, seen, expected))
