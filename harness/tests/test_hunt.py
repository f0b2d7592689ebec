"""Bug hunts: which fault comes, what is told of it, and a hunt from beginning to end at a terminal."""

import re
import time
from pathlib import Path

import pexpect
import pytest

from harness import catalogue
from harness.hunt.choice import KINDS, SYMPTOMS, choose, without_header
from harness.hunt.guess import Guess, faulty_lines, judge
from harness.hunt.kept import Hunt, Kept
from harness.keep import Attempt, Kind, Store
from harness.tests.grading_tools import ROOT, TINY, Workbench
from harness.variants import header
from harness.verdict import Verdict

KATAS = (*catalogue.load(TINY), *catalogue.load(ROOT))
FAULTS = [("a", "one"), ("a", "two"), ("b", "one")]


def test_what_was_never_hunted_comes_first() -> None:
    hunted: dict[tuple[str, str], float] = {}
    for turn in range(3):
        chosen = choose(FAULTS, hunted, {}, str(turn))
        assert chosen is not None
        assert chosen not in hunted
        hunted[chosen] = float(turn)
    assert choose(FAULTS, hunted, {}, "x") == min(hunted, key=lambda name: hunted[name])


def test_then_what_is_due_comes_the_longest_overdue_in_front() -> None:
    hunted = {name: float(number) for number, name in enumerate(FAULTS)}
    due = {FAULTS[2]: 5.0, FAULTS[1]: 7.0}
    assert choose(FAULTS, hunted, due, "x") == FAULTS[2]
    unseen = ("b", "two")
    assert choose([*FAULTS, unseen], hunted, due, "x") == unseen


def test_the_same_hunts_lead_to_the_same_fault() -> None:
    assert choose(FAULTS, {}, {}, "0") == choose(reversed(FAULTS), {}, {}, "0")
    assert choose([], {}, {}, "0") is None


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.name)
def test_the_program_is_the_variant_and_names_nothing_of_its_header(kata: catalogue.Kata) -> None:
    for broken in kata.broken():
        source = broken.path.read_text()
        program = without_header(source)
        compile(program, broken.name, "exec")
        assert source.endswith(program)
        for field in header(broken.path).values():
            assert len(field) < 12 or field not in " ".join(program.split()), broken.path


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.name)
def test_every_fault_has_a_symptom_a_kind_and_a_line(kata: catalogue.Kata) -> None:
    reference = without_header(kata.solution.read_text())
    for broken in kata.broken():
        assert broken.verdict in SYMPTOMS
        assert any(broken.verdict in verdicts for _, verdicts in KINDS)
        program = without_header(broken.path.read_text())
        lines = faulty_lines(program, reference)
        assert lines, f"{broken.path} does not differ from the reference"
        kind = next(n for n, (_, verdicts) in enumerate(KINDS) if broken.verdict in verdicts)
        assert judge(Guess(kind, min(lines)), broken.verdict, lines) == (True, True)


def test_a_line_far_away_and_another_kind_are_told_apart() -> None:
    reference = "\n".join("abcdefghij")
    assert faulty_lines(reference.replace("e", "E"), reference) == {5}
    assert faulty_lines(reference.replace("e\n", ""), reference) == {4, 5}
    assert judge(Guess(0, 9), Verdict.RACE, {5}) == (False, False)
    assert judge(Guess(1, 7), Verdict.RACE, {5}) == (True, True)


@pytest.mark.timeout(300)
def test_a_hunt_from_the_symptom_to_the_lesson(bench: Workbench) -> None:
    terminal = bench.types("debug", "tiny", "--read")
    terminal.expect("with a fault: (.*tiny.py)")
    assert isinstance(terminal.match, re.Match)
    program = Path(bench.root, terminal.match[1])
    terminal.expect("Which kind of fault")
    terminal.sendline("1")
    terminal.expect("In which line")
    terminal.sendline("999")
    terminal.expect("not in the range")
    terminal.sendline("1")
    terminal.expect("Now mend it")
    terminal.expect("See the answer")
    assert "Missing" not in str(terminal.before)
    terminal.sendline("q")
    terminal.expect("Left after")
    terminal.expect(pexpect.EOF)

    again = bench.types("debug", NO_COLOR="1")
    again.expect("See the answer")
    program.write_text((bench.root / "solutions" / "tiny" / "tiny.py").read_text())
    again.expect("Mended")
    again.sendline("")
    again.expect("Missing")
    again.expect("Lesson")
    again.expect("as you mended it")
    again.expect(pexpect.EOF)
    again.close()
    assert again.exitstatus == 0
    (attempt,) = Store(bench.state).attempts("tiny")
    assert (attempt.kind, attempt.complete) == (Kind.HUNT, True)
    assert attempt.variant in {broken.name for broken in KATAS[0].broken()}


def test_giving_up_shows_the_answer_and_ends_the_hunt(bench: Workbench) -> None:
    assert bench.kata("debug", "--give-up").status == 2
    terminal = bench.types("debug", "tiny")
    terminal.expect("See the answer")
    terminal.sendline("q")
    terminal.expect(pexpect.EOF)
    ran = bench.kata("debug", "--give-up")
    assert "Lesson" in ran.out
    assert bench.kata("debug", "--give-up").status == 2


@pytest.mark.timeout(300)
def test_a_hunt_of_another_kata_leaves_this_one_where_it_was(bench: Workbench) -> None:
    one, other = (Hunt(uid, kata, "v", 1.0) for uid, kata in (("a", "tiny"), ("b", "other")))
    kept = Kept(bench.state)
    kept.begin(one, "the first program")
    kept.save(one.after(70.0))
    kept.begin(other, "another program")
    assert kept.load("tiny") == one.after(70.0)
    assert kept.load() == kept.load("other") == other
    kept.end(other)
    assert kept.load() == one.after(70.0)


def test_a_program_in_the_way_is_kept_beside_the_new_one(bench: Workbench) -> None:
    kept = Kept(bench.state)
    for number in range(3):
        kept.begin(Hunt("u", "tiny", "v", 1.0), f"program {number}")
    programs = {file.read_text() for file in (bench.state / "hunt" / "tiny").glob("*.py")}
    assert programs == {"program 0", "program 1", "program 2"}


@pytest.mark.timeout(300)
def test_what_is_proposed_again_is_what_is_hunted_again(bench: Workbench) -> None:
    ran = bench.kata("debug", "tiny", "--again")
    assert ran.status == 2
    assert "no fault of tiny has been hunted yet" in ran.err
    variant = KATAS[0].broken()[1].name
    days_ago = time.time() - 30 * 86400.0
    Store(bench.state).record(
        Attempt("tiny", Kind.HUNT, days_ago, days_ago + 600, (), 3, variant=variant)
    )
    proposed = bench.kata("next").out
    assert "tiny, a bug hunt" in proposed
    assert "debug tiny --again" in proposed
    terminal = bench.types("debug", "tiny", "--again")
    terminal.expect("See the answer")
    terminal.sendline("q")
    terminal.expect(pexpect.EOF)
    hunt = Kept(bench.state).load("tiny")
    assert hunt is not None
    assert hunt.variant == variant
