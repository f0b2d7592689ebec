"""Hints, the stub and the solution: one at a time, never lost, and not too early."""

import shutil
import subprocess
from pathlib import Path

import pytest

from harness import catalogue, hints
from harness.catalogue import Kata
from harness.errors import UsageError
from harness.keep import Kind, stubs
from harness.keep.store import FILE
from harness.keep_commands import hint, reset, solution
from harness.keep_commands.desk import Desk
from harness.tests.grading_tools import ROOT, TINY
from harness.tests.keep_tools import NOW, attempt, desk, said

KATAS = catalogue.load(ROOT)
WRITTEN = "class Counter:\n    def add(self):\n        return 1\n"


@pytest.fixture
def tiny(tmp_path: Path) -> Kata:
    """The small kata, with a copy of its stub where the repository keeps those."""
    root = Path(shutil.copytree(TINY, tmp_path / "clone"))
    (root / "harness/stubs").mkdir(parents=True)
    shutil.copy(root / "katas/tiny/tiny.py", root / "harness/stubs/tiny.stub")
    (kata,) = catalogue.load(root)
    return kata


@pytest.fixture
def at(tiny: Kata, tmp_path: Path) -> Desk:
    return desk(tmp_path, [tiny])


def later(at: Desk, seconds: float = 60.0) -> Desk:
    return desk(at.store.folder, at.katas, at.now + seconds)


# -- hints ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.name)
def test_every_kata_has_three_hints_a_level(kata: Kata) -> None:
    found = [(hint.level, hint.number) for hint in hints.read(kata)]
    assert found == [(level.number, n) for level in kata.levels for n in (1, 2, 3)]
    assert {hint.title for hint in hints.read(kata)} == {
        "A question",
        "The mechanism",
        "The shape of the code",
    }
    assert all(hint.text for hint in hints.read(kata))


def test_a_heading_inside_of_code_is_none(tiny: Kata) -> None:
    (tiny.folder / "hints.md").write_text("## Level 1\n### Hint 1: a thing\n```\n## Level 2\n```\n")
    (only,) = hints.read(tiny)
    assert (only.level, only.title, only.text) == (1, "A thing", "```\n## Level 2\n```")


def test_hints_come_one_at_a_time_and_are_remembered(at: Desk) -> None:
    told = []
    for n in range(4):
        now = later(at, n)
        assert hint.run(now, "tiny", None, False) == 0
        told.append(said(now))
    assert "Hint 1. A question" in told[0]
    assert "What does add change?" in told[0]
    assert "2 hints left for level 1" in told[0]
    assert "Hint 2." in told[1]
    assert "1 hint left" in told[1]
    assert "`with self._lock: ...`" in told[2]
    assert "last hint for level 1" in told[2]
    assert "You have had all 3 hints for level 1" in told[3]
    assert len(at.store.hints("tiny")) == 3
    hint.run(again := later(at), "tiny", None, True)
    assert all(f"Hint {n}." in said(again) for n in (1, 2, 3))
    assert len(at.store.hints("tiny")) == 3


def test_hints_are_for_the_level_where_one_stands(at: Desk) -> None:
    at.store.record(attempt(1, kind=Kind.GRADE))
    hint.run(at, "tiny", None, False)
    assert "tiny, level 2: threads" in said(at)
    hint.run(one := later(at), "tiny", 1, False)
    assert "tiny, level 1: core" in said(one)


def test_bug_hunts_say_nothing_about_where_one_stands(at: Desk) -> None:
    at.store.record(attempt(2, kind=Kind.HUNT, variant="no_lock"))
    hint.run(at, "tiny", None, False)
    assert "level 1" in said(at)


def test_where_all_pass_there_is_nothing_to_hint_at_but_on_asking(at: Desk) -> None:
    at.store.record(attempt())
    with pytest.raises(UsageError, match="nothing to hint at") as caught:
        hint.run(at, "tiny", None, False)
    assert caught.value.try_next == "kata hint tiny --level 3"
    assert hint.run(at, "tiny", 3, False) == 0


def test_a_level_that_is_not_there(at: Desk) -> None:
    with pytest.raises(UsageError, match="no level 4"):
        hint.run(at, "tiny", 4, False)


# -- the stub ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.name)
def test_the_copy_of_each_stub_is_the_stub(kata: Kata) -> None:
    mend = f"cp katas/{kata.name}/{kata.name}.py harness/stubs/{kata.name}.stub"
    assert (ROOT / "harness/stubs" / f"{kata.name}.stub").is_file(), mend
    copy = stubs.pristine(kata)
    assert stubs.is_stub(copy)
    if stubs.is_stub(kata.stub.read_bytes()):  # nobody has written into it
        assert kata.stub.read_bytes() == copy, mend
    assert not stubs.is_stub(kata.solution.read_bytes())


