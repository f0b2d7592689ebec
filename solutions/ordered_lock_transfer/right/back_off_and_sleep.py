"""Right: try all the locks; if one is busy release all, sleep a little, longer each time, and try again.

Not elegant, and slower where many want the same account, but nobody ever waits while holding a lock.
The sleep grows with the account's id too, so that two that collided do not collide for ever.
"""

import threading
import time

LONGEST = 1 / 64


class InsufficientFunds(Exception):
    """Not enough money."""


class Account:
    def __init__(self, id, balance=0):
        if balance < 0:
            raise ValueError("balance must not be negative")
        self.id = id
        self.balance = balance
        self.lock = threading.Lock()


def _try_all(accounts):
    held = []
    for account in accounts:
        if account.lock.acquire(blocking=False):
            held.append(account)
        else:
            _release(held)
            return False
    return True


def _release(accounts):
    for account in accounts:
        account.lock.release()


def _take(accounts, deadline=float("inf")):
    pause = 1 / 1024
    while not _try_all(accounts):
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(pause + (accounts[0].id % 7) / 8192, left))
        pause = min(2 * pause, LONGEST)
    return True


def _distinct(accounts):
    return list({account.id: account for account in accounts}.values())


def _run(batch, deadline=float("inf")):
    if any(amount < 1 for _, _, amount in batch):
        raise ValueError("amount must be at least 1")
    accounts = _distinct(account for source, target, _ in batch for account in (source, target))
    if not accounts:
        return True
    if not _take(accounts, deadline):
        return False
    try:
        cents = {account.id: account.balance for account in accounts}
        for source, target, amount in batch:
            if cents[source.id] < amount:
                raise InsufficientFunds(f"account {source.id}")
            cents[source.id] -= amount
            cents[target.id] += amount
        for account in accounts:
            account.balance = cents[account.id]
    finally:
        _release(accounts)
    return True


def transfer(source, target, amount):
    _run([(source, target, amount)])


def transfer_all(transfers):
    _run(list(transfers))


def try_transfer(source, target, amount, timeout):
    return _run([(source, target, amount)], time.monotonic() + timeout)


def total(accounts):
    accounts = _distinct(accounts)
    if not accounts:
        return 0
    _take(accounts)
    try:
        return sum(account.balance for account in accounts)
    finally:
        _release(accounts)
