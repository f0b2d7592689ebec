"""The C files of a kata: the reference, its drivers, and the broken variants.

Guarantees: a header comment that cannot be read is a CatalogueError that names file and field.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from harness.catalogue import Kata
from harness.native.sanitizers import Sanitizer
from harness.variants import CatalogueError

_FIELD = re.compile(r"^ \* (Missing|Lesson|Killed by): ", re.MULTILINE)
_NEEDED = ("Missing", "Lesson", "Killed by")


@dataclass(frozen=True)
class BrokenC:
    """The C reference minus one idea, and what catches it."""

    name: str
    path: Path
    missing: str
    lesson: str
    killed_by: str  # a Sanitizer's name, or a test of the kata's suite

    @property
    def sanitizer(self) -> Sanitizer | None:
        """What its driver is to be built with; None if a test of the suite catches it."""
        return Sanitizer(self.killed_by) if self.killed_by in list(Sanitizer) else None


@dataclass(frozen=True)
class Reference:
    """A kata's C files."""

    kata: Kata
    source: Path
    header: Path
    driver: Path
    bench: Path  # compares it in C; not every kata has one

    def broken(self) -> tuple[BrokenC, ...]:
        """The broken variants, by name."""
        return tuple(_read(path) for path in sorted(self.kata.solutions.glob("broken/*.c")))


def reference(kata: Kata) -> Reference | None:
    """The kata's C files, if it has them."""
    base = kata.solutions
    endings = (".c", ".h", "_stress.c", "_bench.c")
    found = Reference(kata, *(base / f"{kata.name}{ending}" for ending in endings))
    return found if found.source.is_file() else None


def _read(path: Path) -> BrokenC:
    comment = path.read_text(encoding="utf-8").partition("*/")[0]
    parts = _FIELD.split(comment)
    fields = {
        name: " ".join(value.replace("\n *", "\n").split())
        for name, value in zip(parts[1::2], parts[2::2], strict=True)
    }
    for name in _NEEDED:
        if not fields.get(name):
            raise CatalogueError(f"{path}: its first comment has no ` * {name}: ` line")
    return BrokenC(path.stem, path, fields["Missing"], fields["Lesson"], fields["Killed by"])
