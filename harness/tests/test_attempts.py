"""The history keeps every attempt, whatever happens around it."""

import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from harness.attempts import History, is_an_attempt
from harness.errors import UsageError
from harness.grading.results import Grade, LevelResult
from harness.tests.grading_tools import ROOT
from harness.verdict import Verdict


def grade(verdict: Verdict = Verdict.RACE, implementation: str = "") -> Grade:
    levels = (LevelResult(1, "core", verdict), LevelResult(2, "threads", None))
    return Grade("tiny", "A counter", implementation, "tiny.py", levels, 1.0)


def test_attempts_are_numbered_from_1(tmp_path: Path) -> None:
    history = History(tmp_path)
    assert history.count("tiny") == 0
    assert [history.record(grade()) for _ in range(3)] == [1, 2, 3]
    assert History(tmp_path).count("tiny") == 3
    assert history.count("another") == 0


def test_an_untouched_stub_and_what_is_not_the_learners_are_no_attempts() -> None:
    assert not is_an_attempt(grade(Verdict.NOT_STARTED))
    assert not is_an_attempt(grade(implementation="solution"))
    assert not is_an_attempt(grade(implementation="broken:x"))
    assert is_an_attempt(grade())
    assert is_an_attempt(grade(implementation="elsewhere.py"))


def test_many_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda _: History(tmp_path).record(grade()), range(40)))
    assert sorted(numbers) == list(range(1, 41))


WRITER = """
from pathlib import Path
from harness.attempts import History
from harness.tests.test_attempts import grade
history = History(Path({folder!r}))
while True:
    print(history.record(grade()), flush=True)
"""


def test_kill_9_in_the_middle_loses_no_attempt_that_was_recorded(tmp_path: Path) -> None:
    told = 0
    for _ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER.format(folder=str(tmp_path))],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        assert writer.stdout
        told = int(writer.stdout.readline())
        time.sleep(0.05)
        writer.send_signal(signal.SIGKILL)
        lines = writer.stdout.read().split("\n")
        told = max([told, *(int(line) for line in lines[:-1])])  # the last may be cut short
        writer.stdout.close()
        writer.wait()
        assert History(tmp_path).count("tiny") >= told


@pytest.mark.parametrize("rubbish", [b"not a database at all", b"\0" * 5000, b"SQLite format 3\0x"])
def test_a_file_that_is_no_history_is_put_aside_not_lost(tmp_path: Path, rubbish: bytes) -> None:
    file = tmp_path / "history.db"
    file.write_bytes(rubbish)
    assert History(tmp_path).record(grade()) == 1
    (aside,) = tmp_path.glob("history-unreadable-*.db")
    assert aside.read_bytes() == rubbish


def test_a_history_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    History(tmp_path).record(grade())
    file = tmp_path / "history.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = file.read_bytes()
    with pytest.raises(UsageError, match="later version"):
        History(tmp_path).record(grade())
    assert file.read_bytes() == before
