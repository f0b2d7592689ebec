"""State machines: Hypothesis chooses the calls, a failure shows the shortest sequence of them."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from harness.explore import Lab
from harness.grading.properties import MachineProperty
from harness.grading.suite import settle_hypothesis
from harness.verdict import Verdict

SUITE = """
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from harness.machine import Machine


class Calls(Machine):
    def __init__(self, kata):
        super().__init__("stack = Stack()")
        self.stack, self.model = kata.Stack(), []

    @rule(item=st.integers(0, 9))
    def push(self, item):
        self.wrote(f"stack.push({item})")
        self.stack.push(item)
        self.model.append(item)

    @precondition(lambda self: self.model)
    @rule()
    def pop(self):
        self.wrote("stack.pop()")
        item, expected = self.stack.pop(), self.model.pop()
        assert item == expected, f"pop returned {item}, and {expected} was on top"


def test_calls(kata):
    return Calls(kata)
"""
RIGHT = """
import threading

class Stack:
    def __init__(self):
        self.items, self.lock = [], threading.Lock()

    def push(self, item):
        with self.lock:
            self.items.append(item)

    def pop(self):
        with self.lock:
            return self.items.pop()
"""
FORGETS_THE_FOURTH = RIGHT.replace(".append(item)", ".append(item)\n            del self.items[3:]")
KEEPS_ITS_LOCK = RIGHT.replace(
    "with self.lock:\n            return", "self.lock.acquire()\n        return"
)
SHORTEST = [
    "stack = Stack()",
    *["stack.push(0)"] * 3,
    "stack.push(1)",
    "stack.pop()",
]


@pytest.fixture(autouse=True)
def settled(tmp_path: Path) -> Iterator[None]:
    suite = tmp_path / "test_stack.py"
    suite.write_text(SUITE)
    settle_hypothesis(suite)
    yield
    settings.load_profile("default")


def checked(folder: Path, candidate: str, told: bool = True) -> tuple[int, Verdict, str, str]:
    (folder / "stack.py").write_text(candidate)
    lab = Lab(folder / "stack.py", folder / "test_stack.py")
    run = partial(lab.run_once, "test_calls")
    examples, outcome, script = MachineProperty(examples=60, steps=12).check({}, run, told)
    if outcome is None:
        return examples, Verdict.PASS, "", script
    assert outcome.failure is not None
    return examples, outcome.verdict, outcome.failure.headline, script


def test_what_is_right_passes_all_examples(tmp_path: Path) -> None:
    examples, verdict, _, script = checked(tmp_path, RIGHT)
    assert (verdict, script) == (Verdict.PASS, "")
    assert examples >= 60


def test_a_failure_shows_the_shortest_calls_as_code(tmp_path: Path) -> None:
    _, verdict, headline, script = checked(tmp_path, FORGETS_THE_FOURTH)
    assert verdict is Verdict.WRONG
    assert headline == "pop returned 0, and 1 was on top"
    assert script.splitlines() == SHORTEST


def test_a_deadlock_inside_of_a_call_is_one(tmp_path: Path) -> None:
    _, verdict, _, script = checked(tmp_path, KEEPS_ITS_LOCK)
    assert verdict is Verdict.DEADLOCK
    assert script.splitlines()[-2:] == ["stack.pop()", "stack.push(0)"]


def test_a_failure_has_the_same_verdict_where_nobody_is_told(tmp_path: Path) -> None:
    told = checked(tmp_path, FORGETS_THE_FOURTH)
    assert checked(tmp_path, FORGETS_THE_FOURTH, told=False) == told


def test_the_same_examples_on_every_run(tmp_path: Path) -> None:
    assert checked(tmp_path, FORGETS_THE_FOURTH) == checked(tmp_path, FORGETS_THE_FOURTH)
