"""What these commands work with: a console, the catalogue, the store, and the time.

Guarantees: the clock is read here, once, and nowhere else; so a command can be run at any time.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from rich.console import Console
from rich.text import Text

from harness import catalogue
from harness.catalogue import Kata
from harness.keep.proposal import day_of
from harness.keep.store import Store
from harness.keep_commands.words import folded
from harness.layout import WIDEST
from harness.paths import state_dir
from harness.report import make_console


@dataclass(frozen=True)
class Desk:
    """Everything a command needs."""

    console: Console
    katas: Sequence[Kata]
    store: Store
    now: float  # seconds since the epoch
    zone: tzinfo | None = None  # None: the system's own

    @property
    def width(self) -> int:
        """Columns to use."""
        return min(self.console.width, WIDEST)

    @property
    def today(self) -> date:
        """The day, where the person is."""
        return day_of(self.now, self.zone)

    def find(self, name: str) -> Kata:
        """The kata of that name; a UsageError names the nearest where there is none."""
        known = (kata for kata in self.katas if kata.name == name)
        return next(known, None) or catalogue.find(name)

    def line(self, *parts: str | tuple[str, str]) -> None:
        """Prints a line, which is never broken; commands stay fit to be copied."""
        text = Text.assemble(*parts)
        text.rstrip()
        self.console.print(text, soft_wrap=True)

    def say(self, text: str, style: str = "") -> None:
        """Prints a sentence, on several lines where one is too short."""
        for line in folded(text, self.width, " "):
            self.line((line, style))

    def when(self, moment: float) -> str:
        """'2026-11-23 14:05'."""
        return datetime.fromtimestamp(moment, self.zone).strftime("%Y-%m-%d %H:%M")


def open_desk() -> Desk:
    """The desk of the person at the terminal."""
    return Desk(make_console(), catalogue.load(), Store(state_dir()), time.time())
