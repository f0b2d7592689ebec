"""Missing: funds are judged when both locks are held (once, before letting go of the source's).

Level: 2
Killed by: test_the_funds_are_judged_when_both_locks_are_held
Verdict: RACE
Lesson: Block on the busy lock, as std::lock does: but what was found out before letting go is worth
nothing afterwards. Another transfer spends the money in between. Whoever lets go starts again from
the beginning.
"""

import threading
import time


class InsufficientFunds(Exception):
    pass


class Account:
    __slots__ = ("balance", "id", "lock")

    def __init__(self, id, balance=0):
        if balance < 0:
            raise ValueError("an account opens with 0 or more")
        self.id, self.balance, self.lock = id, balance, threading.Lock()


class _Locks:
    def __init__(self, accounts, timeout=None):
        self.locks = list({account.id: account.lock for account in accounts}.values())
        self.deadline = None if timeout is None else time.monotonic() + timeout

    def _block_on(self, lock):
        if self.deadline is None:
            return lock.acquire()
        return lock.acquire(True, max(0.0, self.deadline - time.monotonic()))

    def acquire(self):
        if not self.locks:
            return True
        start = 0
        while self._block_on(self.locks[start]):
            held = [self.locks[start]]
            busy = None
            for number, lock in enumerate(self.locks):
                if number == start:
                    continue
                if not lock.acquire(blocking=False):
                    busy = number
                    break
                held.append(lock)
            if busy is None:
                return True
            for lock in held:
                lock.release()
            start = busy
        return False

    def __enter__(self):
        self.acquire()

    def __exit__(self, *exc):
        for lock in self.locks:
            lock.release()


def _positive(amount):
    if amount < 1:
        raise ValueError("an amount is 1 or more")


def _pay(source, target, amount):
    if amount > source.balance:
        raise InsufficientFunds(source.id)
    source.balance -= amount
    target.balance += amount


def _acquire_judging(source, target, amount, timeout=None):
    """True when both are held; judges as soon as it has the source."""
    deadline = None if timeout is None else time.monotonic() + timeout
    def block(lock):
        return lock.acquire() if deadline is None else lock.acquire(True, max(0.0, deadline - time.monotonic()))
    judged = False
    first, second = source, target
    while block(first.lock):
        if first is source and not judged:
            if source.balance < amount:
                first.lock.release()
                raise InsufficientFunds(source.id)
            judged = True
        if first is second:
            return True
        if second.lock.acquire(blocking=False):
            if not judged and source.balance < amount:
                first.lock.release()
                second.lock.release()
                raise InsufficientFunds(source.id)
            return True
        first.lock.release()
        first, second = second, first
    return False


def _finish(source, target, amount):
    source.balance -= amount
    target.balance += amount
    source.lock.release()
    if target is not source:
        target.lock.release()


def transfer(source, target, amount):
    _positive(amount)
    _acquire_judging(source, target, amount)
    _finish(source, target, amount)


def total(accounts):
    by_id = {account.id: account for account in accounts}
    with _Locks(by_id.values()):
        return sum(account.balance for account in by_id.values())


def transfer_all(transfers):
    done = []
    transfers = list(transfers)
    for t in transfers:
        _positive(t[2])
    with _Locks([account for t in transfers for account in t[:2]]):
        try:
            for source, target, amount in transfers:
                _pay(source, target, amount)
                done.append((source, target, amount))
        except InsufficientFunds:
            while done:
                source, target, amount = done.pop()
                target.balance -= amount
                source.balance += amount
            raise


def try_transfer(source, target, amount, timeout):
    _positive(amount)
    locks = _Locks([source, target], timeout)
    if not locks.acquire():
        return False
    try:
        _pay(source, target, amount)
    finally:
        locks.__exit__()
    return True
