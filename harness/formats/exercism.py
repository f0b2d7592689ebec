"""Exercism's results.json, version 3.

Specification: Exercism's documentation, "The Test Runner Interface", section "Output format".

    version          3: tests are linked to tasks
    status           pass, fail; error only if no test could be run, as where the file has a
                     syntax error: then `message` says why, and there are no tests
    tests            the checks, in the suite's order: the first failure is what a student sees
      name           the promise
      status         pass, fail, error (CRASH)
      message        of a failure: the whole report
      task_id        the level

NOT STARTED is fail. The format has no word for a test that was not run: levels that were not
reached, and checks that are not applicable, are left out. `test_code` is left out as well, since
the suite stands beside the exercise, and `output`, since the grader drops what passing code prints.
"""

import json
from collections.abc import Mapping
from typing import Any

from harness.formats.cases import Case, Status, cases
from harness.formats.words import cut
from harness.grading.grade import LOADING
from harness.grading.results import Grade

LONGEST = 65_535  # characters of a message
_NOTE = "\n(cut here)"
_STATUS = {Status.PASSED: "pass", Status.FAILED: "fail", Status.BROKE: "error"}


def render(grade: Grade) -> str:
    """One kata."""
    rows = [case for level in grade.levels for case in cases(grade, level)]
    return json.dumps(_document(rows, grade.ok), indent=2) + "\n"


def _document(rows: list[Case], ok: bool) -> Mapping[str, Any]:
    loading = next((case for case in rows if case.name == LOADING), None)
    if loading:
        return {"version": 3, "status": "error", "message": _message(loading), "tests": []}
    tests = [_test(case) for case in rows if case.status is not Status.SKIPPED]
    if tests and all(test["status"] == "error" for test in tests):
        broke = next(case for case in rows if case.status is Status.BROKE)
        return {"version": 3, "status": "error", "message": _message(broke), "tests": tests}
    return {"version": 3, "status": "pass" if ok else "fail", "message": None, "tests": tests}


def _test(case: Case) -> Mapping[str, Any]:
    passed = case.status is Status.PASSED
    return {
        "name": case.title,
        "status": _STATUS[case.status],
        "message": None if passed else _message(case),
        "task_id": case.level,
    }


def _message(case: Case) -> str:
    return cut(f"{case.verdict}\n{case.text}", LONGEST, _NOTE)
