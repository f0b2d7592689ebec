"""Gradescope's results.json.

Specification: Gradescope's autograder documentation, page "Autograder Specifications", section
"Output format", with "Test case status" and "Controlling test case visibility".

    score                 the points, of 100: give the assignment 100 points
    execution_time        whole seconds
    output                one line on the whole
    tests                 a level, then its checks, then the next level
      level N             number N; carries the level's share of the points, and its status
      check               number N.M; status alone, no points: a level counts only as a whole

NOT STARTED is failed, like every verdict but PASS. A level that was not reached is failed with 0
points and says why; its checks, which have no results, are not listed. A check that is not
applicable has no status, for which the specification allows, and says why. Everything is visible;
the assignment's own settings can hide it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from harness.formats.cases import Case, Status, cases
from harness.formats.words import clean
from harness.grading.results import NOT_REACHED, Grade, LevelResult
from harness.verdict import Verdict

_STATUS = {Status.PASSED: "passed", Status.FAILED: "failed", Status.BROKE: "failed"}


def render(grade: Grade) -> str:
    """One kata."""
    document = {
        "score": grade.points,
        "execution_time": round(grade.seconds),
        "output": f"{grade.passed} of {len(grade.levels)} levels passed.",
        "output_format": "text",
        "test_output_format": "text",  # reports have columns
        "test_name_format": "text",
        "extra_data": {"kata": grade.kata, "levels_passed": grade.passed},
        "tests": list(_tests(grade)),
    }
    return json.dumps(document, indent=2) + "\n"


def _tests(grade: Grade) -> Iterator[Mapping[str, Any]]:
    for index, level in enumerate(grade.levels):
        rows = cases(grade, level)
        # Shares that add up to 100, and for the first k levels to what `points` says of k.
        many = len(grade.levels)
        share = 100 * (index + 1) // many - 100 * index // many
        yield _level(level, share, rows)
        for place, case in enumerate(rows, 1):
            if level.verdict is not None:
                yield _check(case, f"{level.number}.{place}")


def _level(level: LevelResult, share: int, rows: tuple[Case, ...]) -> Mapping[str, Any]:
    passed = level.verdict is Verdict.PASS
    first = next((case for case in rows if case.status is not Status.PASSED), None)
    told = f": {first.headline}" if level.verdict and first and not passed else ""
    return {
        "number": str(level.number),
        "name": clean(f"Level {level.number}: {level.title}"),
        "status": "passed" if passed else "failed",
        "score": share if passed else 0,
        "max_score": share,
        "output": f"{level.verdict or NOT_REACHED}{told}",
    }


def _check(case: Case, number: str) -> Mapping[str, Any]:
    broken = case.status in (Status.FAILED, Status.BROKE)
    told = f"{case.verdict}\n{case.text}" if broken else case.text
    row = {"number": number, "name": case.title, "output": told}
    if case.status in _STATUS:
        row["status"] = _STATUS[case.status]
    return row
