"""The question that a suite asks, and the answer that it gets.

Guarantees: the explanation is only worked out when it is read, so that asking after each of some
thousand schedules costs the search alone.
Assumptions: as in `harness.history.search`.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.history.explain import explain
from harness.history.model import Model
from harness.history.record import History, Operation
from harness.history.search import Lane, Placed, lanes_of, search


@dataclass(frozen=True)
class Judgement:
    """Whether the calls have an order that the model agrees with, and what was found.

    `lanes` are the calls of the part that was judged last: the one that failed, if one did.
    """

    linearizable: bool
    model: Model
    lanes: tuple[Lane, ...]
    best: Placed

    @property
    def order(self) -> tuple[Operation, ...]:
        """The calls in an order that works: all that returned, or the longest prefix found."""
        return tuple(node.operation for node in self.best.path() if node.operation is not None)

    @cached_property
    def explanation(self) -> str:
        """What a learner reads: the history drawn, the longest prefix, and what does not fit."""
        if self.linearizable:
            return f"The calls agree with {self.model.description}."
        return explain(self.model, self.lanes, self.best)

    def __bool__(self) -> bool:
        return self.linearizable

    def __str__(self) -> str:
        return self.explanation


def check(history: History | Sequence[Operation], model: Model) -> Judgement:
    """Judge whether `history` is linearizable with respect to `model`."""
    operations = history.operations if isinstance(history, History) else history
    judgement = Judgement(True, model, (), Placed((), model.initial, 0))
    for part in _parts(operations, model):
        lanes = lanes_of(part)
        linearizable, best = search(lanes, model)
        judgement = Judgement(linearizable, model, lanes, best)
        if not linearizable:
            break
    return judgement


def assert_linearizable(history: History | Sequence[Operation], model: Model) -> None:
    """Raise AssertionError, with the explanation, unless `history` is linearizable."""
    judgement = check(history, model)
    if not judgement:
        raise AssertionError(judgement.explanation)


def _parts(operations: Sequence[Operation], model: Model) -> list[list[Operation]]:
    parts: dict[Hashable, list[Operation]] = {}
    for operation in operations:
        parts.setdefault(model.partition(operation), []).append(operation)
    return list(parts.values())
