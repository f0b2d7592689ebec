"""The checker's verdict on examples: from the books, with pending calls, and for each model."""

import pytest

from harness.history import (
    ANY,
    Bank,
    Counter,
    FifoQueue,
    Operation,
    PerKey,
    Raised,
    Register,
    TokenBucket,
    check,
)
from harness.history.model import agrees


def op(
    thread: str, called: int, returned: int | None, name: str, *args: object, gives: object = None
) -> Operation:
    return Operation(thread, name, args, (), called, returned, gives)


def test_a_read_that_overlaps_a_write_may_see_either_value() -> None:
    for seen in (0, 1):
        history = [op("a", 1, 4, "write", 1), op("b", 2, 3, "read", gives=seen)]
        assert check(history, Register(0))


def test_a_read_that_begins_after_the_write_must_see_it() -> None:
    history = [op("a", 1, 2, "write", 1), op("b", 3, 4, "read", gives=0)]
    assert not check(history, Register(0))


def test_two_reads_in_a_row_must_not_go_back_in_time() -> None:
    history = [
        op("a", 1, 8, "write", 1),
        op("b", 2, 3, "read", gives=1),
        op("b", 4, 5, "read", gives=0),
    ]
    assert not check(history, Register(0))


def test_sequential_consistency_is_not_enough() -> None:
    # Herlihy and Wing's figure: each thread's view has an order, but not one that respects time.
    history = [
        op("a", 1, 2, "push", "x", gives=True),
        op("b", 3, 4, "push", "y", gives=True),
        op("a", 5, 6, "pop", gives="y"),
    ]
    assert not check(history, FifoQueue())


def test_items_that_overtake_each_other_are_found() -> None:
    history = [
        op("a", 1, 2, "push", 1, gives=True),
        op("a", 3, 4, "push", 2, gives=True),
        op("b", 5, 6, "pop", gives=2),
        op("b", 7, 8, "pop", gives=1),
    ]
    judgement = check(history, FifoQueue(2))
    assert not judgement
    assert [str(placed) for placed in judgement.order] == ["push(1) -> True", "push(2) -> True"]


def test_a_refusal_while_there_was_room_is_found() -> None:
    history = [op("a", 1, 2, "try_push", 1, gives=True), op("a", 3, 4, "try_push", 2, gives=False)]
    assert check(history, FifoQueue(1))
    assert not check(history, FifoQueue(2))


def test_one_item_is_not_popped_twice() -> None:
    history = [
        op("a", 1, 2, "push", 1, gives=True),
        op("b", 3, 6, "pop", gives=1),
        op("c", 4, 5, "pop", gives=1),
    ]
    assert not check(history, FifoQueue())


def test_a_lost_update_is_found_by_the_values_that_were_returned() -> None:
    history = [op("a", 1, 4, "add_and_get", gives=1), op("b", 2, 3, "add_and_get", gives=1)]
    assert not check(history, Counter())


def test_a_bucket_is_not_emptied_twice() -> None:
    both = [op("a", 1, 4, "try_acquire", gives=True), op("b", 2, 3, "try_acquire", gives=True)]
    assert not check(both, TokenBucket(rate=1, capacity=1))
    refilled = [*both, op("c", 0, 9, "advance", 1.0)]
    assert check(refilled, TokenBucket(rate=1, capacity=1))


def test_a_total_that_misses_money_under_way_is_found() -> None:
    history = [
        op("a", 1, 4, "transfer", "ann", "bob", 5),
        op("b", 2, 3, "total", ("ann", "bob"), gives=5),
    ]
    assert not check(history, Bank({"ann": 10, "bob": 0}))


def test_a_transfer_may_be_refused_only_when_it_is_not_covered() -> None:
    refused = op("a", 1, 2, "transfer", "ann", "bob", 5, gives=Raised("InsufficientFunds"))
    assert check([refused], Bank({"ann": 4, "bob": 0}))
    assert not check([refused], Bank({"ann": 5, "bob": 0}))


def test_a_pending_call_may_have_taken_effect() -> None:
    history = [op("a", 1, None, "push", 1), op("b", 2, 3, "pop", gives=1)]
    assert check(history, FifoQueue())


def test_a_pending_call_may_have_had_no_effect() -> None:
    history = [op("a", 1, None, "push", 1), op("b", 2, 3, "try_pop", gives=None)]
    assert check(history, FifoQueue())


def test_a_pending_call_cannot_take_effect_twice_or_before_it_began() -> None:
    twice = [
        op("a", 1, None, "push", 1),
        op("b", 2, 3, "pop", gives=1),
        op("b", 4, 5, "pop", gives=1),
    ]
    early = [op("b", 1, 2, "pop", gives=1), op("a", 3, None, "push", 1)]
    assert not check(twice, FifoQueue())
    assert not check(early, FifoQueue())


def test_a_thread_may_go_on_after_a_call_that_stayed_pending() -> None:
    history = [
        op("a", 1, None, "push", 1),
        op("a", 2, 3, "push", 2, gives=True),
        op("a", 4, 5, "pop", gives=2),
        op("a", 6, 7, "pop", gives=1),
    ]
    assert check(history, FifoQueue())


def test_a_call_that_had_to_block_is_not_explained_by_an_empty_queue() -> None:
    assert not check([op("a", 1, 2, "pop", gives=None)], FifoQueue())
    assert check([op("a", 1, 2, "pop", 0.5, gives=None)], FifoQueue())


def test_parts_are_judged_apart() -> None:
    right = [op("a", 1, 2, "write", "x", 1), op("a", 3, 4, "read", "x", gives=1)]
    wrong = [op("b", 5, 6, "write", "y", 2), op("b", 7, 8, "read", "y", gives=1)]
    assert check(right, PerKey(Register(0)))
    judgement = check(right + wrong, PerKey(Register(0)))
    assert not judgement
    assert judgement.order == (wrong[0],)


def test_an_empty_history_is_linearizable() -> None:
    assert check([], Register(0))


def test_an_operation_that_the_model_does_not_have_is_an_error_of_the_suite() -> None:
    with pytest.raises(TypeError, match="Register has no operation 'pop'"):
        check([op("a", 1, 2, "pop")], Register(0))


class SaysYes:
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = object.__hash__


@pytest.mark.parametrize(
    ("seen", "expected", "verdict"),
    [
        (1, 1.0, True),
        (1, True, False),
        ([1, (2, "x")], [1, (2, "x")], True),
        ([1], (1,), False),
        (SaysYes(), 1, False),
        (1, SaysYes(), False),
        (SaysYes(), SaysYes(), False),
        (object(), ANY, True),
        (Raised("A"), Raised("A"), True),
        (Raised("A"), Raised("B"), False),
    ],
)
def test_results_agree_by_plain_value_or_identity(
    seen: object, expected: object, verdict: bool
) -> None:
    assert agrees(seen, expected) is verdict
