"""C references are built once, whole, by whichever compiler there is."""

import subprocess
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from harness.native import bind, build, compiler
from harness.native import extension as api
from harness.native.build import BuildError, library
from harness.native.compiler import NoCompilerError
from harness.native.extension import extension
from harness.native.header import declarations

HEADER = """
/* Adds. */
#ifndef SUM_H
#define SUM_H \\
    1
#include <stddef.h>
typedef struct sum sum;
size_t add(size_t a, size_t b); /* never fails */
#endif
"""
CODE = '#include "sum.h"\nsize_t add(size_t a, size_t b)\n{\n\treturn a + b;\n}\n'


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    try:
        compiler.find()
    except NoCompilerError as error:
        pytest.skip(error.line)
    monkeypatch.setenv("KATA_STATE", str(tmp_path / "state"))
    header, source = tmp_path / "sum.h", tmp_path / "sum.c"
    header.write_text(HEADER)
    source.write_text(CODE)
    return source, header


@pytest.fixture
def headers() -> None:
    """Python's own, without which there are no extensions."""
    if not (Path(sysconfig.get_path("include")) / "Python.h").is_file():
        pytest.skip("Python's headers are not installed; Debian has them in python3-dev")


def add(made: Path) -> int:
    from cffi import FFI

    ffi = FFI()
    ffi.cdef(declarations(HEADER))
    lib: Any = ffi.dlopen(str(made))
    return int(lib.add(2, 3))


def test_a_header_is_read_without_its_preprocessor_lines() -> None:
    kept = declarations(HEADER)
    assert "#" not in kept
    assert "size_t add(size_t a, size_t b);" in kept
    assert "1" not in kept, "the second line of a macro"


