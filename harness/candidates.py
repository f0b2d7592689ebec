"""What `--impl` may name: the stub, the solution, the C reference, a variant, or a file anywhere.

Guarantees: a Candidate's file exists, is an ordinary file and can be read; else a UsageError.
"""

from pathlib import Path

from harness.catalogue import Kata
from harness.errors import UsageError, did_you_mean
from harness.grading.grade import Candidate
from harness.native import adapters
from harness.native.bind import built
from harness.paths import short

LARGEST = 1 << 20  # bytes


def is_own(named: str) -> bool:
    """Is this the learner's code, rather than a reference or a variant of the project's?"""
    kind, colon, _ = named.partition(":")
    return named not in ("solution", "c") and not (colon and kind in ("broken", "right", "c"))


def candidate(kata: Kata, named: str | None) -> Candidate:
    """The file that the person means."""
    if not named:
        return Candidate(_usable(kata.stub, kata))
    if named == "solution":
        return Candidate(_usable(kata.solution, kata), named)
    if named == "c":
        return native(kata, kata.solutions / f"{kata.name}.c", named)
    kind, colon, variant = named.partition(":")
    if colon and kind == "c":
        return native(kata, _variant(kata, "broken", variant, ".c"), named)
    if colon and kind in ("broken", "right"):
        return Candidate(_variant(kata, kind, variant), named)
    return Candidate(_usable(Path(named).expanduser(), kata), named)


def native(kata: Kata, source: Path, named: str) -> Candidate:
    """The C file, built; NoCompilerError, BuildError."""
    if not source.is_file():
        raise UsageError(f"{kata.name} has no C reference {short(source)}", "", "kata list")
    built(source, kata.solutions / f"{kata.name}.h")
    return Candidate(Path(adapters.__file__).parent / f"{kata.name}.py", named, source)


def _variant(kata: Kata, kind: str, name: str, ending: str = ".py") -> Path:
    folder = kata.solutions / kind
    known = sorted(path.stem for path in folder.glob(f"*{ending}"))
    if name in known:
        return folder / f"{name}{ending}"
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
        f"a Python file with your {kata.name}, "
        "or one of: solution, c, broken:VARIANT, right:VARIANT, c:VARIANT",
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
