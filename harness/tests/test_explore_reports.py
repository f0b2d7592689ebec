"""The texts of reports, word for word: one golden file for each of the nine classic bugs.

To accept a changed text, run with KATA_GOLDEN=write and read the difference before committing it.
"""

import os
from pathlib import Path

import pytest

from harness.explore import Failure, explore_program
from harness.explore.report import WIDTH

PROGRAMS = Path(__file__).parents[1] / "bench" / "programs"
GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in PROGRAMS.glob("*.py") if path.stem != "__init__")


def text_of(failure: Failure) -> str:
    return f"{failure.verdict}  {failure.schedule}\n{failure.headline}\n\n{failure.report}\n"


@pytest.mark.parametrize("name", NAMES)
def test_the_report_of_a_classic_bug_is_word_for_word_the_golden_one(name: str) -> None:
    roles = (0, 1, 2, 3) if name == "bounded_buffer_notify" else (0, 1)
    outcome = explore_program(
        PROGRAMS / f"{name}.py", "scenario", {"twin": "broken", "order": roles}
    )
    assert outcome.failure is not None, f"{name}: the explorer did not find the bug"
    text = text_of(outcome.failure)
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("KATA_GOLDEN") == "write":
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert max(map(len, outcome.failure.report.splitlines())) <= WIDTH
