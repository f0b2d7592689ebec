"""Right: locks in the order in which the accounts were made, the youngest first; balances behind a property.

Each account draws a rank when it is made, so that the order needs no id. The property's setter refuses
a negative balance, which makes the invariant somebody's business.
"""

import itertools
import threading
import time

_ranks = itertools.count()


class InsufficientFunds(Exception):
    pass


class Account:
    def __init__(self, id, balance=0):
        self.id = id
        self._rank = next(_ranks)
        self.lock = threading.RLock()
        self.balance = balance

    @property
    def balance(self):
        return self._cents

    @balance.setter
    def balance(self, cents):
        if cents < 0:
            raise ValueError(f"account {self.id} cannot hold {cents}")
        self._cents = cents

    def __lt__(self, other):
        return self._rank > other._rank


def transfer(source, target, amount):
    if amount < 1:
        raise ValueError("amount")
    first, second = sorted((source, target))
    with first.lock, second.lock:
        _book(source, target, amount)


def _book(source, target, amount):
    if source.balance - amount < 0:
        raise InsufficientFunds(f"{source.balance} is less than {amount}")
    source.balance -= amount
    target.balance += amount


class _Everybody:
    """Holds the locks of some accounts."""

    def __init__(self, accounts):
        self.accounts = sorted(set(accounts))

    def __enter__(self):
        for account in self.accounts:
            account.lock.acquire()
        return self.accounts

    def __exit__(self, *exc):
        for account in reversed(self.accounts):
            account.lock.release()


def total(accounts):
    with _Everybody(accounts) as held:
        return sum(account.balance for account in held)


def transfer_all(transfers):
    batch = list(transfers)
    if min((amount for _, _, amount in batch), default=1) < 1:
        raise ValueError("amount")
    with _Everybody(account for transfer in batch for account in transfer[:2]):
        undo = []
        try:
            for source, target, amount in batch:
                _book(source, target, amount)
                undo.append((target, source, amount))
        except InsufficientFunds:
            for source, target, amount in reversed(undo):
                _book(source, target, amount)
            raise


def try_transfer(source, target, amount, timeout):
    if amount < 1:
        raise ValueError("amount")
    last_moment = time.monotonic() + timeout
    taken = []
    try:
        for account in sorted((source, target)):
            if not account.lock.acquire(timeout=max(last_moment - time.monotonic(), 0)):
                return False
            taken.append(account)
        _book(source, target, amount)
        return True
    finally:
        for account in taken:
            account.lock.release()
