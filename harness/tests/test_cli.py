"""The command line, as a person meets it."""

import json
import os
import pty
import re
from pathlib import Path

import pytest

from harness import catalogue, replay_command
from harness.candidates import candidate
from harness.errors import UsageError
from harness.grading import stress
from harness.grading.grade import Candidate, run_one
from harness.layout import parts
from harness.tests.grading_tools import Workbench

BROKEN = "broken:add_without_the_lock"


def test_a_stub_is_not_started_and_says_where_to_write(bench: Workbench) -> None:
    ran = bench.grade()
    assert ran.status == 1
    assert ran.verdicts == ["NOT STARTED", "not reached", "not reached"]
    assert "katas/tiny/tiny.py" in ran.out
    assert "kata grade tiny" in ran.out


def test_a_stub_that_is_written_up_to_a_level_is_not_started_at_the_next(bench: Workbench) -> None:
    solution = (bench.root / "solutions/tiny/tiny.py").read_text()
    body = solution[solution.index("        with self._changed:\n            while") :]
    half = solution.replace(body, "        raise NotImplementedError\n")
    (bench.root / "katas/tiny/tiny.py").write_text(half)
    ran = bench.grade()
    assert ran.verdicts == ["PASS", "PASS", "NOT STARTED"]
    assert ran.document["points"] == 66


def test_a_solution_passes_every_level(bench: Workbench) -> None:
    ran = bench.grade("--impl", "solution")
    assert (ran.status, ran.verdicts) == (0, ["PASS"] * 3)
    assert "100 of 100" in ran.out


def test_levels_stop_at_the_first_that_fails_unless_all_is_asked_for(bench: Workbench) -> None:
    assert bench.grade("--impl", BROKEN).verdicts == ["PASS", "RACE", "not reached"]
    assert bench.grade("--impl", BROKEN, "--all").verdicts == ["PASS", "RACE", "PASS"]


def test_one_level_alone(bench: Workbench) -> None:
    ran = bench.grade("--impl", BROKEN, "--level", "3")
    assert (ran.status, ran.verdicts) == (0, ["PASS"])


def test_the_first_failure_comes_in_full_with_a_command_that_shows_it_again(
    bench: Workbench,
) -> None:
    ran = bench.grade("--impl", BROKEN)
    (failure,) = ran.failures
    assert failure["promise"] == "Adds from two threads all count."
    assert failure["promise"] in ran.out
    line = next(line for line in ran.out.splitlines() if "See it again" in line)
    words = line.split("kata ")[1].split()
    again = bench.kata(*words)
    assert again.status == 1
    assert failure["finding"]["report"] in again.out


def test_a_replay_of_what_is_right_now_says_so_and_shows_what_it_printed(bench: Workbench) -> None:
    file = bench.root / "mine.py"
    text = (bench.root / "solutions/tiny/tiny.py").read_text()
    file.write_text(
        text.replace(
            "            self._count += amount",
            "            print('adding')\n            self._count += amount",
        )
    )
    ran = bench.kata("replay", "tiny", "test_add_adds_the_amount[1]", "--impl", "mine.py")
    assert ran.status == 0
    assert "PASS" in ran.out
    assert "adding" in ran.out


def test_a_schedule_of_code_that_has_changed_is_said_not_to_fit(bench: Workbench) -> None:
    name = "test_a_waiter_wakes_when_the_count_is_reached"
    ran = bench.kata("replay", "tiny", f"{name}:zz99", "--impl", "solution")
    assert ran.status == 2
    assert "does not fit this code" in ran.err


def test_kata_alone_shows_its_help_and_no_error(bench: Workbench) -> None:
    ran = bench.kata()
    assert ran.out.startswith("Usage: kata")
    assert (ran.status, ran.err) == (2, "")


