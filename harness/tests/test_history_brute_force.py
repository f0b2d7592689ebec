"""The checker against the definition: every order of generated small histories is tried."""

import itertools
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.history import FifoQueue, Model, Operation, Outcomes, Register, check
from harness.history.model import agrees


class Choosy(Model):
    """A bag from which any item may come: several outcomes for one call."""

    initial: Hashable = frozenset()

    def put(self, items: frozenset[int], item: int) -> Outcomes:
        return [(None, items | {item})]

    def take(self, items: frozenset[int]) -> Outcomes:
        return [(item, items - {item}) for item in sorted(items)]


def by_brute_force(history: Sequence[Operation], model: Model) -> bool:
    """The definition: try each order of the returned calls and each subset of the pending ones."""
    done = [call for call in history if not call.pending]
    open_calls = [call for call in history if call.pending]
    return any(
        _respects_time(order) and _runs(order, model)
        for count in range(len(open_calls) + 1)
        for extra in itertools.combinations(open_calls, count)
        for order in itertools.permutations([*done, *extra])
    )


def _respects_time(order: Sequence[Operation]) -> bool:
    return not any(
        later.returned is not None and later.returned < earlier.called
        for earlier, later in itertools.combinations(order, 2)
    )


def _runs(order: Sequence[Operation], model: Model) -> bool:
    states = {model.initial}
    for call in order:
        states = {
            after
            for state in states
            for result, after in model.step(state, call)
            if call.pending or agrees(call.result, result)
        }
    return bool(states)


SMALL = st.integers(0, 2)
# for each kind: the model, and (name, number of arguments, results to draw from) an operation
CALLS: dict[str, tuple[Callable[[], Model], list[tuple[str, int, list[object]]]]] = {
    "queue": (
        lambda: FifoQueue(2),
        [
            ("try_push", 1, [True, False]),
            ("try_pop", 0, [None, 0, 1, 2]),
            ("push", 1, [True]),
            ("pop", 0, [0, 1, 2]),
        ],
    ),
    "register": (
        lambda: Register(0),
        [("read", 0, [0, 1, 2]), ("write", 1, [None]), ("compare_and_set", 2, [True, False])],
    ),
    "bag": (Choosy, [("put", 1, [None]), ("take", 0, [0, 1, 2])]),
}


@st.composite
def histories(draw: st.DrawFn, kind: str) -> list[Operation]:
    """Up to five calls of three threads, with any overlap; a thread's last call may be pending."""
    count = draw(st.integers(1, 5))
    threads = draw(st.lists(st.sampled_from("abc"), min_size=count, max_size=count))
    ticks = draw(st.permutations([*threads, *threads]))
    running: dict[str, Operation] = {}
    result: list[Operation] = []
    for tick, thread in enumerate(ticks, 1):
        if thread in running:
            result.append(replace(running.pop(thread), returned=tick))
        else:
            name, arity, results = draw(st.sampled_from(CALLS[kind][1]))
            args = tuple(draw(SMALL) for _ in range(arity))
            gives = draw(st.sampled_from(results))
            running[thread] = Operation(thread, name, args, (), tick, None, gives)
    return _leave_some_pending(draw, result)


def _leave_some_pending(draw: st.DrawFn, history: list[Operation]) -> list[Operation]:
    last = {call.thread: call for call in sorted(history, key=lambda call: call.called)}
    pending = {call for call in last.values() if draw(st.booleans())}
    return [replace(call, returned=None) if call in pending else call for call in history]


@pytest.mark.parametrize("kind", CALLS)
@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=st.data())
def test_the_verdict_is_that_of_brute_force(kind: str, data: st.DataObject) -> None:
    history = data.draw(histories(kind))
    model = CALLS[kind][0]()
    judgement = check(history, model)
    assert judgement.linearizable == by_brute_force(history, model)
    assert _respects_time(judgement.order)
    assert _runs(judgement.order, model)
    assert judgement.explanation
