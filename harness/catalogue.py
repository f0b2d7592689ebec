"""The catalogue: which katas there are, their levels, and the files that belong to each.

Guarantees: a kata is a folder `katas/NAME` with a `kata.toml`; its other files are found by name
alone. Anything unreadable in it is a CatalogueError that names the file and the field.
Assumptions: format_version 1 of kata.toml, as CONTRIBUTING.md describes it.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from harness.errors import UsageError, did_you_mean
from harness.paths import root
from harness.variants import Broken, CatalogueError, Right, read_broken, read_right

T = TypeVar("T")

FORMAT_VERSION = 1
PHASES = ("clarify", "whiteboard", "code", "review")


@dataclass(frozen=True)
class Level:
    """One step of a kata: the first question, or a follow-up."""

    number: int
    title: str


@dataclass(frozen=True)
class Kata:
    """A kata as its kata.toml describes it."""

    name: str
    title: str
    teaches: str
    order: int
    prerequisites: tuple[str, ...]
    minutes: Mapping[str, int]
    levels: tuple[Level, ...]
    folder: Path
    solutions: Path

    @property
    def stub(self) -> Path:
        """Where the learner writes."""
        return self.folder / f"{self.name}.py"

    @property
    def suite(self) -> Path:
        """The tests that every implementation is graded by."""
        return self.folder / f"test_{self.name}.py"

    @property
    def solution(self) -> Path:
        """The reference."""
        return self.solutions / f"{self.name}.py"

    @property
    def total_minutes(self) -> int:
        """The length of a practice round."""
        return sum(self.minutes.values())

    @property
    def has_faults(self) -> bool:
        """Are there broken variants? (Not where somebody has removed `solutions/`.)"""
        return any(self.solutions.glob("broken/*.py"))

    def broken(self) -> tuple[Broken, ...]:
        """The broken variants, by level and name."""
        found = [read_broken(path) for path in sorted(self.solutions.glob("broken/*.py"))]
        return tuple(sorted(found, key=lambda variant: (variant.level, variant.name)))

    def right(self) -> tuple[Right, ...]:
        """The unusual but right variants, by name."""
        return tuple(read_right(path) for path in sorted(self.solutions.glob("right/*.py")))


def load(base: Path | None = None) -> tuple[Kata, ...]:
    """Every kata, in the order that a learner should take them."""
    base = base or root()
    found = [_read(path, base) for path in sorted((base / "katas").glob("*/kata.toml"))]
    return tuple(sorted(found, key=lambda kata: (kata.order, kata.name)))


def find(name: str, base: Path | None = None) -> Kata:
    """The kata of that name; a UsageError names the nearest where there is none."""
    base = base or root()
    manifest = base / "katas" / name / "kata.toml"
    if name.isidentifier() and manifest.is_file():
        return _read(manifest, base)
    known = [kata.name for kata in load(base)]
    raise UsageError(
        f"there is no kata {name!r}.{did_you_mean(name, known)}",
        "one of " + ", ".join(known) if known else "a folder katas/NAME with a kata.toml",
        "kata list",
    )


def _read(path: Path, base: Path) -> Kata:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{path}: cannot be read: {error}") from None
    version = _field(path, table, "format_version", int)
    if version != FORMAT_VERSION:
        raise CatalogueError(f"{path}: format_version is {version}, but {FORMAT_VERSION} is known")
    name = path.parent.name
    return Kata(
        name=name,
        title=_field(path, table, "title", str),
        teaches=str(table.get("teaches", "")),
        order=_field(path, table, "order", int),
        prerequisites=tuple(_field(path, table, "prerequisites", list)),
        minutes=_minutes(path, _field(path, table, "minutes", dict)),
        levels=_levels(path, _field(path, table, "levels", list)),
        folder=path.parent,
        solutions=base / "solutions" / name,
    )


def _field(path: Path, table: Mapping[str, Any], name: str, kind: type[T]) -> T:
    value = table.get(name)
    if not isinstance(value, kind):
        seen = "is missing" if value is None else f"is {value!r}"
        raise CatalogueError(f"{path}: `{name}` {seen}; expected a {kind.__name__}")
    return value


def _minutes(path: Path, table: Mapping[str, Any]) -> Mapping[str, int]:
    return {phase: _field(path, table, phase, int) for phase in PHASES}


def _levels(path: Path, rows: list[Mapping[str, Any]]) -> tuple[Level, ...]:
    levels = tuple(
        Level(_field(path, row, "number", int), _field(path, row, "title", str)) for row in rows
    )
    if [level.number for level in levels] != list(range(1, len(levels) + 1)) or not levels:
        raise CatalogueError(f"{path}: levels must be numbered 1, 2, 3 ... in order")
    return levels
