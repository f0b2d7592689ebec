"""ordered_lock_transfer: transfers between 16 accounts, by one thread and by four."""

import random
import threading
from collections.abc import Callable
from functools import partial
from itertools import cycle, islice
from typing import Any

from harness.compare.race import Entry, Peer, Race, Work, crowd

ACCOUNTS = 16
THREADS = 4
LENGTH = 5  # Python changes threads every 5 ms: in a short window they would never meet
OPENING = 1 << 40  # nobody runs out
SEED = 4
STEPS = 4093


def _between(accounts: list[Any], transfer: Callable[[Any, Any, int], object]) -> Work:
    dice = random.Random(SEED)
    pairs = [tuple(dice.sample(accounts, 2)) for _ in range(STEPS)]

    def work(count: int) -> None:
        start = threading.get_native_id() % STEPS  # so that threads do not go in step
        for source, target in islice(cycle(pairs), start, start + count):
            transfer(source, target, 1)

    return work


def _ordered(kata: Any) -> Entry:
    accounts = [kata.Account(number, OPENING) for number in range(ACCOUNTS)]
    return Entry(_between(accounts, kata.transfer))


class _Plain:
    def __init__(self) -> None:
        self.balance = OPENING


def _one_lock() -> Entry:
    """What it takes with one lock for all accounts."""
    lock = threading.Lock()

    def transfer(source: _Plain, target: _Plain, amount: int) -> None:
        if amount < 1:
            raise ValueError("an amount must be at least 1")
        with lock:
            if source.balance < amount:
                raise ArithmeticError("too little there")
            source.balance -= amount
            target.balance += amount

    return Entry(_between([_Plain() for _ in range(ACCOUNTS)], transfer))


def _shared(make: Callable[[], Entry]) -> Entry:
    return crowd(THREADS, make())


RACES = (
    Race(
        f"transfer between {ACCOUNTS} accounts, by one thread",
        "a transfer",
        _ordered,
        (Peer("one lock for all", _one_lock),),
    ),
    Race(
        f"The same by {THREADS} threads; Python runs one of them at a time",
        "a transfer",
        lambda kata: _shared(partial(_ordered, kata)),
        (Peer("one lock for all", partial(_shared, _one_lock)),),
        length=LENGTH,
    ),
)
