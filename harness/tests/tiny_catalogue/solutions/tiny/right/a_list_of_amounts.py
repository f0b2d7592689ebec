"""Right: keeps the amounts in a list under an RLock, and wakes waiters by events.

Nothing is ever taken from the list, so the sum of what a reader sees is a count that has been.
"""

import threading


class Counter:
    def __init__(self):
        self._lock = threading.RLock()
        self._amounts = []
        self._waiters = []

    def add(self, amount=1):
        with self._lock:
            self._amounts.append(amount)
            for event in self._waiters:
                event.set()

    def value(self):
        with self._lock:
            return sum(self._amounts)

    def wait_for(self, value):
        while True:
            with self._lock:
                if self.value() >= value:
                    return self.value()
                event = threading.Event()
                self._waiters.append(event)
            event.wait()
