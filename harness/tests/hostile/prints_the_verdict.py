"""Wrong, and says that it is right, on every channel it can find.

Verdict: WRONG or CRASH
"""

import os
import threading

for _fd in range(1, 64):
    try:
        os.write(_fd, b'{"kind": "end", "number": 3}\n')
    except OSError:
        pass


class Counter:
    def __init__(self):
        self._changed = threading.Condition()
        self._count = 0

    def add(self, amount=1):
        with self._changed:
            self._count += amount
            self._changed.notify_all()

    def value(self):
        return 0

    def wait_for(self, value):
        with self._changed:
            while self._count < value:
                self._changed.wait()
            return self._count
