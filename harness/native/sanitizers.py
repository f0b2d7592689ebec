"""Builds a C reference with its stress driver under a sanitizer, and runs it.

Guarantees: `run` returns what was seen, also where the program hangs, which a watchdog ends. A
sanitizer that this compiler or machine does not have is found out by a trivial program, not by a
failure of the reference.
"""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from harness.native.build import BuildError, compile_to
from harness.native.compiler import Compiler

PATIENCE = 300  # seconds; drivers take a few
_SAID = 4000  # characters kept of what it printed


class Sanitizer(StrEnum):
    """How a driver is built, by the name that headers of broken variants use."""

    NONE = "stress driver"
    THREAD = "thread sanitizer"
    ADDRESS = "address sanitizer"
    UNDEFINED = "undefined sanitizer"


_FLAGS = {
    Sanitizer.NONE: ("-O2",),
    Sanitizer.THREAD: ("-O1", "-g", "-fsanitize=thread"),
    Sanitizer.ADDRESS: ("-O1", "-g", "-fsanitize=address", "-fno-omit-frame-pointer"),
    Sanitizer.UNDEFINED: ("-O1", "-g", "-fsanitize=undefined", "-fno-sanitize-recover=all"),
}
_SIGNS = {
    Sanitizer.NONE: ("",),  # the driver's own CHECK: its exit status says it
    Sanitizer.THREAD: ("WARNING: ThreadSanitizer",),
    Sanitizer.ADDRESS: ("ERROR: ",),  # AddressSanitizer, or LeakSanitizer within it
    Sanitizer.UNDEFINED: ("runtime error:", " panic: "),  # the latter is zig's own runtime
}


@dataclass(frozen=True)
class Ran:
    """What a driver came to."""

    status: int | None  # None: it never ended
    said: str
    caught: bool  # did the sanitizer, or the driver's own checks, object?

    @property
    def clean(self) -> bool:
        """Nothing was found, and it ended in order."""
        return self.status == 0


def run(compiler: Compiler, source: Path, header: Path, driver: Path, sanitizer: Sanitizer) -> Ran:
    """Builds and runs the driver over a C file; BuildError if it does not compile."""
    with tempfile.TemporaryDirectory(prefix="kata-") as folder:
        program = Path(folder) / "driver"
        options = [*_FLAGS[sanitizer], f"-I{header.parent}"]
        compile_to(program, compiler, [source, driver], options)
        return _run(program, sanitizer)


def _run(program: Path, sanitizer: Sanitizer) -> Ran:
    options = {"TSAN_OPTIONS": "halt_on_error=1", "UBSAN_OPTIONS": "print_stacktrace=1"}
    try:
        done = subprocess.run(
            [str(program)], capture_output=True, text=True, errors="replace", check=False,
            timeout=PATIENCE, env={**os.environ, **options},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Ran(None, f"still running after {PATIENCE} s", False)
    said = (done.stdout + done.stderr)[:_SAID]
    objected = any(sign in said for sign in _SIGNS[sanitizer])
    return Ran(done.returncode, said, done.returncode != 0 and objected)


@cache
def available(compiler: Compiler, sanitizer: Sanitizer) -> bool:
    """Does a program that does nothing build and run under it, here?"""
    with tempfile.TemporaryDirectory(prefix="kata-") as folder:
        source, program = Path(folder) / "nothing.c", Path(folder) / "nothing"
        source.write_text("int main(void)\n{\n\treturn 0;\n}\n", encoding="utf-8")
        try:
            compile_to(program, compiler, [source], _FLAGS[sanitizer])
        except BuildError:
            return False
        return _run(program, sanitizer).clean
