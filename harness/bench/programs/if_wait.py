"""If-wait: what a sleeper was woken for may be gone again before it runs.

The sender puts a letter into the box, takes it back, and puts in another. The receiver that was
woken by the first letter finds the box empty. The fix: `while` instead of `if` around the wait.
"""

import threading


class Broken:
    def __init__(self) -> None:
        self.arrived = threading.Condition()
        self.letters: list[str] = []
        self.received: list[str] = []

    def post(self, letter: str) -> None:
        with self.arrived:
            self.letters.append(letter)
            self.arrived.notify()

    def take_back(self) -> None:
        with self.arrived:
            if self.letters:
                self.letters.pop()

    def receive(self) -> str:
        with self.arrived:
            if not self.letters:
                self.arrived.wait()
            return self.letters.pop(0)


class Fixed(Broken):
    def receive(self) -> str:
        with self.arrived:
            while not self.letters:
                self.arrived.wait()
            return self.letters.pop(0)


def receiver(box: Broken) -> None:
    box.received.append(box.receive())


def sender(box: Broken) -> None:
    box.post("first")
    box.take_back()
    box.post("second")


def check(box: Broken) -> None:
    assert len(box.received) == 1, f"one letter was to be received: {box.received}"


ROLES = (receiver, sender)


def make(twin: str) -> Broken:
    return Broken() if twin == "broken" else Fixed()


def scenario(twin: str, order: tuple[int, ...]) -> None:
    box = make(twin)
    threads = [threading.Thread(target=ROLES[role], args=(box,)) for role in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(box)
