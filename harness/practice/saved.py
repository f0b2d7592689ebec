"""Keeps the round that is being practised, so that nothing that ends the program loses it.

A folder a kata under `.kata/practice/`: `round.json` while a round goes on, and `notes.md`. When a
round ends, both move to a folder of its own.

Guarantees: each write is a new file renamed over the old one: after kill -9 there is the old state
or the new one, at most a tick of the clock apart. A file that cannot be read is put aside, not lost.
"""

import json
import os
import time
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from harness.errors import UsageError
from harness.paths import short, state_dir
from harness.practice.round import Round
from harness.writing import write_whole

FORMAT = 1
_NUMBERED = ("passed", "verdicts", "scores")  # their keys are numbers, which JSON has not


class Saved:
    """Where the round of a kata is kept."""

    def __init__(self, kata: str, folder: Path | None = None) -> None:
        self.folder = (folder or state_dir()) / "practice" / kata
        self.file = self.folder / "round.json"
        self.notes = self.folder / "notes.md"

    def load(self) -> Round | None:
        """The round that goes on, if there is one; UsageError if it cannot be read."""
        try:
            text = self.file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        try:
            return _read(json.loads(text))
        except (ValueError, TypeError, KeyError) as error:
            aside = self.file.with_name(f"unreadable-{time.time_ns()}.json")
            os.replace(self.file, aside)
            raise UsageError(
                f"the round in {short(self.file)} cannot be read: {error}",
                f"a round as this version writes it (the file is now {short(aside)})",
                "kata practice NAME   (begins anew; your notes and your code are as they were)",
            ) from None

    def save(self, state: Round) -> None:
        """Keeps it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        document = json.dumps({"format": FORMAT, **_plain(state)}, indent=1)
        write_whole(self.file, document.encode())

    def put_away(self, state: Round) -> Path:
        """The round has ended: it and its notes get a folder of their own; which one."""
        when = time.strftime("%Y-%m-%d-%H%M%S", time.localtime(state.started))
        place = self.folder / f"{when}-{state.uid[:6]}"
        place.mkdir(parents=True, exist_ok=True)
        self.save(state)
        if self.notes.exists():
            os.replace(self.notes, place / self.notes.name)
        os.replace(self.file, place / self.file.name)
        return place


def _plain(state: Round) -> dict[str, Any]:
    plain = asdict(state)
    for name in _NUMBERED:
        plain[name] = {str(key): value for key, value in plain[name].items()}
    return plain


def _read(document: dict[str, Any]) -> Round:
    if document.pop("format", None) != FORMAT:
        raise ValueError("it was written by another version of this program")
    unknown = set(document) - {field.name for field in fields(Round)}
    if unknown:
        raise ValueError(f"{min(unknown)} is unknown")
    for name in _NUMBERED:
        document[name] = {int(key): value for key, value in document[name].items()}
    return Round(**document)
