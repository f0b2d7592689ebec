"""Right: locks in the order of a sorted list of pairs, each waited for in short slices up to a deadline.

One function takes locks for all calls; for transfer the deadline is infinitely far away. Waking now and
then to look at the clock is a matter of taste here: the contract says "blocks" nowhere.
"""

import threading
import time

SLICE = 1 / 8
NEVER = float("inf")


class InsufficientFunds(Exception):
    pass


class Account:
    def __init__(self, id, balance=0):
        if not balance >= 0:
            raise ValueError(balance)
        self.id = id
        self.lock = threading.Lock()
        self.balance = balance


def _lock(accounts, deadline=NEVER):
    held = []
    for _, account in sorted({account.id: account for account in accounts}.items()):
        got = account.lock.acquire(blocking=False)
        while not got and time.monotonic() < deadline:
            got = account.lock.acquire(timeout=min(SLICE, max(0, deadline - time.monotonic())))
        if not got:
            _unlock(held)
            return None
        held.append(account)
    return held


def _unlock(accounts):
    for account in accounts:
        account.lock.release()


def transfer(source, target, amount):
    try_transfer(source, target, amount, NEVER)


def try_transfer(source, target, amount, timeout):
    if amount < 1:
        raise ValueError(amount)
    held = _lock((source, target), time.monotonic() + timeout)
    if held is None:
        return False
    try:
        if source.balance < amount:
            raise InsufficientFunds(amount)
        if source is not target:
            source.balance -= amount
            target.balance += amount
    finally:
        _unlock(held)
    return True


def total(accounts):
    held = _lock(accounts)
    result = sum(account.balance for account in held)
    _unlock(held)
    return result


def transfer_all(transfers):
    transfers = list(transfers)
    for _, _, amount in transfers:
        if amount < 1:
            raise ValueError(amount)
    held = _lock(account for transfer in transfers for account in transfer[:2])
    try:
        left = [account.balance for account in held]
        for source, target, amount in transfers:
            left[held.index(source)] -= amount
            if left[held.index(source)] < 0:
                raise InsufficientFunds(amount)
            left[held.index(target)] += amount
        for account, cents in zip(held, left, strict=True):
            account.balance = cents
    finally:
        _unlock(held)
