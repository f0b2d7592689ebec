"""History, progress, next and plan as a person reads them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.keep import Kind, LevelOutcome
from harness.keep_commands import history, plan, progress, proposing, solution
from harness.keep_commands.desk import Desk
from harness.keep_commands.words import clock, days_from_now, duration
from harness.tests.grading_tools import Workbench
from harness.tests.keep_tools import DAY, NOW, attempt, desk, made_up, said
from harness.verdict import Verdict

KATAS = (
    made_up("a_kata_with_a_long_name", 1, minutes=75),
    made_up("tiny", 2),
    made_up("ring", 3, after=["tiny"]),
)
TINY_ONLY = KATAS[1:2]


def filled(folder: Path, width: int = 80) -> Desk:
    at = desk(folder, KATAS, width=width)
    splits = tuple(LevelOutcome(n, Verdict.PASS, 400.0 * n) for n in (1, 2, 3))
    phases = (("clarify", 125.0), ("whiteboard", 480.0), ("code", 1200.0), ("review", 95.0))
    for n, seconds in enumerate((5400.0, 3000.0, 1900.0)):
        when = NOW - (20 - 6 * n) * DAY
        at.store.record(attempt(at=when, active=seconds, levels=splits, phases=phases))
    at.store.record(attempt(1, kata="a_kata_with_a_long_name", at=NOW - DAY))
    at.store.record(attempt(2, kind=Kind.HUNT, variant="no_lock", at=NOW - 3 * DAY))
    at.store.record(attempt(2, kind=Kind.GRADE, active=None, implementation="~/else/where.py"))
    return at


def test_the_history_names_each_attempt_newest_first(tmp_path: Path) -> None:
    at = filled(tmp_path)
    assert history.run(at, None) == 0
    lines = said(at).strip("\n").splitlines()
    assert len(lines) == 6
    assert lines[0].split() == "2026-11-23 11:30 tiny grade 2/3 levels".split()
    assert (
        lines[1].split()
        == "2026-11-22 11:30 a_kata_with_a_long_name practice 1/3 levels 30:00".split()
    )
    assert "bug hunt" in lines[2]
    assert "no_lock" not in said(at)


def test_the_history_of_one_kata_has_splits_and_bests(tmp_path: Path) -> None:
    at = filled(tmp_path)
    history.run(at, "tiny")
    text = said(at)
    assert "Best       100 of 100, 3 of 3 levels" in text
    assert "Fastest    31:40, all levels, 2026-11-15 11:30" in text
    assert "1 level 1 6:40   2 level 2 13:20   3 level 3 20:00" in text
    assert "clarify 2:05   whiteboard 8:00   code 20:00   review 1:35" in text
    assert "1 PASS at 6:40   2 PASS at 13:20   3 PASS at 20:00" in text
    assert "1 PASS   2 PASS   3 RACE" in text
    assert "~/else/where.py" in text


def test_a_long_history_says_how_to_see_the_rest(tmp_path: Path) -> None:
    at = filled(tmp_path)
    history.run(at, "tiny", 2)
    assert "and 3 earlier" in said(at)
    assert "history tiny --last 5" in said(at)


def test_a_history_of_nothing_says_how_to_begin(tmp_path: Path) -> None:
    history.run(at := desk(tmp_path, TINY_ONLY), "tiny")
    assert "No attempts at tiny yet." in said(at)
    assert "grade tiny" in said(at)


def test_a_kata_that_has_left_the_catalogue_keeps_its_history(tmp_path: Path) -> None:
    at = desk(tmp_path, TINY_ONLY)
    at.store.record(attempt(kata="gone"))
    assert history.run(at, "gone") == 0
    assert "practice  100 of 100" in said(at)


def test_progress_has_a_row_a_kata_and_a_plot(tmp_path: Path) -> None:
    at = filled(tmp_path)
    assert progress.run(at) == 0
    lines = said(at).splitlines()
    assert [line.split()[0] for line in lines[2:5]] == [kata.name for kata in KATAS]
    assert lines[2].split() == "a_kata_with_a_long_name 1 of 3 33 1 today".split()
    assert lines[3].split()[:7] == "tiny 3 of 3 100 4 in".split()
    assert lines[4].split() == "ring 0 of 3 - 0 -".split()
    assert "1 of 3 katas passed, 1 bug hunt tried, 1 due" in said(at)
    bars = [line for line in lines if "=" in line]
    assert len(bars) == 4
    assert [bar.count("=") for bar in bars[1:]] == sorted(
        (bar.count("=") for bar in bars[1:]), reverse=True
    )
    assert "=|=" in bars[1]  # longer than the kata gives
    assert bars[3].rstrip().endswith("|")  # shorter


def test_without_practice_there_is_no_plot(tmp_path: Path) -> None:
    progress.run(at := desk(tmp_path, KATAS))
    assert "Times of practice" not in said(at)
    assert "0 of 3 katas passed" in said(at)


def test_next_says_what_why_and_the_command(tmp_path: Path) -> None:
    at = filled(tmp_path)
    assert proposing.run(at) == 0
    text = said(at)
    assert "tiny, a bug hunt   15 min" in text
    assert "2 days overdue: now is when" in text
    assert "debug tiny" in text
    assert "a_kata_with_a_long_name: due today" in text
    assert "ring: new" in text


def test_next_when_nothing_is_left_says_what_comes(tmp_path: Path) -> None:
    at = desk(tmp_path, TINY_ONLY)
    at.store.record(attempt())
    proposing.run(at)
    assert "Nothing is due, and every kata has passed." in said(at)
    assert "The next one is due in 8 days: tiny" in said(at)


def test_next_where_nothing_can_be_begun_says_why(tmp_path: Path) -> None:
    proposing.run(at := desk(tmp_path, [made_up(after=["nothing"])]))
    assert "prerequisites" in said(at)


def test_a_plan_says_what_it_left_out_and_what_would_be_enough(tmp_path: Path) -> None:
    at = desk(tmp_path, KATAS)
    assert plan.run(at, "2026-11-24", 60) == 1
    assert "2 days until 2026-11-24, 60 minutes a day" in said(at)
    assert "Mon 2026-11-23         1 h  a_kata_with_a_long_name (1 of 2)" in said(at)
    assert "Left out: tiny, ring" in said(at)
    enough = int(said(at).split("--minutes ")[1].split()[0])
    assert plan.run(desk(tmp_path, KATAS), "2026-11-24", enough) == 0


def test_a_plan_names_what_it_left_out_once(tmp_path: Path) -> None:
    at = desk(tmp_path, TINY_ONLY)
    at.store.record(attempt(at=NOW - 30 * DAY))
    for n in range(5):
        at.store.record(attempt(0, at=NOW - 9 * DAY, kind=Kind.HUNT, variant=f"v{n}", levels=()))
    assert plan.run(at, "2026-11-23", 60) == 1
    assert "Left out: reviews of tiny (5 times)" in said(at)


@pytest.mark.parametrize(
    ("until", "minutes", "says"),
    [
        ("soon", 60, "that is no date"),
        ("2026-11-22", 60, "that day is over"),
        ("2028-01-01", 60, "days away"),
        ("2026-12-24", 0, "--minutes 0"),
    ],
)
def test_a_plan_that_cannot_be_made_says_why(
    tmp_path: Path, until: str, minutes: int, says: str
) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        plan.run(desk(tmp_path, KATAS), until, minutes)
    assert caught.value.try_next.startswith("kata plan --until 20")


@pytest.mark.parametrize("width", [60, 80, 100])
@pytest.mark.parametrize(
    "show",
    [
        lambda at: history.run(at, None),
        lambda at: history.run(at, "tiny"),
        progress.run,
        proposing.run,
        lambda at: plan.run(at, "2026-12-20", 60),
        lambda at: plan.run(at, "2026-11-24", 5),
        lambda at: solution.run(at, "a_kata_with_a_long_name"),
    ],
    ids=["history", "history of one", "progress", "next", "plan", "no plan", "solution"],
)
def test_lines_fit_the_terminal(tmp_path: Path, width: int, show: Callable[[Desk], int]) -> None:
    show(at := filled(tmp_path, width))
    lines = [line for line in said(at).splitlines() if " harness" not in line]  # commands
    assert max(map(len, lines)) <= width


def test_how_times_are_written() -> None:
    assert [clock(s) for s in (None, 5, 65.9, 3600)] == ["-", "0:05", "1:05", "1:00:00"]
    assert [days_from_now(d) for d in (0, 1, -2)] == ["today", "in 1 day", "2 days overdue"]
    assert [duration(m) for m in (45, 120, 125)] == ["45 min", "2 h", "2 h 5 min"]


def test_from_the_command_line(bench: Workbench) -> None:
    own = bench.root / "katas/tiny/tiny.py"
    (bench.root / "harness/stubs").mkdir(parents=True)
    (bench.root / "harness/stubs/tiny.stub").write_bytes(own.read_bytes())
    own.write_text((bench.root / "solutions/tiny/tiny.py").read_text())
    assert bench.grade().status == 0
    for words, says in (
        (["history", "tiny"], "1 PASS   2 PASS   3 PASS"),
        (["progress"], "1 of 1 katas passed"),
        (["next"], "every kata has passed"),
        (["hint", "tiny", "--level", "2"], "Hint 1. A question"),
        (["solution", "tiny"], "From yours (-) to the reference (+)"),
        (["reset", "tiny"], "tiny is the stub again"),
        (["export", "out.json"], "1 attempt written"),
        (["import", "out.json"], "0 attempts taken over, 1 known already"),
    ):
        ran = bench.kata(*words)
        assert says in ran.out, (words, ran.out, ran.err)
        assert (ran.status, ran.err) == (0, "")
