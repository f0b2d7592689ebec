"""Where results go: what `--json`, `--format` and `-o` ask for.

Guarantees: what cannot be written is said before the work, not after it; standard output holds
one document alone, while the report goes to standard error.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.formats import FORMATS
from harness.grading.results import Grade

STDOUT = "-"


@dataclass(frozen=True)
class Wanted:
    """The documents that a person asked for; `check` it before use."""

    json_file: str | None = None
    form: str | None = None  # one of FORMATS
    output: str | None = None  # where the document in that form goes; None for standard output

    def check(self, several: bool) -> None:
        """UsageError if this cannot be done; several: for more than one kata."""
        if self.output and not self.form:
            raise UsageError(
                f"-o {self.output} says where, but not in which format",
                "--format with one of " + ", ".join(FORMATS),
                f"kata grade NAME --format junit -o {self.output}",
            )
        if self.form and several and FORMATS[self.form].render_all is None:
            raise UsageError(
                f"--format {self.form} has room for one kata alone",
                "the name of a kata",
                f"kata grade NAME --format {self.form}",
            )
        targets = self._targets()
        if targets.count(STDOUT) > 1:
            raise UsageError(
                "both --json and --format want standard output",
                "a file for one of them",
                f"kata grade NAME --format {self.form} -o FILE --json -",
            )
        for target in targets:
            if target != STDOUT:
                can_be_written(Path(target))

    @property
    def on_stdout(self) -> bool:
        """Whether a document goes to standard output, so that nothing else may."""
        return STDOUT in self._targets()

    def write(self, grade: Grade) -> None:
        """Writes the documents of one kata."""
        for name, target in self._documents():
            put(target, FORMATS[name].render(grade))

    def write_all(self, grades: Sequence[Grade]) -> None:
        """Writes the documents of several katas."""
        for name, target in self._documents():
            render_all = FORMATS[name].render_all
            assert render_all is not None, "`check` refuses the others"
            put(target, render_all(grades))

    def _documents(self) -> list[tuple[str, str]]:
        asked = [("json", self.json_file)] if self.json_file else []
        if self.form:
            asked.append((self.form, self.output or STDOUT))
        return [(name, target) for name, target in asked if target]

    def _targets(self) -> list[str]:
        return [target for _, target in self._documents()]


def can_be_written(path: Path) -> None:
    """UsageError if the file cannot be there."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise UsageError(f"{path} cannot be written", "a file in a folder that exists")


def put(target: str, text: str) -> None:
    """Writes to a file, or to standard output for '-'."""
    if target == STDOUT:
        sys.stdout.write(text)
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written: {error.strerror}", "a file in a folder that exists"
        ) from None
