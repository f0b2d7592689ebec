"""A program with nothing wrong, run before each measurement so that no tool is timed cold."""

import threading


class Nothing:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.visits = 0


def visit(state: Nothing) -> None:
    with state.lock:
        state.visits += 1


def check(state: Nothing) -> None:
    assert state.visits == 2, state.visits


ROLES = (visit, visit)


def make(twin: str) -> Nothing:
    assert twin == "fixed"
    return Nothing()


def scenario(twin: str, order: tuple[int, ...]) -> None:
    state = make(twin)
    threads = [threading.Thread(target=ROLES[role], args=(state,)) for role in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(state)
