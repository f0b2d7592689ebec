"""Missing: a bad amount raises ValueError, whoever holds the locks.

Level: 5
Killed by: test_a_bad_amount_raises_ValueError_though_a_lock_is_busy[0-0]
Verdict: WRONG
Lesson: The amount is looked at once the locks are there. Where they are not, the caller reads "busy,
try again", and tries again what can never succeed. Arguments are checked before any waiting.
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
        _store(_balances_after(batch))


def try_transfer(source: Account, target: Account, amount: int, timeout: float) -> bool:
    """As transfer, but False after `timeout` seconds of waiting for locks."""
    deadline = time.monotonic() + timeout
    with ExitStack() as held:
        for account in _in_order((source, target)):
            if not account.lock.acquire(timeout=max(0.0, deadline - time.monotonic())):
                return False
            held.callback(account.lock.release)
        _check(amount)
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
