"""Right: all locks or none; before each new try it sleeps twice as long, the last time up to the deadline.

It may be late to notice that a lock came free, but never later than its deadline, and it looks there too.
"""

import random
import threading
import time


class InsufficientFunds(Exception):
    pass


class Account:
    def __init__(self, id, balance=0):
        if balance < 0:
            raise ValueError(balance)
        self.id = id
        self.balance = balance
        self.lock = threading.Lock()


def _take_all(accounts):
    taken = []
    for account in accounts:
        if not account.lock.acquire(blocking=False):
            _release(taken)
            return False
        taken.append(account)
    return True


def _release(accounts):
    for account in accounts:
        account.lock.release()


def _call(accounts, action, deadline=float("inf")):
    accounts = list({account.id: account for account in accounts}.values())
    pause = 0.001
    while not _take_all(accounts):
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(left, pause * random.uniform(1.0, 1.5)))
        pause *= 2
    try:
        return action(accounts)
    finally:
        _release(accounts)


def _moves(steps):
    for _, _, amount in steps:
        if amount < 1:
            raise ValueError(amount)

    def action(accounts):
        before = [account.balance for account in accounts]
        try:
            for source, target, amount in steps:
                if source.balance < amount:
                    raise InsufficientFunds(source.id)
                source.balance -= amount
                target.balance += amount
        except InsufficientFunds:
            for account, balance in zip(accounts, before, strict=True):
                account.balance = balance
            raise
        return True

    return [account for step in steps for account in step[:2]], action


def transfer(source, target, amount):
    _call(*_moves([(source, target, amount)]))


def transfer_all(transfers):
    _call(*_moves(list(transfers)))


def try_transfer(source, target, amount, timeout):
    return _call(*_moves([(source, target, amount)]), time.monotonic() + timeout)


def total(accounts):
    return _call(accounts, lambda held: sum(account.balance for account in held))
