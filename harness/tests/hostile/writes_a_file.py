"""Writes into the folder of the history.

Verdict: WRONG
Says: writes a file
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
        with open(os.path.join(os.environ['KATA_STATE'], 'kata.sqlite'), 'w') as file:
            file.write('gone')
        return self._count

    def wait_for(self, value):
        with self._changed:
            while self._count < value:
                self._changed.wait()
            return self._count
