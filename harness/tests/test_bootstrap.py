"""`python3 harness` on a machine where nothing is set up: the steps, and what it says.

The steps are run for real but for pip's, which would need a package index.
"""

import ast
import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness import bootstrap
from harness.bootstrap import STAMP, SetUpError, ensure
from harness.tests.grading_tools import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    return tmp_path


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes each step; makes the environment (without pip, which takes seconds)."""
    taken: list[str] = []

    def run(command: Sequence[str], hint: str) -> None:
        taken.append("venv" if "venv" in command else "pip")
        if "venv" in command:
            made = [sys.executable, "-m", "venv", "--without-pip", command[-1]]
            subprocess.run(made, check=True)
            site = next(Path(command[-1]).glob("lib/python*/site-packages"))
            (site / "pip.py").touch()  # all that is asked of it

    monkeypatch.setattr(bootstrap, "_run", run)
    monkeypatch.delenv(bootstrap.ANY_PYTHON, raising=False)
    return taken


def test_the_first_time_everything_is_set_up_and_then_nothing_is(
    clone: Path, steps: list[str]
) -> None:
    python = ensure(clone)
    assert os.access(python, os.X_OK)
    assert steps == ["venv", "pip"]
    ensure(clone)
    assert steps == ["venv", "pip"]


def test_a_changed_pyproject_brings_the_packages_up_to_date(clone: Path, steps: list[str]) -> None:
    ensure(clone)
    (clone / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    ensure(clone)
    assert steps == ["venv", "pip", "pip"]


def interrupted(place: Path) -> None:
    (place / STAMP).write_text(bootstrap.UNFINISHED)


def without_its_python(place: Path) -> None:
    (place / "bin" / "python").unlink()


def without_pip(place: Path) -> None:
    (place / STAMP).unlink()
    next(place.glob("lib/python*/site-packages/pip.py")).unlink()


@pytest.mark.parametrize("harm", [interrupted, without_its_python, without_pip])
def test_an_environment_that_is_not_whole_is_made_again(
    clone: Path, steps: list[str], harm: object
) -> None:
    ensure(clone)
    assert callable(harm)
    harm(clone / ".venv")
    ensure(clone)
    assert steps == ["venv", "pip", "venv", "pip"]


def test_an_empty_folder_left_by_an_interrupted_set_up_is_no_obstacle(
    clone: Path, steps: list[str]
) -> None:
    (clone / ".venv").mkdir()
    ensure(clone)
    assert steps == ["venv", "pip"]


def test_an_environment_of_the_persons_own_is_used_and_kept(clone: Path, steps: list[str]) -> None:
    ensure(clone)
    (clone / ".venv" / STAMP).unlink()  # as if they had made it
    (clone / ".venv" / "theirs").touch()
    ensure(clone)
    assert steps == ["venv", "pip", "pip"]
    assert (clone / ".venv" / "theirs").exists()


def test_a_set_up_that_failed_is_begun_again(
    clone: Path, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    works = bootstrap._run

    def fails(command: Sequence[str], hint: str) -> None:
        works(command, hint)
        if "pip" in command:
            raise SetUpError("no index")

    monkeypatch.setattr(bootstrap, "_run", fails)
    with pytest.raises(SetUpError):
        ensure(clone)
    monkeypatch.setattr(bootstrap, "_run", works)
    ensure(clone)
    assert steps == ["venv", "pip", "venv", "pip"]


def test_a_python_without_venv_names_the_package_to_install(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name: None if name == "ensurepip" else find(name),
    )
    with pytest.raises(SetUpError, match=r"apt install python3\.\d+-venv"):
        ensure(clone)
    assert not (clone / ".venv").exists()


def test_a_command_that_fails_is_shown_with_what_it_said_and_what_to_do() -> None:
    code = "print('ERROR: nothing here'); raise SystemExit(1)"
    with pytest.raises(SetUpError) as caught:
        bootstrap._run([sys.executable, "-c", code], bootstrap._WHY_NO_PACKAGES)
    assert "ERROR: nothing here" in str(caught.value)
    assert "PIP_FIND_LINKS" in str(caught.value)


def test_an_older_python_can_still_read_the_file_that_turns_it_away() -> None:
    source = (ROOT / "harness" / "__main__.py").read_text()
    ast.parse(source, feature_version=(3, 4))
    assert 'f"' not in source


def test_the_bootstrap_uses_the_standard_library_alone() -> None:
    tree = ast.parse((ROOT / "harness" / "bootstrap.py").read_text())
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {
        name.partition(".")[0]
        for node in top
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [a.name for a in node.names]
        )
    }
    assert names <= sys.stdlib_module_names


def test_tox_has_an_environment_for_every_kata() -> None:
    pytest.importorskip("tox")
    ran = subprocess.run(
        [sys.executable, "-m", "tox", "list", "--no-desc"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    listed = set(ran.stdout.split())
    katas = {path.parent.name for path in ROOT.glob("katas/*/kata.toml")}
    assert katas | {"grade", "check", "lint"} <= listed
