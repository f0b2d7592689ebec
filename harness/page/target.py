"""The file that a page goes to.

Guarantees: a file that is not a page of ours is never overwritten, and a page is there whole or not at all.
"""

import os
from pathlib import Path

from harness.errors import UsageError
from harness.page.render import MARK
from harness.writing import write_whole

_BEGINNING = 400  # characters in which the mark stands
_EXPECTED = "a new file in a folder that exists, or a page that was written so before"


def can_take(path: Path) -> None:
    """UsageError if the page must not or cannot go there: said before the work, not after it."""
    if path.is_dir():
        raise _refusal(path, "is a folder")
    if not path.absolute().parent.is_dir():
        raise _refusal(path, "is in a folder that does not exist")
    if os.path.lexists(path) and not _is_ours(path):
        raise _refusal(path, "exists and is not a page of ours: it is left as it is")
    if not os.access(path.absolute().parent, os.W_OK):
        raise _refusal(path, "cannot be written: the folder is read-only")


def put(path: Path, page: str) -> None:
    """Puts the page there; UsageError, with nothing changed, if that cannot be."""
    can_take(path)
    try:
        write_whole(path, page.encode())
    except OSError as error:
        raise _refusal(path, f"cannot be written: {error.strerror}") from None


def _is_ours(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with path.open(encoding="utf-8") as file:
            return MARK in file.read(_BEGINNING)
    except (OSError, UnicodeDecodeError):
        return False


def _refusal(path: Path, why: str) -> UsageError:
    return UsageError(f"--html {path}: it {why}", _EXPECTED, "the same command with another FILE")
