"""Right, but prints a gigabyte.

Verdict: PASS
"""

import threading

_LINE = 'x' * (1 << 20)
_left = 1024


class Counter:
    def __init__(self):
        self._changed = threading.Condition()
        self._count = 0

    def add(self, amount=1):
        with self._changed:
            self._count += amount
            self._changed.notify_all()

    def value(self):
        global _left
        while _left:
            _left -= 1
            print(_LINE)
        with self._changed:
            return self._count

    def wait_for(self, value):
        with self._changed:
            while self._count < value:
                self._changed.wait()
            return self._count
