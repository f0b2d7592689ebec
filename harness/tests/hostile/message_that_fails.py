"""Raises an error that cannot be printed.

Verdict: WRONG or CRASH
"""

import threading

class Sulking(Exception):
    def __str__(self):
        raise self

    __repr__ = __str__


class Counter:
    def __init__(self):
        self._changed = threading.Condition()
        self._count = 0

    def add(self, amount=1):
        with self._changed:
            self._count += amount
            self._changed.notify_all()

    def value(self):
        raise Sulking

    def wait_for(self, value):
        with self._changed:
            while self._count < value:
                self._changed.wait()
            return self._count
