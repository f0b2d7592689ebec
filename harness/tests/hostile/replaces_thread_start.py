"""Makes threads run one after another, so that nothing can race.

Verdict: WRONG
Says: threading.Thread.start
"""

import threading

threading.Thread.start = threading.Thread.run


class Counter:
    def __init__(self):
        self._changed = threading.Condition()
        self._count = 0

    def add(self, amount=1):
        self._count += amount

    def value(self):
        with self._changed:
            return self._count

    def wait_for(self, value):
        with self._changed:
            while self._count < value:
                self._changed.wait()
            return self._count
