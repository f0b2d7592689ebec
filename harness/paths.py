"""Where things are: the repository with its katas, and the private folder that is never committed.

Guarantees: nothing here writes to disk, except `state_dir`, which makes the private folder.
Assumptions: the harness is installed from a clone (`pip install -e .`), or run inside one.
"""

import os
from functools import cache
from pathlib import Path

from harness.errors import UsageError


@cache
def root() -> Path:
    """The folder that holds `katas/`: the clone that the harness comes from, or one around us.

    `KATA_ROOT` names another one, as the harness's own tests do.
    """
    named = os.environ.get("KATA_ROOT")
    if named:
        return Path(named)
    beside = Path(__file__).resolve().parents[1]
    here = Path.cwd()
    for folder in (beside, here, *here.parents):
        if (folder / "katas").is_dir():
            return folder
    raise UsageError(
        f"there is no folder `katas` in {beside} or around {here}",
        "a clone of the repository, with the harness installed from it",
        "cd into the clone, then: python3 harness",
    )


def state_dir() -> Path:
    """The private folder (`.kata/`, git-ignored) for the history; `KATA_STATE` moves it."""
    folder = Path(os.environ.get("KATA_STATE") or root() / ".kata")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"the folder {folder} for the history cannot be made: {error.strerror}",
            "a place that you may write to (another one: set KATA_STATE)",
            f"ls -ld {folder} {folder.parent}",
        ) from None
    return folder


def short(path: Path) -> str:
    """A path as a person would type it from where they stand."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return str(path)
    return relative if len(relative) < len(str(path)) else str(path)
