"""Compiles one C file to a shared library, once, and keeps it under a name made of its content.

Guarantees: what `library` and `kept` return was made of exactly these sources, with this compiler and
these flags. Two processes may build at once: each writes a file of its own and renames it, so that nobody
ever loads half of one.
Assumptions: the sources of a library are the C file and the header in the kata's folder.
"""

import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from harness.errors import UsageError
from harness.native.compiler import STRICT, Compiler, find
from harness.paths import short, state_dir

SHARED = ("-O2", "-fPIC", "-shared")


class BuildError(UsageError):
    """The compiler refused the C file."""


def library(source: Path, header: Path) -> Path:
    """The shared library of a C file; BuildError, NoCompilerError."""
    compiler = find()
    name = fingerprint(compiler, (source, header))
    options = [*SHARED, f"-I{header.parent}"]
    return kept(
        f"{source.stem}-{name}{_suffix()}",
        lambda fresh: compile_to(fresh, compiler, [source], options),
    )


def fingerprint(compiler: Compiler, files: Iterable[Path], *more: str) -> str:
    """Says of what something is made: the files, by whom, how, and what else matters."""
    digest = hashlib.sha256()
    for part in (*compiler.command, compiler.version, *STRICT, *SHARED, platform.machine(), *more):
        digest.update(part.encode() + b"\0")
    for file in files:
        digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _suffix() -> str:
    return ".dylib" if sys.platform == "darwin" else ".so"


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The file that is kept under a name; `make` makes it if it is not there."""
    made = state_dir() / "native" / name
    if not made.is_file():
        made.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=made.parent) as folder:
            fresh = Path(folder) / name
            make(fresh)
            os.replace(fresh, made)
    return made


def compile_to(
    target: Path, compiler: Compiler, sources: Iterable[Path], options: Iterable[str]
) -> None:
    """Runs the compiler, warnings being errors; BuildError with what it says."""
    sources = list(sources)
    command = [*compiler.command, *STRICT, *options, *map(str, sources), "-o", str(target)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise BuildError(
            f"{compiler.name} refuses {short(sources[0])}:\n{ran.stderr.strip()}",
            "C11 without warnings",
        )
