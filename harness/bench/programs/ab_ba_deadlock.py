"""AB-BA deadlock: two transfers in opposite directions, each holds the lock the other needs.

The fix: both take the locks in one order, that of the accounts' numbers.
"""

import threading


class Account:
    def __init__(self, number: int) -> None:
        self.number = number
        self.lock = threading.Lock()
        self.balance = 10


class Broken:
    def __init__(self) -> None:
        self.ann = Account(1)
        self.bob = Account(2)

    def transfer(self, source: Account, target: Account, amount: int) -> None:
        with source.lock, target.lock:
            source.balance -= amount
            target.balance += amount


class Fixed(Broken):
    def transfer(self, source: Account, target: Account, amount: int) -> None:
        first, second = sorted((source, target), key=lambda account: account.number)
        with first.lock, second.lock:
            source.balance -= amount
            target.balance += amount


def ann_pays(bank: Broken) -> None:
    bank.transfer(bank.ann, bank.bob, 1)


def bob_pays(bank: Broken) -> None:
    bank.transfer(bank.bob, bank.ann, 2)


def check(bank: Broken) -> None:
    balances = (bank.ann.balance, bank.bob.balance)
    assert balances == (11, 9), f"balances are {balances}"


ROLES = (ann_pays, bob_pays)


def make(twin: str) -> Broken:
    return Broken() if twin == "broken" else Fixed()


def scenario(twin: str, order: tuple[int, ...]) -> None:
    bank = make(twin)
    threads = [threading.Thread(target=ROLES[role], args=(bank,)) for role in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(bank)
