"""A grade as other programs read it: one file a format, each a pure function of the grade.

Guarantees: a format's text depends on the grade alone, and whatever a candidate printed or named
its threads, the text can be read by a strict parser (`words.clean`). Where a format has no word
for something, the file says what stands for it and why.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from harness.formats import exercism, gradescope, junit, kata_json
from harness.grading.results import Grade


@dataclass(frozen=True)
class Format:
    """How a grade is written for some reader."""

    render: Callable[[Grade], str]
    ending: str  # of a file in it
    render_all: Callable[[Sequence[Grade]], str] | None = None  # where it has room for several


FORMATS: Mapping[str, Format] = {
    "json": Format(kata_json.render, ".json", kata_json.render_all),
    "junit": Format(junit.render, ".xml", junit.render_all),
    "gradescope": Format(gradescope.render, ".json"),
    "exercism": Format(exercism.render, ".json"),
}
