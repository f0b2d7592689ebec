"""Right: the module knows all its accounts and takes each id once; a balance is read from outside, not written.

Through the registry the module reaches every account's lock, and still no transfer needs any but its own two.
"""

import threading
import time
from contextlib import contextmanager


class InsufficientFunds(Exception):
    def __init__(self, account, amount):
        super().__init__(f"account {account.id} cannot pay {amount}")


_accounts = {}


class Account:
    def __init__(self, id, balance=0):
        if balance < 0:
            raise ValueError(f"negative: {balance}")
        if _accounts.setdefault(id, self) is not self:
            raise ValueError(f"there is an account {id} already")
        self._id = id
        self._cents = balance
        self._lock = threading.RLock()

    @property
    def id(self):
        return self._id

    @property
    def balance(self):
        return self._cents

    @property
    def lock(self):
        return self._lock

    def _store(self, cents):
        assert cents >= 0
        self._cents = cents


class _TooLate(Exception):
    pass


@contextmanager
def _held(accounts, deadline=None):
    ordered = sorted(set(accounts), key=lambda account: account.id)
    taken = []
    try:
        for account in ordered:
            left = -1 if deadline is None else max(0.0, deadline - time.monotonic())
            if not account.lock.acquire(timeout=left):
                raise _TooLate
            taken.append(account)
        yield ordered
    finally:
        while taken:
            taken.pop().lock.release()


def _run(steps, deadline=None):
    for _, _, amount in steps:
        if amount < 1:
            raise ValueError(f"not an amount: {amount}")
    with _held((account for step in steps for account in step[:2]), deadline) as accounts:
        cents = {account: account.balance for account in accounts}
        for source, target, amount in steps:
            if cents[source] < amount:
                raise InsufficientFunds(source, amount)
            cents[source] -= amount
            cents[target] += amount
        for account in accounts:
            account._store(cents[account])


def transfer(source, target, amount):
    _run([(source, target, amount)])


def total(accounts):
    with _held(accounts) as distinct:
        return sum(account.balance for account in distinct)


def transfer_all(transfers):
    _run(list(transfers))


def try_transfer(source, target, amount, timeout):
    try:
        _run([(source, target, amount)], time.monotonic() + timeout)
    except _TooLate:
        return False
    return True
