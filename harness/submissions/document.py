"""The JSON of a folder of submissions; documented in harness/docs/grade-all.md.

Guarantees: fields are only added within a schema. Rows are in the order of `find`.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.formats.words import clean
from harness.grading.results import as_json
from harness.submissions.find import LeftOut
from harness.submissions.parallel import STOPPED, Result
from harness.verdict import Verdict

SCHEMA = 1


def document(folder: Path, results: Sequence[Result], left_out: Sequence[LeftOut]) -> str:
    """The whole, as text."""
    table = {
        "schema": SCHEMA,
        "folder": clean(str(folder)),
        "stopped": any(result.reason == STOPPED for result in results),
        "passed": sum(result.ok for result in results),
        "submissions": [_row(folder, result) for result in results],
        "left_out": [
            {"path": clean(str(row.path.relative_to(folder))), "reason": row.reason}
            for row in left_out
        ],
    }
    return json.dumps(table, indent=2) + "\n"


def _row(folder: Path, result: Result) -> Mapping[str, Any]:
    grade, row = result.grade, result.submission
    first = None
    if grade:
        first = next((level for level in grade.levels if level.verdict is not Verdict.PASS), None)
    return {
        "student": clean(row.student),
        "kata": row.kata.name,
        "path": clean(str(row.path.relative_to(folder))),
        "reason": clean(result.reason) or None,
        "verdict": (first.verdict if first else Verdict.PASS) if grade else None,
        "points": grade.points if grade else None,
        "grade": as_json(grade) if grade else None,
    }
