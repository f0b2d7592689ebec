"""Missing: the amount.

Level: 1
Killed by: test_add_adds_the_amount[3]
Verdict: WRONG
Lesson: an argument that has a default is still an argument.
"""

import threading


class Counter:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0  # guarded by self._changed

    def add(self, amount: int = 1) -> None:
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    def value(self) -> int:
        with self._changed:
            return self._count

    def wait_for(self, value: int) -> int:
        with self._changed:
            while self._count < value:
                self._changed.wait()
            return self._count
