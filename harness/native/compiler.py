"""Finds a C compiler: gcc, clang, or PyPI's ziglang where the machine has none.

Guarantees: what `find` returns has compiled, linked and loaded nothing yet, but answers `--version`.
"""

import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness.errors import UsageError
from harness.paths import short

# What every C file of the project is compiled with. Asserts stay on, whoever sets NDEBUG.
STRICT = (
    "-std=c11",
    "-D_POSIX_C_SOURCE=200809L",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-pthread",
    "-UNDEBUG",
)
_WITHOUT = "one of them; everything but the C references works without"


@dataclass(frozen=True)
class Compiler:
    """A command that compiles C, and what it says it is."""

    command: tuple[str, ...]
    version: str

    @property
    def name(self) -> str:
        """A word for messages."""
        return "zig" if "ziglang" in self.command else os.path.basename(self.command[0])


class NoCompilerError(UsageError):
    """There is no C compiler: C references are skipped, all else works."""


@cache
def find() -> Compiler:
    """$CC if it is set, else cc, gcc, clang, else ziglang; NoCompilerError if there is none."""
    named = os.environ.get("CC")
    for command in [shlex.split(named)] if named else _candidates():
        version = _version(command)
        if version:
            return Compiler(tuple(command), version)
    if named:
        raise NoCompilerError(f"$CC is {named!r}, which does not run", _WITHOUT, "unset CC")
    raise NoCompilerError(
        "this machine has no C compiler: no gcc, no clang, no ziglang of PyPI",
        _WITHOUT,
        f"{short(Path(sys.executable))} -m pip install ziglang",
    )


def _candidates() -> list[list[str]]:
    found = [[name] for name in ("cc", "gcc", "clang") if shutil.which(name)]
    if importlib.util.find_spec("ziglang"):
        found.append([sys.executable, "-m", "ziglang", "cc"])
    return found


def _version(command: list[str]) -> str:
    try:
        asked = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = asked.stdout.splitlines()
    return lines[0] if asked.returncode == 0 and lines else ""
