"""Practice as a person does it: at a terminal, from the stub to a pass, and cut short in the middle."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from harness.keep import Kind, Store
from harness.practice import notes
from harness.practice.round import Round
from harness.practice.saved import Saved
from harness.tests.grading_tools import Workbench

PATIENCE = 60  # seconds; nothing here takes more than a few

pytestmark = pytest.mark.timeout(300)


class Person:
    """Sits at a terminal."""

    def __init__(self, bench: Workbench) -> None:
        self.bench = bench
        self.notes = bench.state / "practice" / "tiny" / "notes.md"
        self.stub = bench.root / "katas" / "tiny" / "tiny.py"
        self.solution = bench.root / "solutions" / "tiny" / "tiny.py"

    def saves(self, broken: str) -> None:
        folder: Path = self.bench.root / "solutions" / "tiny" / "broken"
        self.stub.write_text((folder / f"{broken}.py").read_text())

    def round(self) -> Round:
        found = Saved("tiny", self.bench.state).load()
        assert found is not None
        return found

    def writes_notes(self, phase: str) -> None:
        text = self.notes.read_text()
        for heading, _, belongs in notes.HEADINGS:
            if belongs == phase:
                text = text.replace(f"## {heading}\n", f"## {heading}\n\nA word about it.\n")
        self.notes.write_text(text)


def until(terminal: "pexpect.spawn[str]", happened: Callable[[], bool]) -> None:
    """Reads what the terminal shows until something has happened."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, terminal.before
        terminal.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=0.1)


@pytest.fixture
def person(bench: Workbench) -> Person:
    return Person(bench)


@pytest.fixture
def leftovers() -> Iterator[list["pexpect.spawn[str]"]]:
    terminals: list[pexpect.spawn[str]] = []
    yield terminals
    for terminal in terminals:
        terminal.close(force=True)


def practice(person: Person, leftovers: list["pexpect.spawn[str]"]) -> "pexpect.spawn[str]":
    terminal = person.bench.types("practice", "tiny")
    leftovers.append(terminal)
    return terminal


def test_from_the_stub_to_a_pass(person: Person, leftovers: list["pexpect.spawn[str]"]) -> None:
    terminal = practice(person, leftovers)
    terminal.expect("1 of 4 clarify")
    terminal.send("n")
    terminal.expect("First write something")
    person.writes_notes("clarify")
    terminal.send("n")
    terminal.expect("2 of 4 whiteboard")
    person.writes_notes("whiteboard")
    terminal.send("n")
    terminal.expect("3 of 4 code")
    terminal.expect("graded whenever you save it")
    terminal.send("h")
    terminal.expect("What does add change")
    person.saves("nobody_notifies")
    until(terminal, lambda: person.round().verdicts.get(3) == "DEADLOCK")
    person.stub.write_text(person.solution.read_text())
    until(terminal, lambda: len(person.round().passed) == 3)
    terminal.send("n")
    terminal.expect("Score yourself")
    terminal.send("4321")
    terminal.expect("n ends the round")
    terminal.send("n")
    terminal.expect("3 of 3 levels")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 0
    (attempt,) = Store(person.bench.state).attempts("tiny")
    assert attempt.kind is Kind.PRACTICE
    assert attempt.complete
    assert all(level.passed_at is not None for level in attempt.levels)
    assert [phase for phase, seconds in attempt.phases if seconds > 0]
    assert len(Store(person.bench.state).hints("tiny")) == 1


def test_one_that_is_killed_goes_on_where_it_was(
    person: Person, leftovers: list["pexpect.spawn[str]"]
) -> None:
    terminal = practice(person, leftovers)
    terminal.expect("1 of 4 clarify")
    person.writes_notes("clarify")
    terminal.send("n")
    terminal.expect("2 of 4 whiteboard")
    terminal.kill(9)
    terminal.expect(pexpect.EOF)
    again = practice(person, leftovers)
    again.expect("2 of 4 whiteboard")
    again.send("q")
    again.expect("left in phase whiteboard")
    again.expect(pexpect.EOF)
    assert "A word about it." in person.notes.read_text()


def test_ctrl_c_and_a_closed_terminal_lose_nothing(
    person: Person, leftovers: list["pexpect.spawn[str]"]
) -> None:
    terminal = practice(person, leftovers)
    terminal.expect("1 of 4 clarify")
    terminal.sendcontrol("c")
    terminal.expect("left in phase clarify")
    terminal.expect(pexpect.EOF)
    second = practice(person, leftovers)
    second.expect("1 of 4 clarify")
    second.close(force=True)  # the terminal's window is closed
    third = practice(person, leftovers)
    third.expect("1 of 4 clarify")


def test_an_editor_gets_the_notes_its_arguments_and_ctrl_c_and_its_time_counts(
    person: Person, leftovers: list["pexpect.spawn[str]"]
) -> None:
    editor = person.bench.root / "an editor.sh"
    editor.write_text(
        "trap 'echo still here' INT\necho $1 edits $2; while ! read line; do :; done\n"
    )
    words = f"bash '{editor}' -w"
    terminal = person.bench.types("practice", "tiny", VISUAL="", EDITOR=words)
    leftovers.append(terminal)
    terminal.expect("1 of 4 clarify")
    terminal.send("e")
    terminal.expect("-w edits .*notes.md")
    before = person.round().active
    until(terminal, lambda: person.round().active > before + 2.0)  # kept while it runs
    terminal.sendcontrol("c")
    terminal.expect("still here")
    terminal.sendline("")
    terminal.expect("1 of 4 clarify")
    terminal.send("q")
    terminal.expect("left in phase clarify")
    terminal.expect(pexpect.EOF)


@pytest.mark.parametrize("editor", ["no-such-editor", "half 'a quotation", ""])
def test_an_editor_that_cannot_be_run_does_not_end_the_round(
    person: Person, leftovers: list["pexpect.spawn[str]"], editor: str
) -> None:
    terminal = person.bench.types("practice", "tiny", VISUAL="", EDITOR=editor)
    leftovers.append(terminal)
    terminal.expect("1 of 4 clarify")
    terminal.send("e")
    terminal.expect("cannot be run" if editor else "names no editor")
    terminal.send("q")
    terminal.expect("left in phase clarify")


def test_without_a_terminal_it_says_so(bench: Workbench) -> None:
    ran = bench.kata("practice", "tiny")
    assert ran.status == 2
    assert "needs a terminal" in ran.err


def test_watching_grades_every_save_and_on_enter(
    person: Person, leftovers: list["pexpect.spawn[str]"]
) -> None:
    terminal = person.bench.types("watch", "tiny")
    leftovers.append(terminal)
    terminal.expect("NOT STARTED")
    person.stub.write_text(person.solution.read_text())
    terminal.expect("3 of 3 levels")
    person.saves("add_without_the_lock")
    terminal.expect("RACE")
    terminal.expect("1 of 3 levels")
    terminal.sendline("")
    terminal.expect("RACE")
    terminal.sendline("q")
    terminal.expect("Stopped")
    terminal.expect(pexpect.EOF)
