"""What a person is shown of a kata in each phase, from its README and its hints.

Guarantees: nothing of a later phase or of the solution is shown; a README without the usual headings
is shown whole.
"""

import re
from pathlib import Path

from harness import hints
from harness.catalogue import Kata


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:  # a round goes on without it
        return ""


def task(kata: Kata) -> str:
    """The question as the interviewer puts it, and what it asks for: the README up to its examples."""
    text = _read(kata.folder / "README.md")
    asked, _, rest = text.partition("\n## What to ask before you draw")
    _, _, api = rest.partition("\n## ")
    return f"{asked.rstrip()}\n\n## {api}" if api else asked


def briefing(kata: Kata) -> str:
    """The question alone: what there is to see before one has asked anything."""
    return _read(kata.folder / "README.md").partition("\n## ")[0]


def level(kata: Kata, number: int) -> str:
    """What the README says of one level; '' if it says nothing."""
    text = _read(kata.folder / "README.md")
    found = re.search(rf"^### {number}\b.*?(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[0].strip() if found else ""


def follow_up(kata: Kata, reached: int) -> str:
    """What an interviewer would ask next of somebody who has passed `reached` levels."""
    following = reached + 1
    if following > len(kata.levels):
        notes = _read(kata.solutions / "notes.md")
        found = re.search(r"^## Follow-up questions.*?(?=^## |\Z)", notes, re.MULTILINE | re.DOTALL)
        return found[0].strip() if found else ""
    first = next((hint for hint in hints.read(kata) if hint.level == following), None)
    question = f"\n\n{first.text}" if first else ""
    return f"## The next level\n\n{level(kata, following)}{question}"
