"""Right: RLocks, taken in the order of `id(account)`, the same account twice where it is named twice.

Any order will do that does not change while a call runs. An RLock may be taken again by its owner, so
that neither a transfer to oneself nor an account named twice needs a word.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from threading import RLock
from time import monotonic


class InsufficientFunds(Exception):
    pass


@dataclass(eq=False)
class Account:
    id: int
    balance: int = 0
    lock: object = field(default_factory=RLock, repr=False)

    def __post_init__(self):
        if self.balance < 0:
            raise ValueError("negative opening balance")


def _hold(stack, accounts, deadline=None):
    for account in sorted(accounts, key=id):
        if deadline is None:
            account.lock.acquire()
        elif not account.lock.acquire(timeout=max(0.0, deadline - monotonic())):
            return False
        stack.callback(account.lock.release)
    return True


def _move(source, target, amount):
    if source.balance < amount:
        raise InsufficientFunds
    source.balance = source.balance - amount
    target.balance = target.balance + amount


def transfer(source, target, amount):
    if amount <= 0:
        raise ValueError(amount)
    with ExitStack() as stack:
        _hold(stack, [source, target])
        _move(source, target, amount)


def total(accounts):
    accounts = list(accounts)
    with ExitStack() as stack:
        _hold(stack, accounts)
        return sum({id(account): account.balance for account in accounts}.values())


def transfer_all(transfers):
    transfers = list(transfers)
    for _, _, amount in transfers:
        if amount <= 0:
            raise ValueError(amount)
    with ExitStack() as stack:
        _hold(stack, [account for t in transfers for account in t[:2]])
        opening = [(account, account.balance) for t in transfers for account in t[:2]]
        try:
            for source, target, amount in transfers:
                _move(source, target, amount)
        except InsufficientFunds:
            for account, balance in opening:
                account.balance = balance
            raise


def try_transfer(source, target, amount, timeout):
    if amount <= 0:
        raise ValueError(amount)
    with ExitStack() as stack:
        if not _hold(stack, [source, target], monotonic() + timeout):
            return False
        _move(source, target, amount)
        return True
