"""`kata compare` counts instructions where valgrind is, and says so where it is not."""

import json
import shutil
from pathlib import Path

import pytest

from harness import catalogue
from harness.compare import drivers, instructions
from harness.compare.document import document
from harness.compare.figures import Result, figures_of
from harness.compare.instructions import with_instructions
from harness.compare.table import lines
from harness.native import compiler
from harness.native.compiler import NoCompilerError
from harness.tests.grading_tools import ROOT


class Programs:
    """Programs in the place of a driver, and of valgrind."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, name: str, script: str) -> Path:
        made = self._folder / name
        made.write_text(f"#!/bin/sh\n{script}\n")
        made.chmod(0o755)
        return made

    def driver(self, *contenders: str) -> Path:
        rows = [json.dumps({"race": "t", "contender": name}) for name in contenders]
        return self.make("driver", "\n".join(f"echo '{row}'" for row in rows))


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path)


OWN = Result("t", "op", "a", figures_of({"a": [1.0], "b": [2.0]}, "a"), {}, notes=("before",))


def test_instructions_are_told_by_contender(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """callgrind leaves a file a contender, and one for what comes after the last."""
    operations = instructions.OPERATIONS
    programs.make(
        "valgrind",
        "for word; do case $word in --callgrind-out-file=*) out=${word#*=};; esac; done\n"
        f"echo 'totals: {40 * operations}' >$out.2\necho 'totals: {35 * operations}' >$out.1\n"
        "echo 'totals: 0' >$out",
    )
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (seen,) = with_instructions([OWN], programs.driver("a", "b"))
    assert [figure.instructions for figure in seen.figures] == [35.0, 40.0]
    assert seen.notes == ("before",)
    assert "Instructions an operation: a 35.0, b 40.0." in "\n".join(lines(seen, 60))
    races = json.loads(document("tiny", {}, [seen]))["races"]
    assert [one["instructions"] for one in races[0]["contenders"]] == [35.0, 40.0]


def test_without_valgrind_one_word_says_so(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    first, second = with_instructions([OWN, OWN], programs.driver("a"))
    assert first.notes == ("before", "Instructions are not counted: valgrind is not installed.")
    assert (first.figures, second) == (OWN.figures, OWN)


def test_a_driver_whose_races_are_all_of_threads_needs_no_word(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert list(with_instructions([OWN], programs.driver())) == [OWN]


def test_where_callgrind_breaks_down_the_figures_stay(
    programs: Programs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    programs.make("valgrind", "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    (seen,) = with_instructions([OWN], programs.driver("a", "b"))
    assert seen.notes[1:] == ("Instructions are not counted: callgrind broke down.",)
    assert seen.figures == OWN.figures


def test_instructions_are_the_same_in_each_run() -> None:
    if not shutil.which("valgrind"):
        pytest.skip("valgrind is not installed; Debian has a package of that name")
    try:
        compiler.find()
    except NoCompilerError as error:
        pytest.skip(error.line)
    kata = catalogue.find("bump_allocator", ROOT)
    runs = [next(drivers.results(kata, 1, 1000)) for _ in range(2)]
    first, second = [[figure.instructions for figure in run.figures] for run in runs]
    assert first == second
    assert all(figure is not None and 1 < figure < 1000 for figure in first)
