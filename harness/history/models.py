"""Sequential models that many suites need: a queue, a register, a counter, a bucket, a bank.

Each is a few lines; a suite whose object has one operation more subclasses the nearest and adds a
method. `Raised("Name")` as a result means that the call raises.
"""

from collections.abc import Hashable, Mapping
from typing import cast

from harness.history.model import Model, Outcomes
from harness.history.record import Raised

Items = tuple[object, ...]


class FifoQueue(Model):
    """First in, first out; `capacity` None means unbounded. Items must be hashable."""

    initial: Hashable = ()

    def __init__(self, capacity: int | None = None) -> None:
        self.capacity = capacity
        places = "without bound" if capacity is None else f"with room for {capacity}"
        self.description = f"a FIFO queue {places}"

    def room(self, items: Items) -> bool:
        return self.capacity is None or len(items) < self.capacity

    def try_push(self, items: Items, item: object) -> Outcomes:
        return [(True, (*items, item))] if self.room(items) else [(False, items)]

    def try_pop(self, items: Items, default: object = None) -> Outcomes:
        return [(items[0], items[1:])] if items else [(default, items)]

    def push(self, items: Items, item: object, timeout: float | None = None) -> Outcomes:
        if self.room(items) or timeout is not None:
            return self.try_push(items, item)
        return []

    def pop(self, items: Items, timeout: float | None = None, default: object = None) -> Outcomes:
        if items or timeout is not None:
            return self.try_pop(items, default)
        return []

    def push_many(self, items: Items, batch: Items) -> Outcomes:
        fit = len(batch) if self.capacity is None else self.capacity - len(items)
        stored = tuple(batch[:fit])
        return [(len(stored), items + stored)]

    def pop_many(self, items: Items, limit: int) -> Outcomes:
        return [(list(items[:limit]), items[limit:])]

    def length(self, items: Items) -> Outcomes:
        return [(len(items), items)]

    def show(self, state: Hashable) -> str:
        return f"holding {list(cast('Items', state))!r}"


class Register(Model):
    """One value that is read, written, and swapped if it is still the expected one."""

    def __init__(self, value: Hashable = None) -> None:
        self.initial = value
        self.description = f"a register that starts as {value!r}"

    def read(self, value: Hashable) -> Outcomes:
        return [(value, value)]

    def write(self, value: Hashable, new: Hashable) -> Outcomes:
        return [(None, new)]

    def compare_and_set(self, value: Hashable, old: Hashable, new: Hashable) -> Outcomes:
        return [(True, new)] if value == old else [(False, value)]

    def show(self, state: Hashable) -> str:
        return f"being {state!r}"


class Counter(Model):
    """A number to which is added: `add` says nothing, `add_and_get` returns the new value."""

    description = "a counter"

    def __init__(self, value: int = 0) -> None:
        self.initial = value

    def add(self, value: int, amount: int = 1) -> Outcomes:
        return [(None, value + amount)]

    def add_and_get(self, value: int, amount: int = 1) -> Outcomes:
        return [(value + amount, value + amount)]

    def get(self, value: int) -> Outcomes:
        return [(value, value)]

    def show(self, state: Hashable) -> str:
        return f"at {state!r}"


class TokenBucket(Model):
    """Starts full; `advance(seconds)`, a step of the suite's clock, adds `rate` tokens a second."""

    def __init__(self, rate: float, capacity: float) -> None:
        self.rate = rate
        self.capacity = capacity
        self.initial = capacity
        self.description = f"a bucket of {capacity} tokens that gains {rate} a second"

    def try_acquire(self, level: float, tokens: float = 1.0) -> Outcomes:
        return [(True, level - tokens)] if tokens <= level else [(False, level)]

    def available(self, level: float) -> Outcomes:
        return [(level, level)]

    def advance(self, level: float, seconds: float) -> Outcomes:
        return [(None, min(self.capacity, level + self.rate * seconds))]

    def show(self, state: Hashable) -> str:
        return f"with {state} tokens left"


class Bank(Model):
    """Balances by account name; a transfer that is not covered raises InsufficientFunds.

    A history names accounts by their key, as in
    `history.call_as("transfer", lambda *_: kata.transfer(a, b, 5), "a", "b", 5)`.
    """

    description = "a bank"
    refusal = Raised("InsufficientFunds")

    def __init__(self, balances: Mapping[str, int]) -> None:
        self.initial = tuple(sorted(balances.items()))

    def transfer(self, state: Items, source: str, target: str, amount: int) -> Outcomes:
        return self.transfer_all(state, ((source, target, amount),))

    def transfer_all(self, state: Items, transfers: tuple[tuple[str, str, int], ...]) -> Outcomes:
        balances = _balances(state)
        for source, target, amount in transfers:
            if balances[source] < amount:
                return [(self.refusal, state)]
            balances[source] -= amount
            balances[target] += amount
        return [(None, tuple(sorted(balances.items())))]

    def balance(self, state: Items, name: str) -> Outcomes:
        return [(_balances(state)[name], state)]

    def total(self, state: Items, names: tuple[str, ...]) -> Outcomes:
        balances = _balances(state)
        return [(sum(balances[name] for name in set(names)), state)]

    def show(self, state: Hashable) -> str:
        shown = ", ".join(f"{name} {held}" for name, held in _balances(state).items())
        return f"with {shown}"


def _balances(state: Hashable) -> dict[str, int]:
    return dict(cast("tuple[tuple[str, int], ...]", state))
