"""Right: two `with` statements, the smaller id outside; recursion where there are more accounts.

What most people write for two accounts. An account to itself is a case of its own, because a Lock
cannot be taken twice by one thread.
"""

import threading
import time


class InsufficientFunds(Exception):
    pass


class Account:
    def __init__(self, id, balance=0):
        if balance < 0:
            raise ValueError("negative opening balance")
        self.id = id
        self.balance = balance
        self.lock = threading.Lock()


def transfer(source, target, amount):
    if amount < 1:
        raise ValueError("amount must be positive")
    if source is target:
        with source.lock:
            _need(source, amount)
        return
    first, second = (source, target) if source.id < target.id else (target, source)
    with first.lock, second.lock:
        _need(source, amount)
        source.balance -= amount
        target.balance += amount


def total(accounts):
    return _sum(sorted(set(accounts), key=lambda account: account.id))


def _sum(ordered):
    if not ordered:
        return 0
    with ordered[0].lock:
        return ordered[0].balance + _sum(ordered[1:])


def transfer_all(transfers):
    transfers = tuple(transfers)
    if any(amount < 1 for _, _, amount in transfers):
        raise ValueError("amounts must be positive")
    involved = {a for t in transfers for a in t[:2]}
    _settle(sorted(involved, key=lambda account: account.id), transfers)


def _settle(to_lock, transfers):
    if to_lock:
        with to_lock[0].lock:
            _settle(to_lock[1:], transfers)
        return
    new = {}
    for source, target, amount in transfers:
        left = new.get(source, source.balance) - amount
        if left < 0:
            raise InsufficientFunds
        new[source] = left
        new[target] = new.get(target, target.balance) + amount
    for account in new:
        account.balance = new[account]


def try_transfer(source, target, amount, timeout):
    if amount < 1:
        raise ValueError("amount must be positive")
    end = time.monotonic() + timeout
    first, second = sorted((source, target), key=lambda account: account.id)
    if not first.lock.acquire(timeout=timeout):
        return False
    try:
        if first is second:
            _need(source, amount)
            return True
        if not second.lock.acquire(timeout=max(0, end - time.monotonic())):
            return False
        try:
            _need(source, amount)
            source.balance -= amount
            target.balance += amount
            return True
        finally:
            second.lock.release()
    finally:
        first.lock.release()


def _need(account, amount):
    if account.balance < amount:
        raise InsufficientFunds(f"{account.id} has {account.balance}, not {amount}")
