"""Where a process stood when it was ended, out of faulthandler's dump.

Guarantees: only the candidate's and the suite's frames, a paragraph a thread, at most a screen.
"""

import re
from pathlib import Path
from textwrap import indent

from harness.grading.results import INDENT

MOST_FRAMES = 12
_THREAD = re.compile(r"\n(?=(?:Current )?[Tt]hread 0x)")
_FRAME = re.compile(r'^  File "(?P<file>.+)", line (?P<line>\d+) in (?P<name>.+)$')


def place(dump: str, candidate: Path) -> tuple[str, int | None]:
    """File and line of the candidate's innermost frame; no line where it has none."""
    for line in dump.splitlines():
        frame = _FRAME.match(line)
        if frame and frame["file"] == str(candidate):
            return str(candidate), int(frame["line"])
    return str(candidate), None


def where_it_stands(dump: str, candidate: Path) -> str:
    """A paragraph for each thread that is in the candidate or the suite, innermost call last."""
    threads = [_frames(part, candidate) for part in _THREAD.split(dump)]
    paragraphs = ["\n".join(frames) for frames in threads if frames]
    return indent("\n\n".join(paragraphs and ["It stands here:", *paragraphs]), INDENT)


def _frames(part: str, candidate: Path) -> list[str]:
    rows = []
    for line in part.splitlines():
        frame = _FRAME.match(line)
        if frame and _is_ours(frame["file"], candidate):
            rows.append(f"  {Path(frame['file']).name}:{frame['line']} in {frame['name']}")
    return rows[:MOST_FRAMES][::-1]


def _is_ours(file: str, candidate: Path) -> bool:
    return file == str(candidate) or Path(file).name.startswith("test_")
