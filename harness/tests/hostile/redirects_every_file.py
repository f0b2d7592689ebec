"""Sends everything that the grader writes nowhere.

Verdict: WRONG or CRASH
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
        null = os.open(os.devnull, os.O_RDWR)
        for fd in range(3, 64):
            if fd != null:
                os.dup2(null, fd)
        return 0

    def wait_for(self, value):
        with self._changed:
            while self._count < value:
                self._changed.wait()
            return self._count
