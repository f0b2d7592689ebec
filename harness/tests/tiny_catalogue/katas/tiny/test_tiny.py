"""What the suite demands of a counter."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

level = pytest.mark.level
explore = pytest.mark.explore
stress = pytest.mark.stress
plain = pytest.mark.plain


def value_of(counter):
    """The count, as a real int, so that no __eq__ of the candidate's decides."""
    seen = counter.value()
    assert type(seen) is int, f"value() is a {type(seen).__name__}, not an int"
    return seen


@level(1)
def test_a_new_counter_stands_at_0(kata):
    """A new counter stands at 0."""
    seen = value_of(kata.Counter())
    assert seen == 0, f"value() is {seen} before any add"


@level(1)
@pytest.mark.parametrize("amount", [1, 3])
def test_add_adds_the_amount(kata, amount):
    """add() adds the amount."""
    counter = kata.Counter()
    counter.add(amount)
    seen = value_of(counter)
    assert seen == amount, f"value() is {seen} after add({amount})"


@level(1)
@given(amounts=st.lists(st.integers(0, 100), max_size=5))
def test_adds_add_up(kata, amounts):
    """Several adds add up."""
    counter = kata.Counter()
    for amount in amounts:
        counter.add(amount)
    seen = value_of(counter)
    assert seen == sum(amounts), f"value() is {seen} after adding {amounts}"


@level(2)
@explore
@stress(rounds=5)
def test_adds_of_two_threads_all_count(kata):
    """Adds from two threads all count."""
    counter = kata.Counter()
    threads = [threading.Thread(target=counter.add) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = value_of(counter)
    assert seen == 2, f"value() is {seen} after two adds"


@level(2)
@plain
def test_a_thousand_adds_all_count(kata):
    """A thousand adds all count."""
    counter = kata.Counter()
    for _ in range(1000):
        counter.add()
    seen = value_of(counter)
    assert seen == 1000, f"value() is {seen} after 1,000 adds"


@level(3)
@explore
def test_a_waiter_wakes_when_the_count_is_reached(kata):
    """A thread that waits for a count wakes when it is reached."""
    counter = kata.Counter()
    thread = threading.Thread(target=counter.wait_for, args=(1,))
    thread.start()
    counter.add()
    thread.join()
