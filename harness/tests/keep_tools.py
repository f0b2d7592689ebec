"""What the tests of the store and its commands share: made-up katas, attempts, and a desk."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from harness.catalogue import Kata, Level
from harness.keep import Attempt, Kind, LevelOutcome, Store
from harness.keep.standing import Standing
from harness.keep_commands.desk import Desk
from harness.verdict import Verdict

DAY = 86400.0
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()
TODAY = datetime.fromtimestamp(NOW, UTC).date()


def made_up(
    name: str = "tiny",
    order: int = 1,
    after: Sequence[str] = (),
    minutes: int = 60,
    levels: int = 3,
) -> Kata:
    """A kata of that name, without files."""
    quarter = minutes // 4
    return Kata(
        name=name,
        title=name,
        teaches="",
        order=order,
        prerequisites=tuple(after),
        minutes={"clarify": quarter, "whiteboard": quarter, "code": minutes - 2 * quarter},
        levels=tuple(Level(n, f"level {n}") for n in range(1, levels + 1)),
        folder=Path("nowhere"),
        solutions=Path("nowhere"),
    )


def attempt(passed: int = 3, at: float = NOW, kata: str = "tiny", **more: Any) -> Attempt:
    """One that ended at that moment after half an hour, with so many levels of three."""
    verdicts = [Verdict.PASS] * passed + [Verdict.RACE, None, None]
    levels = tuple(LevelOutcome(n, verdict) for n, verdict in enumerate(verdicts[:3], 1))
    fields = {"kind": Kind.PRACTICE, "active": 1800.0, "par": 3600.0, "of": 3, "levels": levels}
    return Attempt(**{"kata": kata, "started": at - 1800, "ended": at, **fields, **more})


def stands(kata: Kata, *attempts: Attempt) -> Standing:
    """Where somebody stands after those attempts."""
    return Standing(kata, attempts)


def desk(folder: Path, katas: Sequence[Kata], now: float = NOW, width: int = 80) -> Desk:
    """A desk whose console is a string; see `said`."""
    console = Console(
        file=io.StringIO(),
        width=width,
        highlight=False,
        markup=False,
        emoji=False,
        color_system=None,
    )
    return Desk(console, katas, Store(folder), now, UTC)


def said(desk: Desk) -> str:
    """What has been printed on it."""
    assert isinstance(desk.console.file, io.StringIO)
    return desk.console.file.getvalue()
