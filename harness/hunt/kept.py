"""The hunts that go on, at most one a kata: kept in `.kata/hunt/NAME/`, to be left and taken up again.

Guarantees: the state is there whole or not at all; the program that a person works on is written
once and never again.
"""

import json
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from harness.errors import UsageError
from harness.hunt.guess import Guess
from harness.paths import short, state_dir
from harness.writing import write_whole

_STATE = "hunt.json"


@dataclass(frozen=True)
class Hunt:
    """One hunt."""

    uid: str
    kata: str
    variant: str
    started: float  # seconds since the epoch
    active: float = 0.0  # seconds
    guess: Guess | None = None

    def after(self, seconds: float) -> "Hunt":
        """Time has passed."""
        return replace(self, active=self.active + seconds)


class Kept:
    """Where it is."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (folder or state_dir()) / "hunt"

    def program(self, hunt: Hunt) -> Path:
        """The file to mend."""
        return self.folder / hunt.kata / f"{hunt.kata}.py"

    def load(self, kata: str | None = None) -> Hunt | None:
        """The kata's hunt, or of all the one that was sat at last; None if none goes on."""
        files = sorted(self.folder.glob(f"{kata or '*'}/{_STATE}"), key=_written)
        return _read(files[-1]) if files else None

    def begin(self, hunt: Hunt, program: str) -> None:
        """Puts the program in place; one that is there already is kept beside it."""
        place = self.program(hunt)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            os.replace(place, place.with_name(f"{place.stem}-{time.time_ns()}.py"))
        place.write_text(program, encoding="utf-8")
        self.save(hunt)

    def save(self, hunt: Hunt) -> None:
        """Keeps it."""
        file = self._state(hunt)
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, json.dumps(asdict(hunt)).encode())

    def end(self, hunt: Hunt) -> None:
        """It goes on no more."""
        self._state(hunt).unlink(missing_ok=True)

    def _state(self, hunt: Hunt) -> Path:
        return self.folder / hunt.kata / _STATE


def _written(file: Path) -> int:
    return file.stat().st_mtime_ns


def _read(file: Path) -> Hunt:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        guess = document.pop("guess")
        return Hunt(**document, guess=Guess(**guess) if guess else None)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"{short(file)} cannot be read: {error}",
            "a hunt as this version writes it",
            f"rm {short(file)}   (the program that you were mending stays)",
        ) from None
