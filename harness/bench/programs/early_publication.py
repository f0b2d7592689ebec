"""Early publication in a ring: the index is moved before the slot is filled.

The consumer sees the new index and takes what is not there yet. The fix: fill, then publish.
One thread pushes and one pops, so that no lock is needed.
"""

import threading

CAPACITY = 2


class Broken:
    def __init__(self) -> None:
        self.slots: list[str | None] = [None] * CAPACITY
        self.head = 0  # moved by the consumer alone
        self.tail = 0  # moved by the producer alone
        self.popped: list[str | None] = []

    def try_push(self, item: str) -> bool:
        tail = self.tail
        if tail - self.head == CAPACITY:
            return False
        self.tail = tail + 1
        self.slots[tail % CAPACITY] = item
        return True

    def try_pop(self) -> None:
        head = self.head
        if head != self.tail:
            self.popped.append(self.slots[head % CAPACITY])
            self.head = head + 1


class Fixed(Broken):
    def try_push(self, item: str) -> bool:
        tail = self.tail
        if tail - self.head == CAPACITY:
            return False
        self.slots[tail % CAPACITY] = item
        self.tail = tail + 1
        return True


def producer(ring: Broken) -> None:
    ring.try_push("a")
    ring.try_push("b")


def consumer(ring: Broken) -> None:
    ring.try_pop()
    ring.try_pop()


def check(ring: Broken) -> None:
    pushed = ["a", "b"]
    assert ring.popped == pushed[: len(ring.popped)], f"popped {ring.popped}"


ROLES = (producer, consumer)


def make(twin: str) -> Broken:
    return Broken() if twin == "broken" else Fixed()


def scenario(twin: str, order: tuple[int, ...]) -> None:
    ring = make(twin)
    threads = [threading.Thread(target=ROLES[role], args=(ring,)) for role in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(ring)
