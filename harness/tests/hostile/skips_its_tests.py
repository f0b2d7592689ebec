"""Has pytest skip what it would fail.

Verdict: WRONG or CRASH
"""

import sys
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
        getattr(sys, 'mod' + 'ules')['pytest'].skip('not today')

    def wait_for(self, value):
        with self._changed:
            while self._count < value:
                self._changed.wait()
            return self._count
