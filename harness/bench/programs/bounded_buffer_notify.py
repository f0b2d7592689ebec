"""Notify in a bounded buffer: producers and consumers sleep on one condition, and notify wakes one.

With two of each it can wake one of the wrong kind, which goes back to sleep, and nobody is left to
wake the right one. The fix: a condition for each kind (or notify_all).
"""

import threading

CAPACITY = 1


class Broken:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.not_full = threading.Condition(self.lock)
        self.not_empty = self.not_full
        self.items: list[str] = []
        self.taken: list[str] = []

    def put(self, item: str) -> None:
        with self.lock:
            while len(self.items) == CAPACITY:
                self.not_full.wait()
            self.items.append(item)
            self.not_empty.notify()

    def take(self) -> None:
        with self.lock:
            while not self.items:
                self.not_empty.wait()
            self.taken.append(self.items.pop(0))
            self.not_full.notify()


class Fixed(Broken):
    def __init__(self) -> None:
        super().__init__()
        self.not_empty = threading.Condition(self.lock)


def first_consumer(buffer: Broken) -> None:
    buffer.take()


def second_consumer(buffer: Broken) -> None:
    buffer.take()


def first_producer(buffer: Broken) -> None:
    buffer.put("a")


def second_producer(buffer: Broken) -> None:
    buffer.put("b")


def check(buffer: Broken) -> None:
    assert sorted(buffer.taken) == ["a", "b"], f"taken: {buffer.taken}"


ROLES = (first_consumer, second_consumer, first_producer, second_producer)


def make(twin: str) -> Broken:
    return Broken() if twin == "broken" else Fixed()


def scenario(twin: str, order: tuple[int, ...]) -> None:
    buffer = make(twin)
    threads = [threading.Thread(target=ROLES[role], args=(buffer,)) for role in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(buffer)
