"""What `--impl` may name: the stub, the solution, a variant, or a file anywhere.

Guarantees: a Candidate's file exists, is an ordinary file and can be read; else a UsageError.
"""

from pathlib import Path

from harness.catalogue import Kata
from harness.errors import UsageError, did_you_mean
from harness.grading.grade import Candidate

LARGEST = 1 << 20  # bytes


def candidate(kata: Kata, named: str | None) -> Candidate:
    """The file that the person means."""
    if not named:
        return Candidate(_usable(kata.stub, kata))
    if named == "solution":
        return Candidate(_usable(kata.solution, kata), named)
    kind, colon, variant = named.partition(":")
    if colon and kind in ("broken", "right"):
        return Candidate(_variant(kata, kind, variant), named)
    return Candidate(_usable(Path(named).expanduser(), kata), named)


def _variant(kata: Kata, kind: str, name: str) -> Path:
    folder = kata.solutions / kind
    known = sorted(path.stem for path in folder.glob("*.py"))
    if name in known:
        return folder / f"{name}.py"
    raise UsageError(
        f"{kata.name} has no {kind} variant {name!r}.{did_you_mean(name, known)}",
        "one of " + ", ".join(known) if known else f"files in {folder}",
        f"ls {folder}",
    )


def _usable(path: Path, kata: Kata) -> Path:
    seen = _what_is_wrong(path)
    if not seen:
        return path.resolve()
    raise UsageError(
        seen,
        f"a Python file with your {kata.name}, or one of: solution, broken:VARIANT, right:VARIANT",
        f"kata grade {kata.name} --impl PATH",
    )


def _what_is_wrong(path: Path) -> str:
    try:
        if not path.exists():
            return f"there is no file {path} (looked for {path.absolute()})"
        if path.is_dir():
            return f"{path} is a folder, not a file"
        if not path.is_file():
            return f"{path} is not an ordinary file"
        if path.stat().st_size > LARGEST:
            return f"{path} has more than {LARGEST >> 20} MiB: that is no kata"
        with path.open("rb"):
            return ""
    except (OSError, ValueError) as error:
        return f"{path} cannot be read: {error}"
