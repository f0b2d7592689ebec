"""Missing: a balance is never negative, not even while a batch is taken back.

Level: 4
Killed by: test_no_balance_is_negative_within_a_batch[2]
Verdict: RACE
Lesson: What was done one step after the other is undone in the opposite order. From the front, the first
step takes money back that a later one has passed on.
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager


class InsufficientFunds(Exception):
    """The source of a transfer holds less than the amount."""


class Account:
    """A balance in cents and the lock that guards it."""

    def __init__(self, id: int, balance: int = 0) -> None:
        if balance < 0:
            raise ValueError(f"an account cannot open with {balance}")
        self.id = id
        self.lock = threading.Lock()
        self.balance = balance


def transfer(source: Account, target: Account, amount: int) -> None:
    """Move `amount` from source to target."""
    _check(amount)
    with _locked((source, target)):
        _store(_balances_after([(source, target, amount)]))


def total(accounts: Iterable[Account]) -> int:
    """The sum of the balances at one moment; an account named twice counts once."""
    distinct = _in_order(accounts)
    with _locked(distinct):
        return sum(account.balance for account in distinct)


def transfer_all(transfers: Iterable[tuple[Account, Account, int]]) -> None:
    """All of the transfers in their order, as one step; or none of them, and InsufficientFunds."""
    batch = list(transfers)
    for _, _, amount in batch:
        _check(amount)
    with _locked(account for source, target, _ in batch for account in (source, target)):
        done = []
        try:
            for step in batch:
                _store(_balances_after([step]))
                done.append(step)
        except InsufficientFunds:
            for source, target, amount in done:
                target.balance -= amount
                source.balance += amount
            raise


def try_transfer(source: Account, target: Account, amount: int, timeout: float) -> bool:
    """As transfer, but False after `timeout` seconds of waiting for locks."""
    _check(amount)
    deadline = time.monotonic() + timeout
    with ExitStack() as held:
        for account in _in_order((source, target)):
            if not account.lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
                return False
            held.callback(account.lock.release)
        _store(_balances_after([(source, target, amount)]))
    return True


def _check(amount: int) -> None:
    if amount < 1:
        raise ValueError(f"the amount must be at least 1, not {amount}")


def _in_order(accounts: Iterable[Account]) -> list[Account]:
    """Each account once, in the lock order."""
    distinct = {account.id: account for account in accounts}
    return [distinct[number] for number in sorted(distinct)]


@contextmanager
def _locked(accounts: Iterable[Account]) -> Iterator[None]:
    """Holds the locks of all the accounts; releases them whatever happens."""
    with ExitStack() as held:
        for account in _in_order(accounts):
            held.enter_context(account.lock)
        yield


def _balances_after(batch: list[tuple[Account, Account, int]]) -> list[tuple[Account, int]]:
    """What the accounts will hold after the batch; InsufficientFunds if a transfer is not covered.

    The locks of all of them must be held. Nothing is stored here, so nothing has to be undone.
    """
    accounts = {account.id: account for source, target, _ in batch for account in (source, target)}
    after = {number: account.balance for number, account in accounts.items()}
    for source, target, amount in batch:
        if after[source.id] < amount:
            raise InsufficientFunds(
                f"{amount} from account {source.id}, which holds {after[source.id]}"
            )
        after[source.id] -= amount
        after[target.id] += amount
    return [(accounts[number], balance) for number, balance in after.items()]


def _store(balances: list[tuple[Account, int]]) -> None:
    """Their locks must be held."""
    for account, balance in balances:
        account.balance = balance
