"""Compiles a C file to an extension of this Python: cffi's API mode, in which a call costs less.

cffi writes a wrapper from the header alone. It is compiled without our warnings, which are not about
generated code, and linked with the C file, which is compiled as strictly as ever.

Guarantees: what cannot be done here, for want of Python's headers or because the compiler or the linker
refuses what cffi wrote, is None, and is not tried a second time. Kept as libraries are, by content; Python
and cffi count as content.
Assumptions: setuptools is not needed.
"""

import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import cffi

from harness.native.build import SHARED, BuildError, compile_to, fingerprint, kept, library
from harness.native.compiler import Compiler, find
from harness.native.header import declarations

ENDING = ".ext.so"
_WRAPPER = ("-O2", "-fPIC", "-pthread", "-w", "-c")
# An extension finds Python's functions in the process that loads it; only here has the linker to be told.
_LINK = ("-undefined", "dynamic_lookup") if sys.platform == "darwin" else ()


def extension(source: Path, header: Path) -> Path | None:
    """The extension module of a C file, or None; BuildError if the C file is at fault, NoCompilerError."""
    include = Path(sysconfig.get_path("include"))
    if not (include / "Python.h").is_file():
        return None
    compiler = find()
    python = (sys.version, str(include), str(sysconfig.get_config_var("EXT_SUFFIX")))
    name = fingerprint(compiler, (source, header), *_WRAPPER, *python, cffi.__version__)

    def make(fresh: Path) -> None:
        try:
            _make(fresh, compiler, source, header, include)
        except BuildError:
            library(source, header)  # says so if the C file itself is refused
            fresh.write_bytes(b"")

    made = kept(f"{source.stem}_{name}{ENDING}", make)
    return made if made.stat().st_size else None


def module_name(made: Path) -> str:
    """What the extension in a file is called: Python calls a function in it by that name."""
    return made.name.removesuffix(ENDING)


def _make(fresh: Path, compiler: Compiler, source: Path, header: Path, include: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="kata-") as folder:
        wrapper = Path(folder) / "wrapper.c"
        _write(wrapper, module_name(fresh), header)
        places = f"-I{header.parent}", f"-I{include}"
        compiled = wrapper.with_suffix(".o")
        command = [*compiler.command, *_WRAPPER, *places, str(wrapper), "-o", str(compiled)]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode:
            raise BuildError(f"{compiler.name} refuses what cffi wrote:\n{ran.stderr.strip()}")
        compile_to(fresh, compiler, [source, compiled], [*SHARED, *_LINK, places[0]])


def _write(wrapper: Path, module: str, header: Path) -> None:
    ffi = cffi.FFI()
    ffi.cdef(declarations(header.read_text(encoding="utf-8")))
    ffi.set_source(module, f'#include "{header.name}"', compiler_verbose=0)
    ffi.emit_c_code(str(wrapper))
