"""Missing: the lock around the addition.

Level: 2
Killed by: test_adds_of_two_threads_all_count
Verdict: RACE
Lesson: reading, adding and storing are three steps; another thread can come between them.
"""

import threading


class Counter:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0  # guarded by self._changed

    def add(self, amount: int = 1) -> None:
        self._count += amount
        with self._changed:
            self._changed.notify_all()

    def value(self) -> int:
        with self._changed:
            return self._count

    def wait_for(self, value: int) -> int:
        with self._changed:
            while self._count < value:
                self._changed.wait()
            return self._count