def test_it_is_built_once(sources: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    first = library(*sources)
    assert add(first) == 5
    monkeypatch.setattr(build, "compile_to", None)  # would be called if it were built again
    assert library(*sources) == first


def test_it_is_built_again_when_a_source_has_changed(sources: tuple[Path, Path]) -> None:
    source, header = sources
    first = library(*sources)
    source.write_text(CODE.replace("a + b", "a + b + 1"))
    second = library(source, header)
    assert (add(first), add(second)) == (5, 6)
    header.write_text(HEADER + "\n/* more */\n")
    assert library(source, header) not in (first, second)


@pytest.mark.parametrize("of", ["library", "extension"])
def test_processes_that_build_at_once_get_the_same_whole_file(
    sources: tuple[Path, Path], request: pytest.FixtureRequest, of: str
) -> None:
    if of == "extension":
        request.getfixturevalue("headers")
    code = (
        "import sys; from pathlib import Path; from harness.native.extension import *;"
        f"print({of}(Path(sys.argv[1]), Path(sys.argv[2])))"
    )
    command = [sys.executable, "-c", code, *map(str, sources)]

    def build_it(_: int) -> str:
        root = Path(__file__).parents[2]
        return subprocess.run(
            command, capture_output=True, text=True, check=True, cwd=root
        ).stdout.strip()

    with ThreadPoolExecutor(6) as pool:
        made = set(pool.map(build_it, range(6)))
    assert len(made) == 1
    only = Path(made.pop())
    native = bind._by_abi(only, sources[1]) if of == "library" else bind._by_api(only)
    assert native.lib.add(2, 3) == 5
    assert [path.name for path in only.parent.iterdir()] == [only.name], "nothing is left over"


def test_what_the_compiler_refuses_is_said_with_its_words(sources: tuple[Path, Path]) -> None:
    source, header = sources
    source.write_text(CODE.replace("return a + b;", "int unused; return a + b;"))
    with pytest.raises(BuildError, match="unused"):
        library(source, header)
    assert not any((header.parent / "state" / "native").iterdir())


def native_folder(source: Path) -> Path:
    return source.parent / "state" / "native"


def test_an_extension_is_built_once_and_again_when_a_source_has_changed(
    sources: tuple[Path, Path],
    headers: None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    first = extension(*sources)
    assert first is not None
    with monkeypatch.context() as later:
        later.setattr(api, "_make", None)  # would be called if it were built again
        assert extension(*sources) == first
    sources[0].write_text(CODE.replace("a + b", "a + b + 1"))
    second = extension(*sources)
    assert second is not None
    assert [bind._by_api(made).lib.add(2, 3) for made in (first, second)] == [5, 6]
    assert capfd.readouterr() == ("", "")


def test_what_an_extension_calls_is_compiled_strictly(
    sources: tuple[Path, Path], headers: None
) -> None:
    source, header = sources
    source.write_text('#ifdef NDEBUG\n#error "asserts are off"\n#endif\n' + CODE)
    assert extension(source, header) is not None
    source.write_text(CODE.replace("return a + b;", "int unused; return a + b;"))
    with pytest.raises(BuildError, match="unused"):
        extension(source, header)


@pytest.mark.parametrize("mode", ["api", "abi"])
def test_either_binding_can_be_had(
    sources: tuple[Path, Path], headers: None, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setenv(bind.BINDING, mode)
    assert bind.built(*sources).name.endswith(api.ENDING) == (mode == "api")
    native = bind._bound(*sources, mode == "api")
    assert bind.is_compiled(native) == (mode == "api")
    assert native.lib.add(2, 3) == 5
    with pytest.raises(OverflowError):
        native.lib.add(-1, 0)


def test_without_the_headers_of_python_a_library_is_bound(
    sources: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / "nothing"))
    assert extension(*sources) is None
    native = bind._bound(*sources, True)
    assert not bind.is_compiled(native)
    assert native.lib.add(2, 3) == 5


def test_what_cffi_wrote_may_be_refused_and_is_not_compiled_again(
    sources: tuple[Path, Path], headers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as refusing:
        refusing.setattr(api, "_write", lambda wrapper, *_: wrapper.write_text("#error no\n"))
        assert extension(*sources) is None
    monkeypatch.setattr(api, "_make", None)
    assert extension(*sources) is None
    native = bind._bound(*sources, True)
    assert not bind.is_compiled(native)
    assert native.lib.add(2, 3) == 5


def test_an_extension_that_does_not_load_is_replaced_by_a_library(
    sources: tuple[Path, Path], headers: None
) -> None:
    source, header = sources
    header.write_text(HEADER.replace("#endif", "void nowhere(void);\n#endif"))
    native = bind._bound(source, header, True)
    assert not bind.is_compiled(native)
    assert native.lib.add(2, 3) == 5


def test_asserts_stay_on_whoever_turns_them_off(sources: tuple[Path, Path]) -> None:
    source, header = sources
    source.write_text('#ifdef NDEBUG\n#error "asserts are off"\n#endif\n' + CODE)
    assert "-UNDEBUG" in compiler.STRICT
    assert add(library(source, header)) == 5


@pytest.mark.parametrize("named", ["gcc", "clang"])
def test_each_compiler_can_be_named(
    named: str, sources: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CC", named)
    compiler.find.cache_clear()
    try:
        if not compiler._version([named]):
            pytest.skip(f"there is no {named}")
        assert compiler.find().name == named
        assert add(library(*sources)) == 5
    finally:
        monkeypatch.delenv("CC")
        compiler.find.cache_clear()


def test_without_a_compiler_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(compiler, "_candidates", list)
    compiler.find.cache_clear()
    try:
        with pytest.raises(NoCompilerError, match="no C compiler") as caught:
            compiler.find()
        assert "pip install ziglang" in str(caught.value.try_next)
    finally:
        compiler.find.cache_clear()


def test_a_named_compiler_that_does_not_run_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CC", "no-such-compiler")
    compiler.find.cache_clear()
    try:
        with pytest.raises(NoCompilerError, match="no-such-compiler") as caught:
            compiler.find()
        assert caught.value.line.endswith("; try: unset CC")
    finally:
        compiler.find.cache_clear()
