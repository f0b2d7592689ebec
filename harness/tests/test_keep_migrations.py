"""Databases of other versions, of other programs, and the history of earlier versions."""

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.keep import Kind, Store
from harness.keep.database import Database
from harness.keep.schema import STEPS
from harness.keep.store import FILE, OLD_FILE
from harness.tests.keep_tools import NOW, attempt

# As harness/attempts.py of version 0.1 made it.
OLD_TABLE = """
CREATE TABLE IF NOT EXISTS attempt (
    id INTEGER PRIMARY KEY,
    kata TEXT NOT NULL,
    implementation TEXT NOT NULL,
    finished_at REAL NOT NULL,
    seconds REAL NOT NULL,
    points INTEGER NOT NULL,
    levels TEXT NOT NULL
) STRICT
"""
OLD_ROWS = [
    (1, "tiny", "", NOW - 900.25, 10.5, 33, "PASS,RACE,not reached"),
    (2, "tiny", "mine.py", NOW, 2.0, 100, "PASS,PASS,PASS"),
    (5, "gone", "", NOW, 2.0, 0, "NOT STARTED"),
]


def old_history(folder: Path) -> Path:
    file = folder / OLD_FILE
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(OLD_TABLE)
        connection.executemany("INSERT INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?)", OLD_ROWS)
        connection.execute("PRAGMA user_version = 1")
    return file


def test_the_history_of_earlier_versions_is_taken_over_once(tmp_path: Path) -> None:
    file = old_history(tmp_path)
    before = file.read_bytes()
    store = Store(tmp_path)
    first, second = store.attempts("tiny")
    assert (first.kind, first.started, first.ended) == (Kind.GRADE, NOW - 910.75, NOW - 900.25)
    assert [level.verdict for level in first.levels] == ["PASS", "RACE", None]
    assert (second.implementation, second.points, second.number) == ("mine.py", 100, 2)
    assert [review.uid for review in store.reviews()] == [second.uid]
    assert not file.exists()
    assert (tmp_path / "history-imported.db").read_bytes() == before


def test_a_kill_before_the_old_file_was_renamed_doubles_nothing(tmp_path: Path) -> None:
    old_history(tmp_path)
    assert len(Store(tmp_path).attempts()) == 3
    (tmp_path / "history-imported.db").rename(tmp_path / OLD_FILE)
    assert len(Store(tmp_path).attempts()) == 3
    old_history(tmp_path)  # an old version of the program has been used again meanwhile
    assert len(Store(tmp_path).attempts()) == 3
    assert len(list(tmp_path.glob("history-imported*.db"))) == 2


def test_recording_goes_on_from_the_old_count(tmp_path: Path) -> None:
    old_history(tmp_path)
    assert Store(tmp_path).record(attempt(at=NOW + 1)) == 3


@pytest.mark.parametrize("rubbish", [b"rubbish" * 99, b""], ids=["rubbish", "empty"])
def test_an_old_history_that_cannot_be_read_is_kept_aside(
    tmp_path: Path, rubbish: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / OLD_FILE).write_bytes(rubbish)
    assert Store(tmp_path).record(attempt()) == 1
    aside = tmp_path / "history-unreadable.db"
    assert aside.read_bytes() == rubbish
    assert "history-unreadable.db" in capsys.readouterr().err
    assert Store(tmp_path).count("tiny") == 1
    assert capsys.readouterr().err == ""


def version(file: Path) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


MORE = (*STEPS, ("ALTER TABLE hint ADD COLUMN mood TEXT",), ("CREATE TABLE more (a) STRICT",))
GOOD = (*STEPS, ("ALTER TABLE hint ADD COLUMN mood TEXT",), ("CREATE TABLE more (a TEXT) STRICT",))


def test_the_steps_that_are_missing_are_taken_all_or_none(tmp_path: Path) -> None:
    Store(tmp_path).record(attempt())
    file = tmp_path / FILE
    with pytest.raises(UsageError), Database(file, MORE).writing():
        pass  # the last step is at fault: STRICT wants a type
    assert version(file) == 1
    assert len(Store(tmp_path).attempts()) == 1
    with Database(file, GOOD).writing() as connection:
        connection.execute("SELECT mood FROM hint")
        assert connection.execute("SELECT count(*) FROM attempt").fetchone() == (1,)
    assert version(file) == 3


def test_reading_brings_an_earlier_database_up_to_date_too(tmp_path: Path) -> None:
    Store(tmp_path).record(attempt())
    with Database(tmp_path / FILE, GOOD).reading() as connection:
        connection.execute("SELECT mood FROM hint")


def refused(folder: Path) -> UsageError:
    """What reading and writing both say."""
    with pytest.raises(UsageError) as reading:
        Store(folder).attempts()
    with pytest.raises(UsageError) as writing:
        Store(folder).record(attempt())
    assert writing.value.seen == reading.value.seen
    assert writing.value.try_next
    return writing.value


def test_a_database_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / FILE
    with Database(file, GOOD).writing():
        pass
    before = file.read_bytes()
    error = refused(tmp_path)
    assert "later version of this program (schema 3)" in error.seen
    assert error.try_next == "git pull"
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "rubbish", [b"no database at all" * 9, b"\0" * 5000, b"SQLite format 3\0x"], ids=str
)
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, rubbish: bytes) -> None:
    file = tmp_path / FILE
    file.write_bytes(rubbish)
    assert "cannot be read as a database" in refused(tmp_path).seen
    assert file.read_bytes() == rubbish


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / FILE
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE bookmark (url TEXT)")
    before = file.read_bytes()
    assert "database of another program" in refused(tmp_path).seen
    assert file.read_bytes() == before


def test_a_database_that_is_damaged_inside_is_left_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for n in range(40):
        store.record(attempt(at=NOW + n), bytes(5000 + n))
    file = tmp_path / FILE
    damaged = bytearray(file.read_bytes())
    damaged[4096:] = b"\x55" * (len(damaged) - 4096)  # all but the first page
    file.write_bytes(damaged)
    error = refused(tmp_path)
    assert "cannot be read as a database: database disk image is malformed" in error.seen
    assert file.read_bytes() == damaged


def test_what_is_said_to_be_typed_makes_room_for_a_new_database(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / FILE).write_bytes(b"no database at all" * 9)
    words = refused(folder).try_next.partition("   (")[0]
    subprocess.run(words, shell=True, check=True, timeout=60)
    assert Store(folder).record(attempt()) == 1
    assert len(list((folder / "unreadable").iterdir())) == 1


def test_a_database_that_may_only_be_read_is_said_to_be_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Store(tmp_path).record(attempt())
    connect = sqlite3.connect

    # The same error as for a read-only file, but seen by root too, who may write to any.
    def read_only(path: Path, **more: float) -> sqlite3.Connection:
        return connect(f"{path.as_uri()}?mode=ro", uri=True, **more)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3, "connect", read_only)
    assert len(Store(tmp_path).attempts()) == 1
    with pytest.raises(UsageError, match="readonly") as caught:
        Store(tmp_path).record(attempt())
    assert "chmod" in caught.value.try_next


def test_a_folder_that_is_none_is_said_to_be_that(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    assert "unable to open" in refused(tmp_path).seen


def test_a_database_that_is_held_by_another_is_waited_for_then_said_to_be_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.keep.database.PATIENCE", 0.0)
    store = Store(tmp_path)
    store.record(attempt())
    with store.writing(), pytest.raises(UsageError, match="locked") as caught:
        Store(tmp_path).record(attempt())
    assert "the same command again" in caught.value.try_next
