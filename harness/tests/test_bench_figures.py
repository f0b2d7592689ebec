"""What the benchmark makes of its figures: the goals judged on the worst row, the tables' cells."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.bench.catalogue import ORDERS, PROGRAMS, Subject
from harness.bench.children import Interpreters, run_child
from harness.bench.goals import judge
from harness.bench.run import Row
from harness.bench.table import as_markdown, grids

GOOD = Row(
    program="lost_update",
    order="forward",
    tool="explorer",
    found=True,
    find_mode="bounded",
    find_seconds=0.004,
    find_schedules=3,
    rate=9000.0,
    exhausted=True,
    exhaust_seconds=0.01,
    exhaust_schedules=52,
    false_alarm=False,
    loading=0.05,
    note="",
)
RIVAL = replace(GOOD, tool="frontrun", rate=100.0, found=False, exhausted=False)


def whole_run(**changes: object) -> list[Row]:
    """Rows of every program in both orders, the last of the explorer's changed."""
    ours = [replace(GOOD, program=p.name, order=order) for p in PROGRAMS for order in ORDERS]
    theirs = [replace(RIVAL, program=row.program, order=row.order) for row in ours]
    ours[0] = replace(ours[0], **changes)  # type: ignore[arg-type]
    return ours + theirs


def unmet(rows: list[Row]) -> list[str]:
    return [goal.aim for goal in judge(rows) if not goal.met]


def test_a_run_that_is_good_everywhere_meets_every_goal() -> None:
    assert len(judge(whole_run())) == 7
    assert unmet(whole_run()) == []


@pytest.mark.parametrize(
    ("change", "goal"),
    [
        ({"found": False}, "every bug found"),
        ({"find_seconds": 0.051}, "every bug found"),
        ({"false_alarm": True}, "no false alarm"),
        ({"exhaust_seconds": 0.21}, "under 0.2 s: two threads"),
        ({"exhausted": False}, "under 0.2 s: two threads"),
        ({"rate": 4999.0}, "at least 5,000"),
    ],
)
def test_one_bad_row_misses_the_goal(change: dict[str, object], goal: str) -> None:
    (aim,) = unmet(whole_run(**change))
    assert goal in aim


def test_a_fast_rival_misses_the_ratio() -> None:
    rows = whole_run()
    rows[-1] = replace(rows[-1], rate=1000.0)
    (goal,) = [goal for goal in judge(rows) if not goal.met]
    assert "10 times" in goal.aim
    assert goal.worst == "9.0 (bounded_buffer_notify, reverse)"


def test_goals_without_rows_are_left_out() -> None:
    assert len(judge([GOOD])) == 4


def test_rivals_alone_are_judged_by_no_goal() -> None:
    assert judge([RIVAL]) == []


def test_the_tables_say_what_was_missed_and_not_exhausted() -> None:
    text = "\n".join(as_markdown(grid) for grid in grids([GOOD, RIVAL], []))
    assert "| lost update | forward | 4.0 ms (3) | missed |" in text
    assert "| lost update | forward | 10.0 ms (52) | not within 0 s (52) |" in text


def test_a_child_that_hangs_is_ended_and_named() -> None:
    output, problem = run_child([sys.executable, "-c", "while True: pass"], 0.5)
    assert (output, problem) == ("", "did not come back within 0.5 s")


def test_a_child_that_breaks_down_is_named_with_its_last_words() -> None:
    _, problem = run_child([sys.executable, "-c", "raise OSError('no')"], 30)
    assert problem == "broke down: OSError: no"


def test_a_measurement_comes_back_from_a_child_process() -> None:
    program = PROGRAMS[0]
    interpreters = Interpreters(rivals=sys.executable, seconds=5.0)
    subject = Subject(program.path, "broken", "forward")
    sample = interpreters.sample("explorer", "bounded", "search", subject, 5.0)
    assert sample.failed, sample.note
    assert sample.schedules is not None
    assert sample.seconds > 0


def test_an_interpreter_that_is_not_there_has_no_tools() -> None:
    interpreters = Interpreters(rivals=str(Path("/nowhere/python")), seconds=1.0)
    assert interpreters.version("frontrun") is None
