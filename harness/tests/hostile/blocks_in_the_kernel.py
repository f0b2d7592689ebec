"""Sleeps in a system call that nothing ends.

Verdict: HANG
Says: never ends
"""

import os
import threading


class Counter:
    def __init__(self):
        self._changed = threading.Condition()
        self._count = 0

    def add(self, amount=1):
        with self._changed:
            self._count += amount
            self._changed.notify_all()

    def value(self):
        return os.read(os.pipe()[0], 1)

    def wait_for(self, value):
        with self._changed:
            while self._count < value:
                self._changed.wait()
            return self._count
