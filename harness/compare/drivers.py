"""Compares in C what a call by cffi would hide: builds and runs `solutions/NAME/NAME_bench.c`.

A driver takes ROUNDS and WINDOW and prints one line of JSON a window, as windows.h has it. Other
implementations of malloc run in its place by LD_PRELOAD, each in a process of its own with the reference
beside it, so that each ratio is one of a single run.

Guarantees: without a compiler, or where the driver breaks down, nothing but a note is lost.
"""

import ctypes.util
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from harness.catalogue import Kata
from harness.compare.figures import Figure, Result, figures_of
from harness.compare.instructions import with_instructions
from harness.errors import UsageError
from harness.native.build import compile_to
from harness.native.compiler import find
from harness.native.references import Reference, reference

PATIENCE = 300.0  # seconds; a run takes some five
MALLOCS = {
    "jemalloc": ("jemalloc",),
    "mimalloc": ("mimalloc",),
    "tcmalloc": ("tcmalloc_minimal", "tcmalloc"),
}
TAKES_MALLOCS = "free_list_allocator"
QUEUES = ("boost's spsc_queue", "moodycamel's queue")  # of peers.cpp
TAKES_QUEUES = "spsc_ring_buffer"
_HERE = Path(__file__).parent


def results(kata: Kata, rounds: int, window: int) -> Iterator[Result]:
    """A result a race of the driver; none where the kata has no driver."""
    c = reference(kata)
    if c is None or not c.bench.is_file():
        return
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / c.bench.stem
        try:
            _build(c, program)
            arguments = [str(program), str(rounds), str(window)]
            own = list(with_instructions(parsed(_output(arguments, {})), program))
        except UsageError as error:
            yield _nothing(error.line)
            return
        if kata.name == TAKES_MALLOCS:
            own = list(with_mallocs(own, arguments))
        elif kata.name == TAKES_QUEUES and own:
            own[0] = without_queues(own[0])
        yield from own


def _build(c: Reference, program: Path) -> None:
    sources = [c.source, c.bench]
    options = ["-O2", f"-I{c.header.parent}", f"-I{_HERE}"]
    if c.kata.name == TAKES_QUEUES:
        peers = _queues(program.with_name("peers.o"))
        if peers:
            sources.append(peers)
            options += ["-DWITH_PEERS", "-Wl,--no-as-needed,-lstdc++"]
    compile_to(program, find(), sources, options)


def _queues(target: Path) -> Path | None:
    """peers.cpp compiled, if there is a compiler of C++."""
    command = shutil.which("c++") or shutil.which("g++") or shutil.which("clang++")
    if command is None:
        return None
    arguments = [command, "-std=c++17", "-O2", "-c", str(_HERE / "peers.cpp"), "-o", str(target)]
    built = subprocess.run(arguments, capture_output=True, check=False)
    return target if built.returncode == 0 else None


def without_queues(result: Result) -> Result:
    """The result, with a word on each queue of a library that is not among its contenders."""
    there = {figure.name for figure in result.figures}
    why = "its header is not installed, or there is no C++ compiler"
    return replace(result, left_out={name: why for name in QUEUES if name not in there})


def _nothing(why: str) -> Result:
    return Result("In C", "an operation", "", (), {"all contenders": why})


def _output(arguments: list[str], environment: dict[str, str]) -> str:
    try:
        ran = subprocess.run(
            arguments,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise UsageError(f"its driver broke down: {type(error).__name__}") from None
    return ran.stdout


def parsed(output: str) -> list[Result]:
    """The results of the lines that a driver has printed, in their order."""
    races: dict[str, dict[str, list[float]]] = {}
    about: dict[str, tuple[str, str]] = {}
    for line in output.splitlines():
        row = json.loads(line)
        about[row["race"]] = row["operation"], row["baseline"]
        windows = races.setdefault(row["race"], {})
        windows.setdefault(row["contender"], []).append(float(row["ns"]))
    return [
        Result(title, *about[title], figures_of(windows, about[title][1]), {})
        for title, windows in races.items()
    ]


def with_mallocs(own: Iterable[Result], arguments: list[str]) -> Iterator[Result]:
    """The same results, and beside them what other implementations of malloc came to."""
    others: list[Figure] = []
    left_out: dict[str, str] = {}
    for name, libraries in MALLOCS.items():
        library = next(filter(None, map(ctypes.util.find_library, libraries)), None)
        if library is None:
            left_out[name] = "it is not installed"
            continue
        try:
            ran = parsed(_output(arguments, {"LD_PRELOAD": library, "KATA_MALLOC": name}))
        except UsageError as error:
            left_out[name] = error.seen
            continue
        others += [figure for result in ran for figure in result.figures if figure.name == name]
    for result in own:
        alone = ("Each malloc but the first ran in a process of its own.",) if others else ()
        figures = (*result.figures, *others)
        yield replace(result, figures=figures, left_out=left_out, notes=(*result.notes, *alone))
