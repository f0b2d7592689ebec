"""`kata replay ... --html FILE`."""

import os
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.page import can_take, put
from harness.tests.grading_tools import HERE, Ran, Workbench
from harness.tests.page_tools import classic, page_of

RACE = "test_adds_of_two_threads_all_count"


def replay(bench: Workbench, test: str, variant: str, file: str = "page.html") -> Ran:
    return bench.kata("replay", "tiny", test, "--impl", variant, "--html", file)


def test_the_command_that_a_report_prints_writes_a_page(bench: Workbench) -> None:
    ran = bench.grade("--impl", "broken:add_without_the_lock")
    line = next(line for line in ran.out.splitlines() if "Step through" in line)
    again = bench.kata(*line.split("kata ")[1].split())
    assert again.status == 1
    assert "The page is page.html" in again.out
    page = (bench.root / "page.html").read_text(encoding="utf-8")
    assert "self._count" in page
    assert "Adds from two threads all count." in page
    assert [f.name for f in bench.root.iterdir() if f.name.startswith(".page-")] == []


@pytest.mark.parametrize("test", ["test_add_adds_the_amount[3]", "test_adds_add_up"])
def test_a_failure_without_a_schedule_has_a_page_of_its_one_execution(
    bench: Workbench, test: str
) -> None:
    ran = replay(bench, test, "broken:amount_ignored")
    assert "The page is page.html" in ran.out
    assert "Step through" not in ran.out
    assert "<strong" in (bench.root / "page.html").read_text(encoding="utf-8")


def test_where_nothing_fails_there_is_no_page(bench: Workbench) -> None:
    ran = replay(bench, RACE, "solution")
    assert ran.status == 0
    assert "No page was written: nothing failed" in ran.out
    assert "Instead   kata grade tiny --impl solution" in ran.out
    assert not (bench.root / "page.html").exists()


def test_where_the_process_died_the_message_says_what_to_type_instead(bench: Workbench) -> None:
    died = HERE / "hostile" / "segfaults.py"
    (bench.root / "died.py").write_text(died.read_text())
    test = "test_a_new_counter_stands_at_0"
    ran = bench.kata(
        "replay", "tiny", test, "--impl", "died.py", "--html", "page.html", COLUMNS="60"
    )
    assert ran.status == 1
    assert "No page was written: the steps of this failure" in ran.out
    assert "Instead   kata grade tiny --impl died.py" in ran.out
    said = ran.out.partition("No page")[2].splitlines()
    assert max(len(line) for line in said if "Instead" not in line) <= 60


def test_a_page_of_ours_is_written_anew_and_nothing_else(bench: Workbench) -> None:
    variant = "broken:add_without_the_lock"
    for _ in range(2):
        assert "The page is page.html" in replay(bench, RACE, variant).out
    notes = bench.root / "notes.html"
    notes.write_text("<p>mine</p>")
    ran = replay(bench, RACE, variant, "notes.html")
    assert ran.status == 2
    assert "is not a page of ours" in ran.err
    assert notes.read_text() == "<p>mine</p>"


@pytest.mark.parametrize(
    ("file", "seen"),
    [("katas", "is a folder"), ("no/such/page.html", "folder that does not exist"),
     ("/dev/null", "is not a page of ours")],
)  # fmt: skip
def test_a_place_that_cannot_take_a_page_is_refused_before_the_work(
    bench: Workbench, file: str, seen: str
) -> None:
    ran = replay(bench, RACE, "broken:add_without_the_lock", file)
    assert ran.status == 2
    assert seen in ran.err
    assert ran.out == ""
    assert "Traceback" not in ran.err


def test_a_page_is_there_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(UsageError, match="No space left on device"):
        put(tmp_path / "page.html", page_of(classic("lost_update")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="read-only"):
        can_take(tmp_path / "page.html")
