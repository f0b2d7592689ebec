"""Missing: the waiter is told that the count has changed.

Level: 3
Killed by: test_a_waiter_wakes_when_the_count_is_reached
Verdict: DEADLOCK
Lesson: who sleeps on a condition sleeps until somebody notifies it.
"""

import threading


class Counter:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0  # guarded by self._changed

    def add(self, amount: int = 1) -> None:
        with self._changed:
            self._count += amount

    def value(self) -> int:
        with self._changed:
            return self._count

    def wait_for(self, value: int) -> int:
        with self._changed:
            while self._count < value:
                self._changed.wait()
            return self._count