def test_c_cannot_be_replayed_and_the_next_command_is_said(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    c = Candidate(bench.root / "adapter.py", "c", bench.root / "tiny.c")
    monkeypatch.setattr(replay_command, "candidate", lambda *_: c)
    with pytest.raises(UsageError, match="C cannot be replayed") as caught:
        replay_command.run("thread_pool", "test_a[1]:a30b", "c")
    assert caught.value.try_next == "kata replay thread_pool 'test_a[1]' --impl c"


def test_a_picture_in_a_message_is_shown_once_and_whole() -> None:
    kata = catalogue.find("free_list_allocator")
    test = "test_when_all_is_freed_in_any_order_the_largest_request_fits_again[96]"
    broken = candidate(kata, "broken:coalescing_on_one_side_only")
    check, _ = run_one(kata, broken, test, "")
    assert check.finding
    assert "\n" not in check.finding.headline
    text = "\n".join(parts(check.finding))
    assert text.casefold().count(check.finding.headline.casefold()) == 1
    assert text.count("= FreeListAllocator(96)") == 1
    assert "the heap now" in text


def test_with_real_threads_a_picture_stands_below_the_first_line(tmp_path: Path) -> None:
    struck = stress._struck(AssertionError("one is lost\n\n  a [..]\n  b [.]\n"), tmp_path)
    assert struck.finding.headline == "one is lost"
    assert struck.finding.report.startswith("     a [..]\n     b [.]")


def test_a_path_means_what_it_means_where_the_person_stands(bench: Workbench) -> None:
    folder = bench.root / "else where"
    folder.mkdir()
    (folder / "it's.py").write_text(
        (bench.root / "solutions/tiny/broken/nobody_notifies.py").read_text()
    )
    ran = bench.kata("grade", "tiny", "--impl", "it's.py", cwd=folder)
    assert ran.status == 1
    assert """--impl 'it'"'"'s.py'""" in ran.out  # quoted for the shell


@pytest.mark.parametrize(
    ("words", "seen", "next_command"),
    [
        (["grade", "tinny"], "Did you mean tiny?", "kata list"),
        (["grade", "tiny", "--level", "9"], "no level 9", "kata grade tiny --level 1"),
        (["grade", "tiny", "--impl", "nowhere.py"], "no file nowhere.py", "--impl PATH"),
        (["grade", "tiny", "--impl", "."], "is a folder", "--impl PATH"),
        (["grade", "tiny", "--impl", "/dev/zero"], "not an ordinary file", "--impl PATH"),
        (["grade", "tiny", "--impl", "broken:x"], "no broken variant 'x'", "ls "),
        (["grade", "--level", "1"], "needs the name", "kata grade NAME"),
        (["grade", "tiny", "--json", "no/such/f"], "cannot be written", ""),
        (["grad"], "Did you mean grade?", "kata --help"),
        (["grade", "--frobnicate"], "No such option", "kata grade --help"),
        (["replay", "tiny", "test_nothing:0"], "no test 'test_nothing'", "kata grade tiny"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_used_is_named_with_the_next_command(
    bench: Workbench, words: list[str], seen: str, next_command: str
) -> None:
    ran = bench.kata(*words)
    assert ran.status == 2
    assert seen in ran.err
    assert next_command in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("source", ["def f(:\n", "x = 1\0\n", ""], ids=["syntax", "null", "empty"])
def test_a_file_that_is_no_kata_is_wrong_at_level_1(bench: Workbench, source: str) -> None:
    (bench.root / "mine.py").write_text(source)
    ran = bench.grade("--impl", "mine.py")
    assert (ran.status, ran.verdicts[0]) == (1, "WRONG")


def test_a_suite_at_fault_is_not_held_against_the_candidate(bench: Workbench) -> None:
    suite = bench.root / "katas/tiny/test_tiny.py"
    suite.write_text(suite.read_text() + "\n\ndef test_without_a_level(kata):\n    pass\n")
    ran = bench.kata("grade", "tiny", "--impl", "solution")
    assert ran.status == 2
    assert "test_without_a_level has no @level(n)" in ran.err


def test_the_scoreboard_names_every_kata_and_passes_only_if_all_do(bench: Workbench) -> None:
    ran = bench.kata("grade")
    assert ran.status == 1
    assert "tiny  0 of 3  NOT STARTED" in ran.out
    ran = bench.kata("grade", "--impl", "solution")
    assert ran.status == 0
    assert "1 of 1 katas pass" in ran.out


def test_json_on_standard_output_is_alone_there(bench: Workbench) -> None:
    ran = bench.kata("grade", "tiny", "--impl", "solution", "--json", "-")
    assert json.loads(ran.out)["passed"] is True
    assert "100 of 100" in ran.err


def test_attempts_are_counted_for_ones_own_code_alone(bench: Workbench) -> None:
    own = bench.root / "katas/tiny/tiny.py"
    assert "attempt 1" in bench.kata("grade", "tiny").out  # a stub is none
    own.write_text((bench.root / "solutions/tiny/tiny.py").read_text())
    assert "attempt 1" in bench.kata("grade", "tiny").out
    assert "attempt" not in bench.kata("grade", "tiny", "--impl", "solution").out
    assert "attempt 2" in bench.kata("grade", "tiny").out


@pytest.mark.parametrize("columns", ["60", "80"])
def test_lines_fit_the_terminal_except_reports_and_commands(bench: Workbench, columns: str) -> None:
    ran = bench.kata("grade", "tiny", "--impl", "right:a_list_of_amounts", COLUMNS=columns)
    assert max(map(len, ran.out.splitlines())) <= int(columns)


def test_a_terminal_sees_what_is_being_done_and_no_color_is_heeded(bench: Workbench) -> None:
    def on_a_terminal(**environment: str) -> str:
        read: list[bytes] = []

        def reader(fd: int) -> bytes:
            read.append(os.read(fd, 4096))
            return read[-1]

        command = ["env", *(f"{k}={v}" for k, v in bench.environment(**environment).items())]
        import sys

        from harness.tests.grading_tools import ROOT

        code = "from harness.cli import main; main()"
        python = [f"PYTHONPATH={ROOT}", sys.executable, "-c", code]
        pty.spawn([*command, *python, "grade", "tiny", "--impl", "solution"], reader)
        return b"".join(read).decode()

    text = on_a_terminal(TERM="xterm")
    assert "check 1 of" in text
    assert "\x1b[1;32m" in text
    assert not re.search(r"\x1b\[[0-9;]*3\dm", on_a_terminal(TERM="xterm", NO_COLOR="1"))


def test_help_has_examples(bench: Workbench) -> None:
    ran = bench.kata("grade", "--help")
    assert ran.status == 0
    assert "kata grade thread_pool --impl" in ran.out


def test_the_history_is_private_to_its_folder(bench: Workbench, tmp_path: Path) -> None:
    bench.kata("grade", "tiny")
    assert not (bench.root / ".kata").exists()
