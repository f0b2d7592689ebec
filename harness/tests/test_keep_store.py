"""The store keeps what it was told, whatever happens around it."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from harness.keep import Asked, HintShown, Kind, LevelOutcome, Reset, Store
from harness.keep.store import FILE
from harness.tests.grading_tools import ROOT
from harness.tests.keep_tools import NOW, attempt
from harness.verdict import Verdict


def test_an_attempt_comes_back_as_it_was_recorded(tmp_path: Path) -> None:
    levels = (
        LevelOutcome(1, Verdict.PASS, 61.5),
        LevelOutcome(2, Verdict.RACE),
        LevelOutcome(3, None),
    )
    phases = (("clarify", 12.25), ("code", 600.0))
    told = attempt(levels=levels, phases=phases, implementation="a b.py")
    assert Store(tmp_path).record(told, b"\xff code") == 1
    (kept,) = Store(tmp_path).attempts("tiny")
    assert replace(kept, number=0, source=None) == told
    assert kept.number == 1
    assert Store(tmp_path).source(kept.source or "") == b"\xff code"


def test_an_attempt_that_goes_on_is_updated_until_it_has_ended(tmp_path: Path) -> None:
    store, going_on = Store(tmp_path), attempt(0, ended=None, active=60.0)
    store.record(going_on)
    store.record(replace(going_on, active=120.0))
    assert store.reviews() == ()
    done = replace(attempt(), uid=going_on.uid, active=1200.0)
    assert store.record(done) == 1
    store.record(replace(done, active=9.0))
    (kept,) = store.attempts()
    assert (kept.active, kept.passed) == (1200.0, 3)
    assert len(store.reviews()) == 1


def test_bug_hunts_are_counted_apart(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.record(attempt())
    assert store.record(attempt(kind=Kind.HUNT, variant="no_lock")) == 1
    assert [(a.kind, a.number) for a in store.attempts()] == [(Kind.PRACTICE, 1), (Kind.HUNT, 1)]
    assert [(card.kata, card.variant) for card in store.cards()] == [
        ("tiny", ""),
        ("tiny", "no_lock"),
    ]


def test_hints_and_requests_count_from_the_last_reset(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.add_hint(HintShown("tiny", 1, 1, NOW))
    store.add_asked(Asked("tiny", NOW, False))
    assert (len(store.hints("tiny")), len(store.asked("tiny"))) == (1, 1)
    store.add_reset(Reset("tiny", NOW + 1))
    assert (store.hints("tiny"), store.asked("tiny")) == ((), ())
    store.add_hint(HintShown("tiny", 1, 1, NOW + 2))
    assert [hint.at for hint in store.hints("tiny")] == [NOW + 2]


def test_hints_for_the_kata_are_not_held_against_a_bug_hunt(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(4):
        store.add_hint(HintShown("tiny", 1, number, NOW - 9999 + number))
    store.record(attempt(kind=Kind.HUNT, variant="no_lock"))
    assert [review.rating for review in store.reviews()] == [4]


def test_hints_taken_before_an_attempt_make_it_harder(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for number in range(4):
        store.add_hint(HintShown("tiny", 1, number, NOW - 60 + number))
    store.record(attempt(at=NOW))
    store.record(attempt(at=NOW + 30 * 86400))
    assert [review.rating for review in store.reviews()] == [2, 4]


def test_a_look_at_the_solution_right_after_a_pass_is_not_held_against_the_next_one(
    tmp_path: Path,
) -> None:
    store = Store(tmp_path)
    store.record(attempt(at=NOW))
    store.add_asked(Asked("tiny", NOW + 60, True))
    store.record(attempt(at=NOW + 10 * 86400))
    store.add_asked(Asked("tiny", NOW + 20 * 86400 - 60, True))
    store.record(attempt(at=NOW + 20 * 86400))
    assert [review.rating for review in store.reviews()] == [4, 4, 2]


# -- other processes, and sudden ends ----------------------------------------------------------------

WRITER = """
import itertools, sys
from pathlib import Path
from harness.keep import Store
from harness.tests.keep_tools import NOW, attempt
store = Store(Path(sys.argv[1]))
for n in itertools.count() if sys.argv[2] == "-" else range(int(sys.argv[2])):
    one = attempt(at=NOW + n * 86400, phases=(("code", float(n)),))
    store.record(one, one.uid.encode())
    print(one.uid, flush=True)
"""

DIES = (
    """
import os, signal, sqlite3
from harness.keep.database import Database
connect, left = Database._connect, [{left}]
def count(statement):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
def connected(self):
    connection = connect(self)
    connection.set_trace_callback(count)
    return connection
Database._connect = connected
"""
    + WRITER
)


@contextmanager
def writing(code: str, folder: Path, times: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", code, str(folder), times]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def check_whole(folder: Path, told: list[str]) -> None:
    """All that was told is there, each with all its parts; and SQLite finds nothing wrong."""
    store = Store(folder)
    kept = {attempt.uid: attempt for attempt in store.attempts()}
    assert set(told) <= set(kept)
    for uid, one in kept.items():
        assert (len(one.levels), len(one.phases)) == (3, 1)
        assert store.source(one.source or "") == uid.encode()
    assert {review.uid for review in store.reviews()} == set(kept)
    assert len(store.cards()) == (1 if kept else 0)
    with store.reading() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_kill_9_at_any_statement_loses_nothing_that_was_told(tmp_path: Path) -> None:
    told: list[str] = []
    for left in (1, 4, 9, 20, 26, 30, 34, 38):
        with writing(DIES.format(left=left), tmp_path, "-") as process:
            assert process.stdout
            told += process.stdout.read().split()
        assert process.returncode == -signal.SIGKILL
        check_whole(tmp_path, told)
    assert told


def test_kill_9_from_outside_loses_nothing_that_was_told(tmp_path: Path) -> None:
    told: list[str] = []
    for lines in (1, 3, 5):
        with writing(WRITER, tmp_path, "-") as process:
            assert process.stdout
            told += [process.stdout.readline().strip() for _ in range(lines)]
            process.kill()
            rest = process.stdout.read()
        told += [line for line in rest.split() if len(line) == 32]  # the last may be cut short
        check_whole(tmp_path, told)


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    with writing(WRITER, tmp_path, "25") as one, writing(WRITER, tmp_path, "25") as other:
        assert one.stdout
        assert other.stdout
        told = one.stdout.read().split() + other.stdout.read().split()
    assert len(told) == 50
    check_whole(tmp_path, told)
    assert len(Store(tmp_path).attempts()) == 50


def test_a_reader_sees_one_moment_while_another_writes(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.record(attempt())
    with store.reading() as connection:
        sql = "SELECT count(*) FROM attempt"
        assert connection.execute(sql).fetchone() == (1,)
        Store(tmp_path).record(attempt())  # is not held up by the reader
        assert connection.execute(sql).fetchone() == (1,)
    assert store.count("tiny") == 2


def test_what_fails_half_way_leaves_no_trace(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.record(attempt())
    going_on = store.writing()
    connection = going_on.__enter__()
    connection.execute("DELETE FROM attempt_level")
    assert going_on.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None) is False
    assert len(store.attempts()[0].levels) == 3


def test_reading_makes_no_file(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert (store.attempts(), store.cards(), store.count("tiny")) == ((), (), 0)
    assert list(tmp_path.iterdir()) == []


def test_the_journal_is_written_ahead(tmp_path: Path) -> None:
    Store(tmp_path).record(attempt())
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
