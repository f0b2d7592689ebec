"""`kata compare`: the statistics, the tables, who is left out, and one run of it. No test judges speed."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness import catalogue, compare_command
from harness.candidates import candidate
from harness.compare import drivers, field, trial
from harness.compare.document import document
from harness.compare.figures import Figure, Result, figures_of, percentile, ratio
from harness.compare.race import Entry, Peer, Race, again, shared_out
from harness.compare.races import races_of
from harness.compare.run import BY_ABI, result, results
from harness.compare.table import duration, lines
from harness.compare.windows import calibrated, measure, rotated
from harness.native import compiler
from harness.native.bind import BINDING
from harness.native.compiler import NoCompilerError
from harness.native.references import reference
from harness.tests.grading_tools import ROOT, Workbench

KATAS = catalogue.load(ROOT)
WHERE = {"date": "2026-11-23", "machine": "m", "python": "3.11.7", "load": 0.1}


class MadeUp:
    """A clock that stands still but while somebody works."""

    def __init__(self) -> None:
        self.now = 0
        self.order: list[tuple[str, int]] = []

    def clock(self) -> int:
        return self.now

    def takes(self, name: str, nanoseconds: int) -> Any:
        def work(count: int) -> None:
            self.now += nanoseconds * count
            self.order.append((name, count))

        return work


def refuse() -> Entry:
    raise ModuleNotFoundError("No module named 'absent'", name="absent")


def test_windows_are_calibrated_interleaved_and_rotated() -> None:
    made_up = MadeUp()
    works = {"quick": made_up.takes("quick", 10), "slow": made_up.takes("slow", 400)}
    figures = measure(works, rounds=3, window=10_000, clock=made_up.clock)
    assert figures == {"quick": [10.0] * 3, "slow": [400.0] * 3}
    assert made_up.order[-6:] == [
        *[("quick", 1000), ("slow", 25)],
        *[("slow", 25), ("quick", 1000)],
        *[("quick", 1000), ("slow", 25)],
    ]
    assert rotated(["a", "b", "c"], 4) == ["b", "c", "a"]


def test_one_interruption_does_not_make_windows_short() -> None:
    made_up = MadeUp()
    interruptions = iter([50_000])

    def work(count: int) -> None:
        made_up.now += 10 * count + next(interruptions, 0)

    assert calibrated(work, 10_000, made_up.clock) == 1000


def test_a_gauge_decides_how_many_operations_there_are() -> None:
    made_up = MadeUp()
    works, gauges = {"x": made_up.takes("x", 10)}, {"x": made_up.takes("alone", 20)}
    measure(works, 1, 10_000, made_up.clock, gauges)
    assert made_up.order[-1] == ("x", 500)


def test_an_operation_longer_than_a_window_gets_one_each() -> None:
    made_up = MadeUp()
    assert calibrated(made_up.takes("x", 10**9), 10_000, made_up.clock) == 1


def test_percentiles_and_ratios() -> None:
    assert percentile([5.0], 10) == 5.0
    assert percentile([float(value) for value in range(10, -1, -1)], 10) == 1.0
    assert percentile([0.0, 1.0], 10) == pytest.approx(0.1)
    # The machine was ten times as slow in the second round: for both of them.
    assert ratio([1.0, 10.0, 1.0], [2.0, 20.0, 2.0]) == 2.0
    assert ratio([1.0], []) is None


def test_a_contender_that_is_mostly_the_call_is_marked() -> None:
    windows = {"base": [300.0], "c": [150.0], "c twice": [150.0]}
    call = Figure("call", (50.0,))
    calls = {"c": 1.0, "c twice": 2.0}
    figures = {f.name: f for f in figures_of(windows, "base", calls, call)}
    assert [figures[name].mostly_the_call for name in windows] == [False, False, True]
    assert figures["c"].ratio == 2.0


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [(0.5, "0.50 ns"), (9.999, "10.0 ns"), (99.96, "100 ns"), (999.6, "1.00 us"), (5e9, "5.0 s")],
)
def test_durations_have_three_digits(nanoseconds: float, text: str) -> None:
    assert duration(nanoseconds) == text


@pytest.mark.parametrize("width", [60, 72, 100])
@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.name)
def test_every_table_fits(kata: catalogue.Kata, width: int) -> None:
    for race in races_of(kata.name):
        names = [field.OWN, field.PYTHON, field.NATIVE, *(peer.name for peer in race.peers)]
        windows = {name: [12.3 * 9.7**place] for place, name in enumerate(names)}
        figures = figures_of(windows, field.PYTHON, {field.NATIVE: 1.0}, Figure("", (1e6,)))
        shown = Result(
            race.title, race.operation, field.PYTHON, figures, {"a peer": "not there " * 9},
            Figure("", (1e6,)), ("A note. " * 12,),
        )  # fmt: skip
        text = list(lines(shown, width))
        assert max(map(len, text)) <= width, "\n".join(text)
        for name in names:
            assert len(name) <= 24, f"{name} would be cut"
            assert any(name in line and "#" in line for line in text)
        assert any("*" in line and field.NATIVE in line for line in text)


def test_who_is_absent_is_left_out_with_a_word() -> None:
    made_up = MadeUp()
    race = Race(
        "A race", "an operation", lambda kata: Entry(kata), (Peer("gone", refuse),), calls=1.0
    )
    who = [
        field.Runner("yours", None, False, {"A race": "it is not written yet"}),
        field.Runner(field.PYTHON, made_up.takes("python", 100), False, {}),
        field.Runner(field.NATIVE, made_up.takes("c", 50), True, {}),
    ]
    with field.field(race, who) as there:
        seen = result(race, there, who, made_up.takes("call", 40), 2, 10_000, made_up.clock)
    assert seen.left_out == {"yours": "it is not written yet", "gone": "absent is not installed"}
    assert [(f.name, f.ratio, f.mostly_the_call) for f in seen.figures] == [
        (field.PYTHON, 1.0, False),
        (field.NATIVE, 2.0, True),
    ]
    text = "\n".join(lines(seen, 60))
    assert "Left out: gone: absent is not installed." in text
    assert "An empty call of C through cffi costs 40.0 ns." in text


def test_who_breaks_down_on_the_way_is_left_out() -> None:
    made_up = MadeUp()

    def breaks(count: int) -> None:
        raise ZeroDivisionError

    race = Race("A race", "an operation", lambda kata: Entry(kata))
    who = [
        field.Runner("yours", breaks, False, {}),
        field.Runner(field.PYTHON, made_up.takes("python", 100), False, {}),
    ]
    with field.field(race, who) as there:
        seen = result(race, there, who, None, 2, 10_000, made_up.clock)
    assert seen.left_out == {"yours": "it raised ZeroDivisionError"}
    assert [figure.name for figure in seen.figures] == [field.PYTHON]


def test_everybody_is_closed_even_if_one_raises() -> None:
    closed = []

    def enter(kata: str) -> Entry:
        if kata == "bad":
            raise ZeroDivisionError
        return Entry(again(int), lambda: closed.append(kata))

    race = Race("A race", "an operation", enter)
    who = [field.Runner("a", "good", False, {}), field.Runner("b", "bad", False, {})]
    with pytest.raises(ZeroDivisionError), field.field(race, who):
        pass
    assert closed == ["good"]


def test_shares_are_whole_and_errors_are_raised() -> None:
    shares: list[int] = []
    shared_out(3, shares.append)(10)
    assert sorted(shares) == [3, 3, 4]
    with pytest.raises(TypeError):
        shared_out(2, again(lambda: int(None)))(2)  # type: ignore[call-overload]


def test_the_document_has_every_window() -> None:
    seen = Result("t", "op", "a", figures_of({"a": [1.0, 2.0], "b": [2.0, 4.0]}, "a"), {"c": "why"})
    content = json.loads(document("tiny", WHERE, [seen]))
    assert content["kata"] == "tiny"
    assert content["date"] == "2026-11-23"
    race = content["races"][0]
    assert [one["windows"] for one in race["contenders"]] == [[1.0, 2.0], [2.0, 4.0]]
    assert race["contenders"][1]["ratio"] == 0.5
    assert race["left_out"] == {"c": "why"}
    assert race["empty_call"] is None


def test_what_a_driver_prints_becomes_results() -> None:
    rows = [("r1", "ours", 2.0), ("r1", "theirs", 4.0), ("r1", "theirs", 8.0), ("r1", "ours", 4.0)]
    output = "".join(
        json.dumps({"race": r, "operation": "op", "contender": c, "baseline": "ours", "ns": ns})
        + "\n"
        for r, c, ns in [*rows, ("r2", "ours", 1.0)]
    )
    first, second = drivers.parsed(output)
    assert [(f.name, f.windows, f.ratio) for f in first.figures] == [
        ("ours", (2.0, 4.0), 1.0),
        ("theirs", (4.0, 8.0), 0.5),
    ]
    assert second.title == "r2"


def test_a_malloc_that_is_absent_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    own = [Result("t", "op", "a", (), {})]
    (seen,) = drivers.with_mallocs(own, ["none"])
    assert set(seen.left_out) == set(drivers.MALLOCS)


def test_a_queue_that_is_absent_is_left_out() -> None:
    figures = figures_of({"ring": [1.0], drivers.QUEUES[0]: [2.0]}, "ring")
    seen = drivers.without_queues(Result("t", "op", "ring", figures, {}))
    assert list(seen.left_out) == [drivers.QUEUES[1]]


def test_abi_mode_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        compiler.find()
    except NoCompilerError as error:
        pytest.skip(error.line)
    monkeypatch.setenv(BINDING, "abi")
    kata = catalogue.find("bump_allocator", ROOT)
    assert [seen.notes for seen in results(kata, None, 1, 1000)] == [(BY_ABI,)]


WITH_DRIVERS = [kata for kata in KATAS if (c := reference(kata)) and c.bench.is_file()]


@pytest.mark.parametrize("kata", WITH_DRIVERS, ids=lambda kata: kata.name)
def test_every_driver_runs(kata: catalogue.Kata) -> None:
    try:
        compiler.find()
    except NoCompilerError as error:
        pytest.skip(error.line)
    ran = list(drivers.results(kata, 2, 10_000))
    assert ran
    for seen in ran:
        assert len(seen.figures) > 1, seen.left_out
        assert all(len(figure.windows) == 2 for figure in seen.figures)
        assert all(len(figure.name) <= 24 for figure in seen.figures)
        assert max(map(len, lines(seen, 60))) <= 60


def test_without_a_compiler_the_python_side_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> compiler.Compiler:
        raise NoCompilerError("this machine has no C compiler", "", "install one")

    why = "this machine has no C compiler; try: install one"
    monkeypatch.setattr("harness.native.extension.find", none)
    monkeypatch.setattr("harness.native.build.find", none)
    monkeypatch.setattr("harness.compare.drivers.find", none)
    kata = catalogue.find("bump_allocator", ROOT)
    who = {runner.name: runner for runner in field.runners(kata, None, races_of(kata.name))}
    assert who[field.PYTHON].module is not None
    assert set(who[field.NATIVE].why_not.values()) == {why}
    (seen,) = drivers.results(kata, 1, 1000)
    assert seen.left_out == {"all contenders": why}
    assert not any("median" in line for line in lines(seen, 60)), "a head without a table"


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.name)
def test_the_references_and_peers_can_run_every_race(kata: catalogue.Kata) -> None:
    assert trial.refusals(kata.name, kata.solution) == {}
    for race in races_of(kata.name):
        with field.field(race, []) as there:
            for entry in there.entries.values():
                entry.work(3)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("raise NotImplementedError", "it is not written yet"),
        ("return 1 // 0", "it raised ZeroDivisionError"),
        ("while True: pass", "it did not come back"),
    ],
)
def test_code_that_cannot_run_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, word: str
) -> None:
    monkeypatch.setattr(trial, "PATIENCE", 5.0)
    file = tmp_path / "arena.py"
    file.write_text(
        "class Arena:\n"
        "    def __init__(self, capacity): pass\n"
        f"    def alloc(self, size, align=8):\n        {body}\n"
        "    def reset(self): pass\n"
    )
    (said,) = trial.refusals("bump_allocator", file).values()
    assert said.startswith(word)


def test_your_stub_is_left_out() -> None:
    kata = catalogue.find("bump_allocator", ROOT)
    stub = candidate(kata, str(ROOT / "harness" / "stubs" / "bump_allocator.stub"))
    runner = next(field.runners(kata, stub, races_of(kata.name)))
    assert runner.module is None
    assert set(runner.why_not.values()) == {"it is not written yet"}


def test_a_kata_without_races_is_an_error_to_mend(bench: Workbench) -> None:
    ran = bench.kata("compare", "tiny")
    assert ran.status == 2
    assert "tiny has nothing to compare" in ran.err


def test_one_run_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (("KATA_ROOT", str(ROOT)), ("KATA_STATE", str(tmp_path)), ("COLUMNS", "60")):
        monkeypatch.setenv(name, value)
    file = tmp_path / "figures.json"
    window = 100_000
    assert compare_command.run("bump_allocator", "solution", str(file), 2, window) == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 60, out
    for name in ("solution", field.PYTHON, "the bare arithmetic"):
        assert name in out
    content = json.loads(file.read_text())
    assert content["kata"] == "bump_allocator"
    for race in content["races"]:
        assert all(len(one["windows"]) == 2 for one in race["contenders"])
