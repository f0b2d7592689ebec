"""The reference: one condition guards the count, and every add wakes the waiters."""

import threading


class Counter:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0  # guarded by self._changed

    def add(self, amount: int = 1) -> None:
        with self._changed:
            self._count += amount
            self._changed.notify_all()

    def value(self) -> int:
        with self._changed:
            return self._count

    def wait_for(self, value: int) -> int:
        with self._changed:
            while self._count < value:
                self._changed.wait()
            return self._count
