"""The hints of a kata, from its hints.md: three a level, one to be taken at a time.

Guarantees: every hint of the file is found, in its order, numbered from 1 within its level.
Assumptions: `## Level N` opens a level and `### ...` a hint, outside of code blocks.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from harness.catalogue import Kata
from harness.errors import UsageError
from harness.paths import short

_LEVEL = re.compile(r"## Level (\d+)")
_TITLE = re.compile(r"### (?:Hint \d+:|[\d.]+)?\s*(.*)")


@dataclass(frozen=True)
class Hint:
    """One hint."""

    level: int
    number: int  # within the level
    title: str  # "A question", "The mechanism", "The shape of the code"
    text: str


def read(kata: Kata) -> tuple[Hint, ...]:
    """All hints of the kata; a UsageError if they cannot be read."""
    path = kata.folder / "hints.md"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{short(path)} cannot be read: {error}",
            "the kata's hints",
            f"git checkout {short(path)}",
        ) from None
    return tuple(_hints(text))


def following(
    hints: Collection[Hint], shown: Collection[tuple[int, int]], level: int
) -> Hint | None:
    """The first hint of the level that has not been shown; None if all of them have."""
    fresh = (hint for hint in hints if (hint.level, hint.number) not in shown)
    return next((hint for hint in fresh if hint.level == level), None)


def _hints(text: str) -> Iterator[Hint]:
    level, number = 0, 0
    for heading, body in _sections(text):
        if found := _LEVEL.match(heading):
            level, number = int(found[1]), 0
        elif level and (found := _TITLE.match(heading)):
            number += 1
            title = found[1][:1].upper() + found[1][1:]
            yield Hint(level, number, title, body.strip("\n"))


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Each heading with what stands under it; a `#` in a block of code is no heading."""
    heading, body, in_code = "", list[str](), False
    for line in text.splitlines():
        in_code ^= line.startswith("```")
        if line.startswith(("## ", "### ")) and not in_code:
            yield heading, "\n".join(body)
            heading, body = line, []
        else:
            body.append(line)
    yield heading, "\n".join(body)
