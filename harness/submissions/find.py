"""Which files of a folder are submissions, whose, and for which kata.

Recognised, where NAME is a kata:

    DIR/STUDENT/NAME.py               a folder a student
    DIR/STUDENT/katas/NAME/NAME.py    a clone of this repository a student
    DIR/NAME/STUDENT.py               a folder a kata
    DIR/STUDENT_NAME.py               all in one folder
    DIR/STUDENT.py                    the same, where one kata is named (`--kata NAME`)

Guarantees: every entry of the folder, and of the folders in it, becomes a submission, or is left
out with a reason; only names that begin with a dot and `__pycache__` are not looked at. The order
is by student, then kata, whatever the file system says. No link leads out of the folder.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from harness.candidates import candidate
from harness.catalogue import Kata
from harness.errors import UsageError
from harness.grading.grade import Candidate


@dataclass(frozen=True)
class Submission:
    """A student's file for a kata; with a reason, one that cannot be graded."""

    student: str
    kata: Kata
    path: Path
    reason: str = ""

    def candidate(self, folder: Path) -> Candidate:
        """What to grade, named as it stands in the folder."""
        return Candidate(self.path.resolve(), str(self.path.relative_to(folder)))


@dataclass(frozen=True)
class LeftOut:
    """An entry of the folder that is not taken for a submission."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Found:
    """All there is in a folder."""

    submissions: tuple[Submission, ...]
    left_out: tuple[LeftOut, ...]


def find(folder: Path, katas: Sequence[Kata], only: str | None = None) -> Found:
    """Looks through the folder; only: the one kata that is asked for."""
    rows = list(_Finder(folder, katas, only).rows())
    submissions = [row for row in rows if isinstance(row, Submission)]
    left_out = [row for row in rows if isinstance(row, LeftOut)]
    return Found(tuple(_once_each(submissions)), tuple(sorted(left_out, key=lambda row: row.path)))


def _once_each(rows: list[Submission]) -> Iterator[Submission]:
    """One a student and kata: of two files nobody can say which is meant."""
    rows.sort(key=lambda row: (row.student, row.kata.order, row.kata.name, row.path))
    for _, group in groupby(rows, key=lambda row: (row.student, row.kata.name)):
        first, *others = group
        if others:
            also = " and ".join(row.path.name for row in others)
            if any(row.path.name == first.path.name for row in others):
                also = " and ".join(str(row.path) for row in others)
            first = replace(first, reason=f"there are two files: {first.path.name} and {also}")
        yield first


class _Finder:
    def __init__(self, folder: Path, katas: Sequence[Kata], only: str | None) -> None:
        self._folder = folder
        self._inside = folder.resolve()
        self._katas = {kata.name: kata for kata in katas}
        self._only = only

    def rows(self) -> Iterator[Submission | LeftOut]:
        """Everything in the folder."""
        for entry in _entries(self._folder):
            try:
                yield from list(self._rows_of(entry))
            except OSError as error:  # a folder that we may not look into, and nobody else's matter
                yield LeftOut(entry, f"it cannot be read: {error.strerror}")

    def _rows_of(self, entry: Path) -> Iterator[Submission | LeftOut]:
        if not entry.is_dir():
            yield self._loose(entry)
        elif not self._is_inside(entry):
            yield LeftOut(entry, "a link out of the folder")
        elif entry.name in self._katas:
            yield from (self._of_kata(entry.name, path) for path in _entries(entry))
        elif (entry / "katas").is_dir():
            yield from self._clone(entry)
        else:
            yield from (self._of_student(entry.name, path) for path in _entries(entry))

    def _loose(self, path: Path) -> Submission | LeftOut:
        """STUDENT_NAME.py, or STUDENT.py for the one kata."""
        if path.suffix != ".py":
            return LeftOut(path, "not a Python file")
        known = [name for name in self._katas if path.stem.endswith(f"_{name}")]
        if known:
            name = max(known, key=len)
            return self._submission(path.stem.removesuffix(f"_{name}"), name, path)
        if path.stem in self._katas:
            return LeftOut(path, f"no student in its name: STUDENT_{path.name}")
        if self._only:
            return self._submission(path.stem, self._only, path)
        return LeftOut(path, "no kata in its name: STUDENT_KATA.py, or say --kata NAME")

    def _of_kata(self, name: str, path: Path) -> Submission | LeftOut:
        """NAME/STUDENT.py."""
        if path.suffix != ".py" or path.is_dir():
            return LeftOut(path, "not a Python file")
        student = path.stem.removesuffix(f"_{name}")
        return self._submission(student, name, path)

    def _of_student(self, student: str, path: Path) -> Submission | LeftOut:
        """STUDENT/NAME.py."""
        if path.suffix == ".py" and path.stem in self._katas and not path.is_dir():
            return self._submission(student, path.stem, path)
        if path.is_dir():
            return LeftOut(path, "a folder in a student's folder")
        return LeftOut(path, "not named like a kata")

    def _clone(self, folder: Path) -> Iterator[Submission | LeftOut]:
        """STUDENT/katas/NAME/NAME.py; the other files of a clone are not the student's."""
        for kata in self._katas.values():
            path = folder / "katas" / kata.name / f"{kata.name}.py"
            if path.exists() or path.is_symlink():
                row = self._submission(folder.name, kata.name, path)
                if isinstance(row, Submission):
                    yield row

    def _submission(self, student: str, name: str, path: Path) -> Submission | LeftOut:
        if self._only and name != self._only:
            return LeftOut(path, f"for {name}, which was not asked for")
        if student == "test":
            return LeftOut(path, "a suite, not a submission")
        kata = self._katas[name]
        return Submission(student, kata, path, self._what_is_wrong(kata, path))

    def _what_is_wrong(self, kata: Kata, path: Path) -> str:
        if not self._is_inside(path):
            return "a link out of the folder"
        if path.is_symlink() and not path.exists():
            return "a link to nothing"
        try:
            candidate(kata, str(path))
        except UsageError as error:
            return error.seen.replace(f"{path} ", "it ", 1)
        return ""

    def _is_inside(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self._inside)
        except (OSError, RuntimeError):  # a loop of links
            return False


def _entries(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if not path.name.startswith(".") and path.name != "__pycache__"
    )
