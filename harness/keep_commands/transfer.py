"""`kata export` and `kata import`: all that is kept, as JSON."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.keep import document, exchange
from harness.keep.fields import At, Wrong
from harness.keep_commands.desk import Desk
from harness.keep_commands.words import count


def export(desk: Desk, file: str | None) -> int:
    """Writes the document to a new file, or to standard output."""
    text = json.dumps(document.write(exchange.everything(desk.store)), indent=1) + "\n"
    if file in (None, "-"):
        sys.stdout.write(text)
        return 0
    path = Path(str(file)).expanduser()
    _write_new(path, text, f"kata export kata-{desk.today}.json")
    attempts = len(desk.store.attempts())
    desk.line(f" {count(attempts, 'attempt')} written to {file}")
    return 0


def _write_new(path: Path, text: str, try_next: str) -> None:
    """The whole file or none, and never over another one."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        try:
            if path.exists():
                raise FileExistsError(0, "it exists already, and is left as it is")
            temporary.rename(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}",
            "a new file, in a folder that you may write to",
            try_next,
        ) from None


def import_(desk: Desk, file: str) -> int:
    """Merges a document that was exported."""
    new = _read(file)
    merged = exchange.merge(desk.store, new)
    found = len(new.attempts)
    desk.line(
        f" {count(merged.attempts, 'attempt')} taken over, {found - merged.attempts} known already;"
        f" {count(merged.reviews, 'review')}, {count(merged.others, 'other record')}"
    )
    return 0


def _read(file: str) -> document.Everything:
    named = "what came in" if file == "-" else file
    try:
        return document.read(_parse(file))
    except Wrong as error:
        seen = f"{named} cannot be imported: {error}"
    except RecursionError:
        seen = f"{named} cannot be imported: it is nested too deeply"
    raise UsageError(
        seen + ". Nothing has been changed",
        "a file that `kata export` wrote",
        "kata export FILE   (where the history is)",
    )


def _parse(file: str) -> Any:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise UsageError(
            f"{file} cannot be read: {why}", "a file that `kata export` wrote", "ls -l " + file
        ) from None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        what = f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        raise Wrong(At(), what) from None
    except ValueError as error:  # a number of thousands of digits
        raise Wrong(At(), f"cannot be read: {error}") from None
