"""Binds a C reference with cffi; its header is the whole declaration.

Two ways, the same to those who call. In cffi's API mode a wrapper is compiled with the C file
(extension.py): a call costs half or less. That takes Python's own headers; without them, and where
KATA_BINDING=abi asks for it, a plain library is opened: cffi's ABI mode. Either way a call lets go of the
interpreter's lock meanwhile.

Guarantees: the header is read as it stands, less its preprocessor lines. What cannot be bound in API mode
is bound in ABI mode.
"""

import os
from contextlib import suppress
from functools import cache
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, NamedTuple

from cffi import FFI

from harness.native.build import library
from harness.native.extension import extension, module_name
from harness.native.header import declarations
from harness.paths import root

BINDING = "KATA_BINDING"  # "abi": as if Python's headers were not there


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
    source, header = _Chosen.source or folder / f"{name}.c", folder / f"{name}.h"
    return _bound(source, header, _is_wanted())


def is_compiled(native: Native) -> bool:
    """Is it bound in API mode?"""
    return not isinstance(native.ffi, FFI)


def built(source: Path, header: Path) -> Path:
    """The extension or the library that binds the C file; BuildError, NoCompilerError."""
    return (extension(source, header) if _is_wanted() else None) or library(source, header)


def _is_wanted() -> bool:
    return os.environ.get(BINDING) != "abi"


@cache
def _bound(source: Path, header: Path, by_api: bool) -> Native:
    made = extension(source, header) if by_api else None
    if made is not None:
        with suppress(ImportError):  # ABI mode may still do: it looks names up one by one
            return _by_api(made)
    return _by_abi(library(source, header), header)


def _by_api(made: Path) -> Native:
    name = module_name(made)
    spec = spec_from_file_location(name, made, loader=ExtensionFileLoader(name, str(made)))
    assert spec is not None
    assert spec.loader is not None
    module: Any = module_from_spec(spec)
    spec.loader.exec_module(module)
    return Native(module.ffi, module.lib)


def _by_abi(made: Path, header: Path) -> Native:
    ffi = FFI()
    ffi.cdef(declarations(header.read_text(encoding="utf-8")))
    return Native(ffi, ffi.dlopen(str(made)))
