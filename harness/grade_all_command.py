"""`kata grade-all`: a folder of submissions, side by side. See harness/docs/grade-all.md."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from harness import catalogue
from harness.errors import UsageError
from harness.formats import FORMATS
from harness.formats.files import STDOUT, can_be_written, put
from harness.grading.results import Grade
from harness.report import make_console
from harness.submissions.document import document
from harness.submissions.find import Found, Submission, find
from harness.submissions.parallel import STOPPED, Result, grade_all
from harness.submissions.table import Table

INTERRUPTED = 130


def run(
    folder: Path,
    kata: str | None,
    jobs: int | None,
    json_file: str | None,
    form: str | None,
    output: str | None,
) -> int:
    """Grades; the exit status."""
    found = _found(folder, kata)
    if json_file and json_file != STDOUT:
        can_be_written(Path(json_file))
    documents = _folder_for(form, output)
    started = time.monotonic()
    table = Table(make_console(stderr=json_file == STDOUT), found)
    results: list[Result] = []
    for result in grade_all(found.submissions, folder, jobs or processors(), table.done):
        table.row(result)
        results.append(result)
        if form and documents and result.grade:
            _write(documents, form, result.submission, result.grade)
    table.summary(results, found.left_out, time.monotonic() - started)
    if json_file:
        put(json_file, document(folder, results, found.left_out))
    return _status(results)


def processors() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _status(results: Sequence[Result]) -> int:
    if any(result.reason == STOPPED for result in results):
        return INTERRUPTED
    if not any(result.grade for result in results):
        return 2
    return 0 if all(result.ok for result in results) else 1


def _found(folder: Path, kata: str | None) -> Found:
    if not folder.is_dir():
        seen = "is not a folder" if folder.exists() else "is not there"
        raise UsageError(f"{folder} {seen}", "a folder of submissions", "kata grade-all --help")
    if kata:
        catalogue.find(kata)  # or the nearest is suggested
    try:
        found = find(folder, catalogue.load(), kata)
    except OSError as error:
        raise UsageError(
            f"{error.filename} cannot be read: {error.strerror}", "a folder of submissions"
        ) from None
    if found.submissions:
        return found
    example = next((f": {row.path.name} ({row.reason})" for row in found.left_out), "")
    raise UsageError(
        f"there is no submission in {folder}; {len(found.left_out)} left out{example}",
        "STUDENT/KATA.py, KATA/STUDENT.py, STUDENT_KATA.py, or STUDENT.py with --kata",
        f"kata grade-all {folder} --kata NAME",
    )


def _folder_for(form: str | None, output: str | None) -> Path | None:
    """Where the documents go, one a submission."""
    if bool(form) != bool(output):
        raise UsageError(
            "--format and -o go together: one file a submission, in a folder",
            "both, or neither",
            "kata grade-all DIR --format junit -o FOLDER",
        )
    if not output:
        return None
    path = Path(output)
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the folder {path} cannot be made: {error.strerror}", "a folder for the documents"
        ) from None
    return path


def _write(documents: Path, form: str, row: Submission, grade: Grade) -> None:
    known = FORMATS[form]
    put(str(documents / f"{row.student}-{row.kata.name}{known.ending}"), known.render(grade))
