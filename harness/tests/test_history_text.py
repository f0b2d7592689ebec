"""What a learner reads when a history has no order: golden texts."""

from harness.history import Bank, FifoQueue, Operation, Raised, Register, check
from harness.history.drawing import draw


def op(
    thread: str, called: int, returned: int | None, name: str, *args: object, gives: object = None
) -> Operation:
    return Operation(thread, name, args, (), called, returned, gives)


def test_the_text_draws_the_calls_the_prefix_and_what_does_not_fit() -> None:
    history = [
        op("producer", 1, 2, "push", 1, gives=True),
        op("producer", 3, 6, "push", 2, gives=True),
        op("consumer", 4, 5, "pop", gives=2),
        op("late", 7, 8, "pop", gives=1),
        op("consumer", 9, None, "pop"),
    ]
    assert check(history, FifoQueue(2)).explanation == (
        """\
No order of these 5 calls agrees with a FIFO queue with room for 2.

       producer           consumer                late
    1  push(1) -> True
    2  push(2)
    3    |                pop() -> 2                            <- does not fit
    4    -> True
    5                                             pop() -> 1
    6                     pop() never returned

The longest order that works so far:
    1  push(1) -> True by producer   then holding [1]
    2  push(2) -> True by producer   then holding [1, 2]

Then only this may come next, and does not fit:
  pop() -> 2 by consumer: a FIFO queue with room for 2, holding [1, 2], gives 1

Too late to come before it: pop() by late, pop() by consumer."""
    )


def test_a_call_that_should_have_waited_is_explained() -> None:
    text = check([op("a", 1, 2, "pop", gives=None)], FifoQueue()).explanation
    assert "Not even a first call can be placed" in text
    assert "a FIFO queue without bound, holding [], would keep it waiting" in text


def test_a_refusal_is_explained_with_what_the_model_gives() -> None:
    refused = op("a", 1, 2, "transfer", "ann", "bob", 5, gives=Raised("InsufficientFunds"))
    text = check([refused], Bank({"ann": 5, "bob": 0})).explanation
    assert "transfer('ann', 'bob', 5) raises InsufficientFunds by a" in text
    assert "a bank, with ann 5, bob 0, gives None" in text


def test_a_pending_call_is_named_as_no_help() -> None:
    history = [op("a", 1, None, "write", 7), op("b", 2, 3, "read", gives=5)]
    text = check(history, Register(0)).explanation
    assert "write(7) never returned by a: it may have taken effect or not; neither helps" in text


def test_a_judgement_is_true_or_false_and_prints_as_its_explanation() -> None:
    right = check([op("a", 1, 2, "read", gives=0)], Register(0))
    assert right
    assert str(right) == "The calls agree with a register that starts as 0."


def test_the_same_history_gives_the_same_text() -> None:
    history = [op("a", 1, 4, "read", gives=3), op("b", 2, 3, "read", gives=2)]
    assert str(check(history, Register(0))) == str(check(history, Register(0)))


def test_a_bar_joins_a_call_with_its_return() -> None:
    history = [op("a", 1, 6, "f"), op("b", 2, 3, "g"), op("b", 4, 5, "h")]
    assert draw(history) == (
        """\
       a            b
    1  f()
    2    |          g() -> None
    3    |          h() -> None
    4    -> None"""
    )
