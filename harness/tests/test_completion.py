"""Completion, as the shells ask for it, and as bash makes of it what stands on the line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import get_completion_class

from harness import cli, completion
from harness.tests.grading_tools import ROOT, Workbench


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workbench:
    from harness import paths

    made = Workbench(tmp_path)
    monkeypatch.setenv("KATA_ROOT", str(made.root))
    paths.root.cache_clear()
    completion.prepare(cli.kata)
    return made


@pytest.fixture(autouse=True)
def _as_it_was() -> object:
    from harness import paths

    yield None
    paths.root.cache_clear()


def completed(line: str, shell: str = "bash") -> list[str]:
    kind = get_completion_class(shell)
    assert kind
    asked = kind(cli.kata, {}, "kata", completion.VARIABLE)
    *words, typing = line.split(" ")
    return [item.value for item in asked.get_completions(words, typing)]


@pytest.mark.parametrize("shell", completion.SHELLS)
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("gra", ["grade", "grade-all"]),
        ("grade ", ["tiny"]),
        ("grade t", ["tiny"]),
        ("grade x", []),
        ("replay t", ["tiny"]),
        ("grade tiny --level ", ["1", "2", "3"]),
        ("grade --level ", []),
        ("grade tiny --impl s", ["solution"]),
        ("grade tiny --impl right:", ["right:a_list_of_amounts"]),
        ("grade tiny --impl broken:a", ["broken:add_without_the_lock", "broken:amount_ignored"]),
        ("grade tiny --format g", ["gradescope"]),
        ("completion f", ["fish"]),
    ],
)
def test_what_there_is_to_choose_from(
    bench: Workbench, shell: str, line: str, expected: list[str]
) -> None:
    assert completed(line, shell) == expected


@pytest.mark.parametrize("line", ["grade tiny --impl ./m", "grade tiny --json ", "grade -o x"])
def test_a_path_is_left_to_the_shell(bench: Workbench, line: str) -> None:
    kind = get_completion_class("bash")
    assert kind
    *words, typing = line.split(" ")
    items = kind(cli.kata, {}, "kata", completion.VARIABLE).get_completions(words, typing)
    assert [item.type for item in items] == ["file"]


def test_a_catalogue_that_cannot_be_read_completes_to_nothing(bench: Workbench) -> None:
    (bench.root / "katas/tiny/kata.toml").write_text("order = ")
    assert completed("grade t") == []
    assert completed("grade tiny --level ") == []


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_the_script_says_how_to_install_it(bench: Workbench, shell: str) -> None:
    ran = bench.kata("completion", shell)
    assert ran.status == 0
    assert completion.INSTALL[shell] in ran.out
    assert "_KATA_COMPLETE" in ran.out


def test_a_shell_that_is_not_known_is_named(bench: Workbench) -> None:
    ran = bench.kata("completion", "tcsh")
    assert ran.status == 2
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in ran.err


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("kata grade ti", ["tiny"]),
        ("kata grade tiny --impl broken:a", ["add_without_the_lock", "amount_ignored"]),
        ("kata grade tiny --impl=broken:no", ["nobody_notifies"]),
        ("kata grade tiny --impl so", ["solution"]),
    ],
)
def test_bash_gets_what_it_is_to_put_behind_the_colon(
    bench: Workbench, tmp_path: Path, line: str, expected: list[str]
) -> None:
    program = tmp_path / "kata"
    code = "from harness.cli import main; main()"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$@"\n')
    program.chmod(0o755)
    (tmp_path / "kata.bash").write_text(bench.kata("completion", "bash").out)
    asked = f"""
        source {tmp_path}/kata.bash
        COMP_LINE='{line}' COMP_POINT={len(line)}
        _kata_completion kata
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", asked],
        env=bench.environment(PYTHONPATH=str(ROOT), PATH=f"{tmp_path}:{os.environ['PATH']}"),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.split() == expected, done.stderr


@pytest.mark.parametrize("shell", ["zsh", "fish"])
@pytest.mark.parametrize(
    ("typing", "expected"),
    [
        ("so", "solution"),
        ("--impl=so", "--impl=solution"),
        ("--impl=broken:no", "--impl=broken:nobody_notifies"),
    ],
)
def test_zsh_and_fish_get_the_whole_word(
    bench: Workbench, shell: str, typing: str, expected: str
) -> None:
    option = [] if typing.startswith("--") else ["--impl"]
    words = ["kata", "grade", "tiny", *option, typing]
    at = typing if shell == "fish" else str(len(words) - 1)
    ran = bench.kata(_KATA_COMPLETE=f"{shell}_complete", COMP_WORDS=" ".join(words), COMP_CWORD=at)
    assert ran.out.replace("\n", ",").split(",")[1] == expected, ran.err


def test_fish_shows_what_stands_behind_a_comma(bench: Workbench) -> None:
    assert "string split --max 1" in bench.kata("completion", "fish").out


@pytest.mark.parametrize(
    ("shell", "options"), [("zsh", ["-f", "-i"]), ("fish", ["--private"])], ids=["zsh", "fish"]
)
def test_zsh_and_fish_can_read_the_script(
    bench: Workbench, tmp_path: Path, shell: str, options: list[str]
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / "script"
    script.write_text(bench.kata("completion", shell).out)
    before = "autoload -U compinit; compinit -u -D; " if shell == "zsh" else ""
    done = subprocess.run(
        [shell, *options, "-c", f"{before}source {script}"],
        env=bench.environment(HOME=str(tmp_path)),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
