"""The stub of a kata as it was given out, and the archive of what stood in its place.

How the stub is known: `harness/stubs/NAME.stub` is a copy of it, in the repository, held against
katas/NAME/NAME.py by a test. So it is there without git, and whatever has been committed since. For a kata
without a copy git is asked for the newest committed version that is a stub: one in which every function does
nothing but raise.

Guarantees: `restore` never destroys anything: the file is copied into the archive and on the disk before
the stub takes its place, in one step. Killed at any moment, there is either the one or the other.
"""

import ast
import os
import subprocess
from datetime import datetime, tzinfo
from pathlib import Path

from harness.catalogue import Kata
from harness.errors import UsageError
from harness.paths import short
from harness.writing import write_whole


def pristine(kata: Kata) -> bytes:
    """The stub as it was given out; a UsageError if nobody knows it."""
    copy = _clone(kata) / "harness" / "stubs" / f"{kata.name}.stub"
    if copy.is_file():
        return copy.read_bytes()
    found = _from_git(kata.stub)
    if found is not None:
        return found
    raise UsageError(
        f"the stub of {kata.name} is not known: there is no {short(copy)},"
        " and git has no version of it that is a stub",
        f"a copy of the stub as {short(copy)}",
        f"git log --oneline -- {short(kata.stub)}",
    )


def is_stub(source: bytes) -> bool:
    """Whether every function in it does nothing but raise, and there is at least one."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError):
        return False
    functions = [n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return bool(functions) and all(_only_raises(function) for function in functions)


def _only_raises(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    first, *rest = function.body
    documented = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    body = rest if documented else function.body
    return len(body) == 1 and isinstance(body[0], ast.Raise)


def restore(kata: Kata, archive: Path, now: float, zone: tzinfo | None) -> Path | None:
    """Puts the stub back; where the old file is now, None if there was none to keep."""
    stub = pristine(kata)
    try:
        old = kata.stub.read_bytes() if kata.stub.exists() else None
        stamp = datetime.fromtimestamp(now, zone).strftime("%Y-%m-%d-%H%M%S")
        kept = None if old in (None, stub) else _keep(old or b"", archive / kata.name, stamp)
        if old != stub:
            write_whole(kata.stub, stub)
    except OSError as error:
        raise UsageError(
            f"{short(kata.stub)} cannot be reset: {error}",
            "folders that you may write to; nothing has been lost",
            f"ls -ld {short(kata.folder)} {short(archive.parent)}",
        ) from None
    return kept


def _keep(body: bytes, folder: Path, stamp: str) -> Path:
    """Writes it under a name that nobody has; there for good when this returns."""
    folder.mkdir(parents=True, exist_ok=True)
    for ending in ("", *(f"-{n}" for n in range(2, 1000))):
        path = folder / f"{stamp}{ending}.py"
        try:
            with path.open("xb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            return path
        except FileExistsError:
            continue
    raise FileExistsError(f"{folder} has a thousand files of {stamp}")


def _from_git(stub: Path) -> bytes | None:
    """The newest committed version of the file that is a stub."""
    for commit in _git(stub, "log", "--format=%H", "--", stub.name).decode().split():
        source = _git(stub, "show", f"{commit}:./{stub.name}")
        if is_stub(source):
            return source
    return None


def _git(stub: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", *words], cwd=stub.parent, capture_output=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return done.stdout if done.returncode == 0 else b""


def _clone(kata: Kata) -> Path:
    return kata.folder.parents[1]
