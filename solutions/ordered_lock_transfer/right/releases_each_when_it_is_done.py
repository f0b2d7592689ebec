"""Right: a batch lets each account go as soon as its own balance stands, and nobody can tell.

All locks are taken before the first balance is read; after that they are only released (two-phase
locking). Whoever sees one new balance finds the others locked until they are new as well.
"""

import threading
import time


class InsufficientFunds(Exception):
    pass


class Account:
    def __init__(self, id, balance=0):
        if balance < 0:
            raise ValueError("no account opens in debt")
        self.id = id
        self.balance = balance
        self.lock = threading.Lock()


def transfer(source, target, amount):
    transfer_all([(source, target, amount)])


def try_transfer(source, target, amount, timeout):
    return _do([(source, target, amount)], time.monotonic() + timeout)


def transfer_all(transfers):
    _do(list(transfers), None)


def _do(batch, deadline):
    for _, _, amount in batch:
        if amount < 1:
            raise ValueError(f"cannot transfer {amount}")
    held = {}
    try:
        for account in sorted({a for t in batch for a in t[:2]}, key=lambda a: -a.id):
            if not _take(account, deadline):
                return False
            held[account] = account.balance
        for source, target, amount in batch:
            if held[source] < amount:
                raise InsufficientFunds(f"account {source.id} lacks {amount - held[source]}")
            held[source] -= amount
            held[target] += amount
        while held:
            account, balance = held.popitem()
            account.balance = balance
            account.lock.release()
        return True
    finally:
        for account in held:
            account.lock.release()


def _take(account, deadline):
    if deadline is None:
        return account.lock.acquire()
    return account.lock.acquire(timeout=max(0.0, deadline - time.monotonic()))


def total(accounts):
    left = sorted({a.id: a for a in accounts}.values(), key=lambda a: a.id, reverse=True)
    for account in left:
        account.lock.acquire()
    cents = 0
    while left:
        account = left.pop()
        cents += account.balance
        account.lock.release()
    return cents
