"""The grade as `--json` writes it. Its specification: harness/grading/README.md, "The JSON"."""

import json
from collections.abc import Sequence

from harness.grading.results import SCHEMA, Grade, as_json


def render(grade: Grade) -> str:
    """One kata."""
    return json.dumps(as_json(grade), indent=2) + "\n"


def render_all(grades: Sequence[Grade]) -> str:
    """Several katas."""
    document = {"schema": SCHEMA, "katas": [as_json(grade) for grade in grades]}
    return json.dumps(document, indent=2) + "\n"
