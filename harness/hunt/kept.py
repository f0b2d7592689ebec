"""The hunt that goes on: kept in `.kata/hunt/`, so that it can be left and taken up again.

Guarantees: the state is a file renamed over the old one; the program that a person works on is written
once and never again.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from harness.errors import UsageError
from harness.hunt.guess import Guess
from harness.paths import short, state_dir


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
        self._file = self.folder / "hunt.json"

    def program(self, hunt: Hunt) -> Path:
        """The file to mend."""
        return self.folder / hunt.kata / f"{hunt.kata}.py"

    def load(self) -> Hunt | None:
        """The hunt that goes on, if there is one."""
        try:
            document = json.loads(self._file.read_text(encoding="utf-8"))
            guess = document.pop("guess")
            return Hunt(**document, guess=Guess(**guess) if guess else None)
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UsageError(
                f"{short(self._file)} cannot be read: {error}",
                "a hunt as this version writes it",
                f"rm {short(self._file)}   (the program that you were mending stays)",
            ) from None

    def begin(self, hunt: Hunt, program: str) -> None:
        """Puts the program in place; one that is there already is kept beside it."""
        place = self.program(hunt)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.exists():
            os.replace(place, place.with_name(f"{place.stem}-{int(place.stat().st_mtime)}.py"))
        place.write_text(program, encoding="utf-8")
        self.save(hunt)

    def save(self, hunt: Hunt) -> None:
        """Keeps it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_name(f".hunt-{os.getpid()}.json")
        fresh.write_text(json.dumps(asdict(hunt)), encoding="utf-8")
        os.replace(fresh, self._file)

    def end(self) -> None:
        """No hunt goes on any more."""
        self._file.unlink(missing_ok=True)
