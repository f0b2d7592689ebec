"""The benchmark's programs: each bug is there to be found, and each twin is right."""

import pytest

from harness.bench.catalogue import ORDERS, PROGRAMS, WARM_UP, Program, Subject
from harness.bench.tools import load_program
from harness.explore import Limits, explore_program
from harness.verdict import Verdict

EVERY = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
EITHER = pytest.mark.parametrize("order", ORDERS)


def arguments(program: Program, twin: str, order: str) -> dict[str, object]:
    roles = len(load_program(program.path).ROLES)
    return {"twin": twin, "order": Subject(program.path, twin, order).indices(roles)}


@EVERY
@EITHER
def test_the_bug_is_found(program: Program, order: str) -> None:
    outcome = explore_program(program.path, "scenario", arguments(program, "broken", order))
    assert outcome.verdict is not Verdict.PASS


@EVERY
@EITHER
def test_the_correct_twin_passes_with_one_preemption_anywhere(program: Program, order: str) -> None:
    limits = Limits(preemptions=1, schedules=20_000)
    outcome = explore_program(program.path, "scenario", arguments(program, "fixed", order), limits)
    assert outcome.verdict is Verdict.PASS, outcome.failure
    assert outcome.coverage.startswith("all "), outcome.coverage


@EVERY
@EITHER
def test_the_correct_twin_runs_under_ordinary_python(program: Program, order: str) -> None:
    for _ in range(20):
        load_program(program.path).scenario(**arguments(program, "fixed", order))


@EVERY
def test_a_program_says_what_the_bug_and_the_fix_are(program: Program) -> None:
    text = " ".join((load_program(program.path).__doc__ or "").split())
    assert "The fix:" in text


def test_the_warm_up_runs_in_both_orders() -> None:
    for order in ((0, 1), (1, 0)):
        load_program(WARM_UP).scenario("fixed", order)
