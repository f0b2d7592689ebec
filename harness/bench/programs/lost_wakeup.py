"""Lost wakeup: the flag is looked at before the lock is taken, and set before the sleeper sleeps.

The notify then finds nobody, and the wait never ends. The fix: look at the flag while holding the
lock that the notifier needs.
"""

import threading


class Broken:
    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.is_open = False
        self.passed = 0

    def open(self) -> None:
        with self.changed:
            self.is_open = True
            self.changed.notify_all()

    def pass_through(self) -> None:
        if not self.is_open:
            with self.changed:
                self.changed.wait()
        self.passed += 1


class Fixed(Broken):
    def pass_through(self) -> None:
        with self.changed:
            while not self.is_open:
                self.changed.wait()
        self.passed += 1


def visitor(gate: Broken) -> None:
    gate.pass_through()


def keeper(gate: Broken) -> None:
    gate.open()


def check(gate: Broken) -> None:
    assert gate.passed == 1, "the visitor has not passed"


ROLES = (visitor, keeper)


def make(twin: str) -> Broken:
    return Broken() if twin == "broken" else Fixed()


def scenario(twin: str, order: tuple[int, ...]) -> None:
    gate = make(twin)
    threads = [threading.Thread(target=ROLES[role], args=(gate,)) for role in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(gate)
