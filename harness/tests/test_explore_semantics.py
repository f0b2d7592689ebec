"""Instrumented code means what plain code means: many snippets, run both ways on one thread and compared."""

import re
import textwrap
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from harness.explore.kernel import Execution
from harness.explore.simthread import SimThread
from harness.tests.explore_support import Observed, lab_for

SNIPPETS = Path(__file__).with_name("programs") / "snippets.txt"
Run = Callable[[str], tuple[object, ...]]


def snippets() -> list[str]:
    """Pieces of code that define `run(log)`; `log` is a list's append for what happens in which order."""
    return [part.strip("\n") for part in SNIPPETS.read_text(encoding="utf-8").split("\n---\n")]


def _shown(value: object) -> str:
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


def _result(run: Callable[[Callable[[object], None]], object], file: str) -> tuple[object, ...]:
    log: list[str] = []

    def note(value: object) -> None:
        log.append(_shown(value))

    try:
        outcome = _shown(run(note))
    except Exception as error:
        lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
        outcome = f"{type(error).__name__}: {error} at lines {lines}"
    return outcome, log


class OnlyOne:
    """There is one thread: nothing to choose."""

    def choose(
        self, run: Execution, thread: SimThread, free: bool, others: list[SimThread]
    ) -> SimThread | None:
        raise AssertionError("a snippet has one thread")


@pytest.mark.parametrize("snippet", snippets(), ids=lambda code: code.splitlines()[0][:50])
def test_instrumented_code_does_what_plain_code_does(snippet: str, tmp_path: Path) -> None:
    lab = lab_for(
        tmp_path,
        f"{snippet}\n\ndef scenario(note, result, file):\n    note(0, result(run, file))\n",
    )
    file = str(lab.program.candidate.path)
    plain = ModuleType("program")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        code = compile(textwrap.dedent(lab.program.candidate.text), file, "exec")
    exec(code, vars(plain))

    seen = Observed(lab, result=_result, file=file)
    seen.run(OnlyOne(), set(), set())

    assert seen.notes, f"nothing came of it: {seen.outcomes}"
    assert seen.notes[0] == [_result(vars(plain)["run"], file)]
