"""Lost update: `balance += amount` reads, adds and writes; another thread's write falls in between.

The fix: one lock around the three.
"""

import threading


class Broken:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.balance = 0

    def deposit(self, amount: int) -> None:
        self.balance += amount


class Fixed(Broken):
    def deposit(self, amount: int) -> None:
        with self.lock:
            self.balance += amount


def deposit_one(account: Broken) -> None:
    account.deposit(1)


def deposit_two(account: Broken) -> None:
    account.deposit(2)


def check(account: Broken) -> None:
    assert account.balance == 3, f"1 and 2 were deposited; the balance is {account.balance}"


ROLES = (deposit_one, deposit_two)


def make(twin: str) -> Broken:
    return Broken() if twin == "broken" else Fixed()


def scenario(twin: str, order: tuple[int, ...]) -> None:
    account = make(twin)
    threads = [threading.Thread(target=ROLES[role], args=(account,)) for role in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(account)
