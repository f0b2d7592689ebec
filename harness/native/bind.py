"""Binds a C reference with cffi; its header is the whole declaration.

cffi's ABI mode: the library is opened, nothing of Python is compiled, so Python's own headers need
not be there. A call costs some 0.2 us, and lets go of the interpreter's lock meanwhile.

Guarantees: the header is read as it stands, less its preprocessor lines.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cffi import FFI

from harness.native.build import library
from harness.paths import root


class Native(NamedTuple):
    """A bound library."""

    ffi: FFI
    lib: Any


class _Chosen:
    source: Path | None = None  # a C file other than the reference


def choose(source: Path | None) -> None:
    """Lets adapters bind this C file in place of the reference; None for the reference again."""
    _Chosen.source = source


def load(name: str) -> Native:
    """The C file that was chosen, or the kata's reference."""
    folder = root() / "solutions" / name
    return _load(_Chosen.source or folder / f"{name}.c", folder / f"{name}.h")


@cache
def _load(source: Path, header: Path) -> Native:
    ffi = FFI()
    ffi.cdef(declarations(header.read_text(encoding="utf-8")))
    return Native(ffi, ffi.dlopen(str(library(source, header))))


def declarations(header: str) -> str:
    """A header as cffi reads it: without includes, guards and macros."""
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*$", "", header, flags=re.MULTILINE)
