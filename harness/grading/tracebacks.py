"""Tracebacks as a learner needs them: their own lines and the suite's, nothing of the grader.

Guarantees: the innermost call comes last; nothing else than text of the frames is looked at.
"""

import linecache
import traceback
from pathlib import Path
from textwrap import indent

from harness.grading.results import INDENT

MOST_LINES = 12


def describe(error: BaseException, candidate: Path) -> str:
    """The calls that led to the error, then the error itself."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename == str(candidate) or Path(frame.filename).name.startswith("test_")
    ]
    if len(frames) > MOST_LINES:  # a recursion: the ends tell all
        frames = frames[: MOST_LINES // 2] + frames[-MOST_LINES // 2 :]
    rows = [
        (f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}", (frame.line or "").strip())
        for frame in frames
    ]
    width = max((len(place) for place, _ in rows), default=0)
    lines = [f"  {place:<{width}}   {source}".rstrip() for place, source in rows]
    notes = [str(note) for note in getattr(error, "__notes__", ())]
    return indent("\n".join([*lines, "", *notes]).strip("\n"), INDENT)


def name_of(error: BaseException) -> str:
    """'ValueError: what it says', also where its own __str__ fails."""
    try:
        text = str(error).strip()
    except BaseException as worse:
        text = f"(its message cannot be had: {type(worse).__name__})"
    name = type(error).__name__
    if isinstance(error, AssertionError) and text:
        return text  # a suite's assertion says in words what it saw
    return f"{name}: {text}" if text else name


def place_in(error: BaseException, candidate: Path) -> int | None:
    """The line of the candidate that was running when the error came up."""
    line = None
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == str(candidate):
            line = frame.lineno
    return line


def source_line(path: Path, line: int | None) -> str:
    """A line of a file, stripped, or ''."""
    return linecache.getline(str(path), line).strip() if line else ""
