"""Broken and right variants of a solution: whole files whose docstring says what they are for.

Guarantees: a header that cannot be read is a CatalogueError that names file and field; nothing
is executed, the file is only parsed.
Assumptions: the format that CONTRIBUTING.md shows.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from harness.verdict import Verdict


class CatalogueError(Exception):
    """A file of the catalogue that is not as CONTRIBUTING.md asks."""


@dataclass(frozen=True)
class Broken:
    """The reference minus one idea, and what is to be seen of it."""

    name: str
    path: Path
    missing: str
    level: int
    killed_by: str
    verdict: Verdict
    lesson: str


@dataclass(frozen=True)
class Right:
    """An implementation built differently, which must pass everything."""

    name: str
    path: Path
    summary: str


_NEEDED = ("Missing", "Level", "Killed by", "Verdict", "Lesson")
_FIELD = re.compile(r"^(Missing|Level|Killed by|Verdict|Lesson|Right):[ \t]*", re.MULTILINE)


def header(path: Path) -> dict[str, str]:
    """The fields in the docstring of a variant, each with its text on one line."""
    try:
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    except (OSError, SyntaxError, ValueError) as error:
        raise CatalogueError(f"{path}: cannot be read: {error}") from None
    parts = _FIELD.split(text)
    names, values = parts[1::2], parts[2::2]
    return {name: " ".join(value.split()) for name, value in zip(names, values, strict=True)}


def read_broken(path: Path) -> Broken:
    """Reads a broken variant's header."""
    fields = header(path)
    absent = [name for name in _NEEDED if not fields.get(name)]
    if absent:
        raise CatalogueError(f"{path}: its docstring has no `{absent[0]}:` line")
    if not fields["Level"].isdigit():
        raise CatalogueError(f"{path}: `Level: {fields['Level']}` is not a number")
    try:
        verdict = Verdict(fields["Verdict"])
    except ValueError:
        known = ", ".join(v for v in Verdict if v is not Verdict.PASS)
        raise CatalogueError(f"{path}: `Verdict: {fields['Verdict']}` is none of {known}") from None
    return Broken(
        name=path.stem,
        path=path,
        missing=fields["Missing"],
        level=int(fields["Level"]),
        killed_by=fields["Killed by"],
        verdict=verdict,
        lesson=fields["Lesson"],
    )


def read_right(path: Path) -> Right:
    """Reads a right variant's header: its first line after `Right:`."""
    try:
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    except (OSError, SyntaxError, ValueError) as error:
        raise CatalogueError(f"{path}: cannot be read: {error}") from None
    first = text.split("\n\n")[0]
    if not first.startswith("Right:"):
        raise CatalogueError(f"{path}: its docstring does not begin with `Right:`")
    return Right(path.stem, path, " ".join(first.removeprefix("Right:").split()))
