"""Ends the adding thread, quietly.

Verdict: WRONG or RACE
"""

import threading


class Counter:
    def __init__(self):
        self._changed = threading.Condition()
        self._count = 0

    def add(self, amount=1):
        raise SystemExit(0)

    def value(self):
        with self._changed:
            return self._count

    def wait_for(self, value):
        with self._changed:
            while self._count < value:
                self._changed.wait()
            return self._count
