"""The catalogue: what is in it is whole, and what is not as it should be is named."""

import shutil
from pathlib import Path

import pytest

from harness import catalogue
from harness.errors import UsageError
from harness.tests.grading_tools import ROOT, TINY
from harness.variants import CatalogueError
from harness.verdict import Verdict

KATAS = catalogue.load(ROOT)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "clone"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_kata_is_read_whole(tiny: Path) -> None:
    (kata,) = catalogue.load(tiny)
    assert (kata.name, kata.title, kata.total_minutes) == ("tiny", "A counter", 10)
    assert [level.title for level in kata.levels] == ["core", "threads", "waiting"]
    assert [variant.name for variant in kata.right()] == ["a_list_of_amounts"]
    first = kata.broken()[0]
    assert (first.name, first.level, first.verdict) == ("amount_ignored", 1, Verdict.WRONG)
    assert first.killed_by == "test_add_adds_the_amount[3]"
    assert first.lesson == "an argument that has a default is still an argument."


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("format_version = 1", "format_version = 2", "format_version is 2"),
        ('title = "A counter"', "", "`title` is missing"),
        ("clarify = 1", 'clarify = "1"', "`clarify` is '1'"),
        ("number = 2", "number = 5", "numbered 1, 2, 3"),
        ("[minutes]", "[minutes", "cannot be read"),
    ],
)
def test_a_fault_in_kata_toml_is_named(tiny: Path, old: str, new: str, says: str) -> None:
    edit(tiny / "katas/tiny/kata.toml", old, new)
    with pytest.raises(CatalogueError, match=says) as caught:
        catalogue.load(tiny)
    assert "kata.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("Level: 1", "Level: one", "not a number"),
        ("Verdict: WRONG", "Verdict: BAD", "none of NOT STARTED"),
        ("Lesson:", "Moral:", "no `Lesson:`"),
        ('"""\n\nimport', '"\n\nimport', "cannot be read"),
    ],
)
def test_a_fault_in_a_variants_header_is_named(tiny: Path, old: str, new: str, says: str) -> None:
    edit(tiny / "solutions/tiny/broken/amount_ignored.py", old, new)
    (kata,) = catalogue.load(tiny)
    with pytest.raises(CatalogueError, match=says):
        kata.broken()


def test_an_unknown_kata_gets_the_nearest_name(tiny: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean tiny"):
        catalogue.find("tinny", tiny)
    with pytest.raises(UsageError, match="no kata"):
        catalogue.find("../katas/tiny", tiny)


@pytest.mark.parametrize("kata", KATAS, ids=lambda kata: kata.name)
def test_each_kata_has_all_its_files(kata: catalogue.Kata) -> None:
    for file in (kata.stub, kata.suite, kata.solution):
        assert file.is_file(), f"{file} is missing"
    for name in ("README.md", "hints.md"):
        assert (kata.folder / name).stat().st_size > 0, f"{kata.folder / name} is empty"
    assert "NotImplementedError" in kata.stub.read_text(), "a solution was left in the stub"
    known = {other.name for other in KATAS}
    assert set(kata.prerequisites) <= known, "a prerequisite is not a kata"
    assert all(1 <= variant.level <= len(kata.levels) for variant in kata.broken())
    kata.right()


def test_every_folder_of_katas_and_solutions_is_a_kata() -> None:
    known = {kata.name for kata in KATAS}
    for base in ("katas", "solutions"):
        folders = {path.name for path in (ROOT / base).iterdir() if path.is_dir()}
        assert {name for name in folders if not name.startswith((".", "__"))} <= known


def test_the_table_of_katas_says_what_their_manifests_say() -> None:
    table = (ROOT / "katas" / "README.md").read_text(encoding="utf-8")
    rows = [line for line in table.splitlines() if line.startswith("| ") and "](" in line]
    assert rows == [row_of(kata) for kata in KATAS]


def row_of(kata: catalogue.Kata) -> str:
    minutes = " + ".join(str(kata.minutes[phase]) for phase in catalogue.PHASES)
    levels = ", ".join(level.title for level in kata.levels)
    after = ", ".join(kata.prerequisites) or "-"
    link = f"[{kata.name}]({kata.name}/README.md)"
    total = f"{kata.total_minutes} = {minutes}"
    return f"| {kata.order} | {link} | {kata.teaches} | {total} | {levels} | {after} |"