def test_a_reset_archives_what_was_written_and_puts_the_stub_back(at: Desk, tiny: Kata) -> None:
    stub = tiny.stub.read_bytes()
    for seconds, text in ((0, WRITTEN), (0, WRITTEN + "#"), (5, "not even Python (")):
        tiny.stub.write_text(text)
        assert reset.run(now := later(at, seconds), "tiny", False) == 0
        assert tiny.stub.read_bytes() == stub
        assert "grade tiny --impl" in said(now)
    kept = sorted((at.store.folder / "archive/tiny").iterdir())
    assert [path.name for path in kept] == [
        "2026-11-23-120000-2.py",
        "2026-11-23-120000.py",
        "2026-11-23-120005.py",
    ]
    assert {path.read_text() for path in kept} == {WRITTEN, WRITTEN + "#", "not even Python ("}


def test_a_reset_says_where_the_file_is_even_if_the_history_cannot_be_used(
    at: Desk, tiny: Kata
) -> None:
    (at.store.folder / FILE).write_text("rubbish, and more of it")
    tiny.stub.write_text(WRITTEN)
    with pytest.raises(UsageError, match="cannot be read as a database"):
        reset.run(at, "tiny", False)
    assert "what you had" in said(at)
    assert next((at.store.folder / "archive/tiny").iterdir()).read_text() == WRITTEN


def test_a_reset_starts_hints_and_levels_afresh(at: Desk, tiny: Kata) -> None:
    at.store.record(attempt(1, kind=Kind.GRADE, at=NOW - 60))
    hint.run(at, "tiny", None, False)
    reset.run(later(at), "tiny", False)
    hint.run(now := later(at, 120), "tiny", None, False)
    assert "tiny, level 1: core" in said(now)
    assert "Hint 1." in said(now)


def test_a_stub_that_is_one_already_is_not_archived(at: Desk) -> None:
    reset.run(at, "tiny", False)
    assert "is the stub already" in said(at)
    assert not (at.store.folder / "archive").exists()


def test_a_file_that_is_gone_is_put_back(at: Desk, tiny: Kata) -> None:
    tiny.stub.unlink()
    reset.run(at, None, True)
    assert stubs.is_stub(tiny.stub.read_bytes())


def git(folder: Path, *words: str) -> None:
    author = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *author, *words], cwd=folder, check=True, capture_output=True)


def test_without_a_copy_git_has_the_newest_version_that_is_a_stub(at: Desk, tiny: Kata) -> None:
    root, stub = tiny.folder.parents[1], tiny.stub.read_text()
    (root / "harness/stubs/tiny.stub").unlink()
    git(root, "init", "-q")
    for text in ("def add():\n    raise OSError\n", stub, WRITTEN):
        tiny.stub.write_text(text)
        git(root, "add", "katas")
        git(root, "commit", "-q", "-m", "x")
    reset.run(at, "tiny", False)
    assert tiny.stub.read_text() == stub


def test_where_nobody_knows_the_stub_nothing_is_touched(at: Desk, tiny: Kata) -> None:
    (tiny.folder.parents[1] / "harness/stubs/tiny.stub").unlink()
    tiny.stub.write_text(WRITTEN)
    with pytest.raises(UsageError, match="stub of tiny is not known"):
        reset.run(at, "tiny", False)
    assert tiny.stub.read_text() == WRITTEN


@pytest.mark.parametrize(("name", "everything"), [(None, False), ("tiny", True)])
def test_a_reset_needs_a_kata_or_all(at: Desk, name: str | None, everything: bool) -> None:
    with pytest.raises(UsageError) as caught:
        reset.run(at, name, everything)
    assert caught.value.try_next == "kata reset tiny"


# -- the solution --------------------------------------------------------------------------------------


def test_the_solution_is_refused_once_with_the_reason(at: Desk, tiny: Kata) -> None:
    (tiny.solutions / "notes.md").write_text("# Why so\n")
    assert solution.run(at, "tiny") == 1
    assert "has not passed, you stand at level 1" in said(at)
    assert "class Counter" not in said(at)
    assert solution.run(second := later(at), "tiny") == 0
    assert "# Why so" in said(second)
    assert "class Counter" in said(second)
    assert [asked.shown for asked in at.store.asked("tiny")] == [False, True]
    reset.run(later(at, 120), "tiny", False)
    assert solution.run(later(at, 180), "tiny") == 1


def test_after_a_pass_it_is_shown_with_the_difference(at: Desk, tiny: Kata) -> None:
    at.store.record(attempt())
    tiny.stub.write_text(WRITTEN)
    assert solution.run(at, "tiny") == 0
    assert "--- yours" in said(at)
    assert "-    def add(self):" in said(at)
    assert "+    def add(self, amount: int = 1) -> None:" in said(at)
