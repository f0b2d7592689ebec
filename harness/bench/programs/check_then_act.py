"""Check-then-act: two threads find the key absent, and each stores an object of its own.

The fix: look and store under one lock.
"""

import threading


class Broken:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.connections: dict[str, object] = {}
        self.handed_out: list[object] = []

    def connect(self, host: str) -> object:
        if host not in self.connections:
            self.connections[host] = object()
        return self.connections[host]


class Fixed(Broken):
    def connect(self, host: str) -> object:
        with self.lock:
            return super().connect(host)


def first_user(cache: Broken) -> None:
    cache.handed_out.append(cache.connect("db"))


def second_user(cache: Broken) -> None:
    cache.handed_out.append(cache.connect("db"))


def check(cache: Broken) -> None:
    first, second = cache.handed_out
    assert first is second, "two connections to one host"


ROLES = (first_user, second_user)


def make(twin: str) -> Broken:
    return Broken() if twin == "broken" else Fixed()


def scenario(twin: str, order: tuple[int, ...]) -> None:
    cache = make(twin)
    threads = [threading.Thread(target=ROLES[role], args=(cache,)) for role in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(cache)
