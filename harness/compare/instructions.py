"""Instructions an operation, by valgrind's callgrind: a figure that is the same on a busy machine.

A driver that is given a number of operations as its third argument does so many of each contender, once,
within windows.h's `windows_counted`, where alone callgrind counts; races of threads it leaves out, since
threads that wait for each other have no such figure.

Guarantees: without valgrind, or where it breaks down, nothing but a note is lost.
"""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from harness.compare.figures import Result

OPERATIONS = 50_000  # more than an arena takes before it is reset
PATIENCE = 120.0  # seconds; a run takes some two
_COUNTED = "windows_counted"
_TOTALS = re.compile(r"^totals: (\d+)", re.MULTILINE)

Counts = dict[tuple[str, str], float]  # by race and contender


def with_instructions(results: Iterable[Result], program: Path) -> Iterator[Result]:
    """The same results, with what their contenders' operations come to."""
    counts, why_not = _counts(program)
    for result in results:
        counted = {f.name: counts.get((result.title, f.name)) for f in result.figures}
        figures = tuple(replace(f, instructions=counted[f.name]) for f in result.figures)
        notes = (*result.notes, why_not) if why_not else result.notes
        why_not = ""  # once is enough
        yield replace(result, figures=figures, notes=notes)


def _counts(program: Path) -> tuple[Counts, str]:
    """What was counted; or why nothing was, though there is something to count."""
    arguments = [str(program), "0", "0", str(OPERATIONS)]
    try:
        rows = [json.loads(line) for line in _output(arguments).splitlines()]
        if not rows:
            return {}, ""
        if not shutil.which("valgrind"):
            return {}, "Instructions are not counted: valgrind is not installed."
        totals = _totals(arguments)
    except (OSError, subprocess.SubprocessError):
        return {}, "Instructions are not counted: callgrind broke down."
    keys = ((row["race"], row["contender"]) for row in rows)
    return {key: total / OPERATIONS for key, total in zip(keys, totals, strict=False)}, ""


def _totals(arguments: list[str]) -> list[int]:
    """The instructions of each contender, in the order of the driver's."""
    with tempfile.TemporaryDirectory(prefix="kata-") as folder:
        options = [f"--toggle-collect={_COUNTED}", f"--dump-after={_COUNTED}"]
        out = Path(folder) / "out"
        _output(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *options, *arguments]
        )
        dumps = sorted(out.parent.glob("out.*"), key=lambda dump: int(dump.suffix[1:]))
        found = [_TOTALS.search(dump.read_text(encoding="utf-8")) for dump in dumps]
        return [int(totals.group(1)) for totals in found if totals]


def _output(command: list[str]) -> str:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=True
    ).stdout
