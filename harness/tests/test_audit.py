"""The audit finds what is at fault with a catalogue, and nothing else."""

from pathlib import Path

import pytest

from harness import catalogue
from harness.audit.judge import Judged, Subject
from harness.audit_command import differences
from harness.grading.grade import Candidate
from harness.grading.results import Check
from harness.tests.grading_tools import Workbench
from harness.variants import Broken
from harness.verdict import Verdict

BROKEN = "solutions/tiny/broken"
RIGHT_BUT_CALLED_BROKEN = '''"""The reference.

Missing: nothing.
Level: 1
Killed by: test_a_new_counter_stands_at_0
Verdict: WRONG
Lesson: none.
"""
'''


def test_a_catalogue_in_order_has_a_matrix_and_no_fault_but_its_idle_tests(
    bench: Workbench,
) -> None:
    ran = bench.kata("audit", "tiny", "--repeat", "2")
    assert "tiny: 3 broken, 1 right" in ran.out
    assert (
        "    1  test_a_waiter_wakes_when_the_count_is_reached\n         nobody_notifies" in ran.out
    )
    assert ran.out.count("at fault   ") == ran.out.count("kills nothing")
    assert ran.status == 1


def spoilt(bench: Workbench, file: str, old: str, new: str) -> str:
    path = bench.root / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return bench.kata("audit", "tiny").out


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (f"{BROKEN}/amount_ignored.py", "Level: 1", "Level: 2",
         "broken:amount_ignored fails at level 1; its header says 2"),
        (f"{BROKEN}/amount_ignored.py", "Verdict: WRONG", "Verdict: LEAK",
         "its header says LEAK"),
        (f"{BROKEN}/nobody_notifies.py", "Killed by: test_a", "Killed by: test_no",
         "broken:nobody_notifies has no failure in test_no"),
        ("katas/tiny/tiny.py", "raise NotImplementedError", "return 1", "the stub is"),
    ],
)  # fmt: skip
def test_what_is_at_fault_is_named(
    bench: Workbench, file: str, old: str, new: str, says: str
) -> None:
    assert says in spoilt(bench, file, old, new)


def test_a_variant_that_survives_is_named(bench: Workbench) -> None:
    solution = (bench.root / "solutions/tiny/tiny.py").read_text()
    (bench.root / BROKEN / "survivor.py").write_text(RIGHT_BUT_CALLED_BROKEN + solution)
    ran = bench.kata("audit", "tiny")
    assert "tiny: broken:survivor survives" in ran.out
    assert ran.status == 1


def test_a_right_variant_that_fails_is_named(bench: Workbench) -> None:
    broken = (bench.root / BROKEN / "amount_ignored.py").read_text()
    code = broken.split('"""', 2)[2]
    (bench.root / "solutions/tiny/right/one.py").write_text('"""Right: so it says."""\n' + code)
    out = bench.kata("audit", "tiny").out
    assert "right:one is right, and fails test_add_adds_the_amount[3]: WRONG" in out


def test_an_empty_hint_is_named(bench: Workbench) -> None:
    out = spoilt(bench, "katas/tiny/hints.md", "One lock for the amount.", "")
    assert "tiny: level 1: 'Hint 2: the mechanism' is empty" in out


def test_a_file_of_no_kata_is_named(bench: Workbench) -> None:
    for stray in ("katas/notes.txt", "solutions/tiny/tiny.old"):
        (bench.root / stray).write_text("?")
    out = bench.kata("audit", "tiny").out
    assert f"{Path('katas/notes.txt')} belongs to no kata" in out
    assert f"{Path('solutions/tiny/tiny.old')} belongs to no kata" in out


def test_no_repeat_is_a_mistake(bench: Workbench) -> None:
    ran = bench.kata("audit", "tiny", "--repeat", "0")
    assert ran.status == 2
    assert "kata audit --repeat 2" in ran.err


# A file that is not the same on every run: what the first run found of it is not found again.
HEADER = Broken("fickle", Path("fickle.py"), "", 1, "test_one", Verdict.RACE, "")


def judged(named: str, *failures: tuple[str, Verdict]) -> Judged:
    broken = HEADER if named.startswith("broken:") else None
    subject = Subject(catalogue.find("thread_pool"), Candidate(Path("fickle.py"), named), broken)
    return Judged(subject, tuple(Check(test, 1, "", verdict) for test, verdict in failures))


@pytest.mark.parametrize(
    ("named", "first", "again", "agree"),
    [
        ("broken:fickle", [("test_one", Verdict.RACE)], [("test_one", Verdict.RACE)], True),
        ("broken:fickle", [("test_0", Verdict.WRONG), ("test_one", Verdict.RACE)],
         [("test_one", Verdict.RACE)], True),
        ("broken:fickle", [("test_one", Verdict.RACE)], [("test_one", Verdict.WRONG)], False),
        ("broken:fickle", [("test_one", Verdict.RACE)], [], False),
        ("broken:fickle", [("test_one", Verdict.RACE)],
         [("test_0", Verdict.WRONG), ("test_one", Verdict.RACE)], False),
        ("right:fickle", [], [], True),
        ("right:fickle", [], [("test_one", Verdict.RACE)], False),
        ("right:fickle", [("test_one", Verdict.RACE)], [], False),
    ],
)  # fmt: skip
def test_repeats_that_disagree_are_named(
    named: str, first: list[tuple[str, Verdict]], again: list[tuple[str, Verdict]], agree: bool
) -> None:
    found = differences([judged(named, *first)], [judged(named, *again)], 2)
    assert (found == []) is agree
    assert all("run 2" in fault and named in fault for fault in found)
