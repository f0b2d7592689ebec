"""The recorder inside the explorer: simulated threads, every order of calls that can be seen."""

from pathlib import Path

import pytest

from harness.explore import Limits, Outcome, explore_program
from harness.verdict import Verdict

PROGRAM = """
import threading
from harness.history import FifoQueue, History, assert_linearizable

class Queue:
    def __init__(self):
        self.lock = threading.Lock()
        self.items = []

    def try_push(self, item):
        with self.lock:
            self.items.append(item)
            return True

    def try_pop(self):
        {pop}

def scenario():
    queue = Queue()
    history = History()
    def producer():
        history.call(queue.try_push, 1)
        history.call(queue.try_push, 2)
    def consumer():
        history.call(queue.try_pop)
    threads = [threading.Thread(target=role, name=role.__name__) for role in (producer, consumer)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {{call.thread for call in history.operations}} == {{"producer", "consumer"}}
    assert_linearizable(history, FifoQueue())
"""
RIGHT = """with self.lock:
            return self.items.pop(0) if self.items else None"""
NEWEST = """with self.lock:
            return self.items.pop() if self.items else None"""


# Push and pop touch nothing in common: only the order of the calls matters.
STRANGERS = """
import threading
from harness.history import FifoQueue, History, assert_linearizable

class Queue:
    def __init__(self):
        self.pushed = []
        self.poppable = []

    def try_push(self, item):
        self.pushed.append(item)
        return True

    def try_pop(self):
        return self.poppable.pop(0) if self.poppable else None

def scenario(order):
    queue = Queue()
    history = History()
    gate = threading.Event()
    def producer():
        gate.wait()
        history.call(queue.try_push, 1)
    def consumer():
        gate.set()
        history.call(queue.try_pop)
    roles = (producer, consumer)
    threads = [threading.Thread(target=roles[role]) for role in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_linearizable(history, FifoQueue())
"""


def explore(folder: Path, pop: str) -> Outcome:
    path = folder / "queue_program.py"
    path.write_text(PROGRAM.format(pop=pop))
    return explore_program(path, "scenario", {}, Limits(preemptions=2, schedules=5000))


def test_a_right_queue_passes_under_every_schedule(tmp_path: Path) -> None:
    outcome = explore(tmp_path, RIGHT)
    assert outcome.verdict is Verdict.PASS, outcome.failure
    assert outcome.coverage.startswith("all ")


def test_a_queue_that_gives_the_newest_first_is_found_and_explained(tmp_path: Path) -> None:
    failure = explore(tmp_path, NEWEST).failure
    assert failure is not None
    assert failure.verdict in (Verdict.RACE, Verdict.WRONG)
    assert "No order of these 3 calls" in failure.headline + failure.report


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_calls_that_share_nothing_are_explored_in_every_order(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    path = tmp_path / "strangers.py"
    path.write_text(STRANGERS)
    outcome = explore_program(path, "scenario", {"order": order})
    assert outcome.verdict is Verdict.RACE


@pytest.mark.parametrize("pop", [RIGHT, NEWEST])
def test_the_same_run_gives_the_same_outcome(tmp_path: Path, pop: str) -> None:
    first, second = explore(tmp_path, pop), explore(tmp_path, pop)
    assert (first.schedules, first.coverage) == (second.schedules, second.coverage)
    assert first.failure == second.failure
