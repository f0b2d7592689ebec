"""`kata solution`: the notes, and the way from one's own file to the reference.

Guarantees: shown after a pass; before one, only when it is asked for a second time.
"""

import difflib
from pathlib import Path

from harness.catalogue import Kata
from harness.errors import UsageError
from harness.invocation import command
from harness.keep import standing, stubs
from harness.keep.records import Asked
from harness.keep_commands.desk import Desk
from harness.paths import short


def run(desk: Desk, name: str) -> int:
    """Shows the solution, or says why not yet; the exit status, 1 for the latter."""
    kata = desk.find(name)
    passed = standing.of(kata, desk.store).passed
    before = desk.store.asked(kata.name)
    shown = passed or bool(before)
    desk.store.add_asked(Asked(kata.name, desk.now, shown))
    desk.line()
    if not shown:
        _refuse(desk, kata)
        desk.line()
        return 1
    _notes(desk, kata)
    _difference(desk, kata)
    desk.line()
    return 0


def _refuse(desk: Desk, kata: Kata) -> None:
    level = standing.of(kata, desk.store).level or 1
    desk.say(f"Not yet: {kata.name} has not passed, you stand at level {level}.", "bold")
    desk.say("Once it has been read, it can't be worked out any more. First try")
    desk.line((f"   a hint for level {level}   ", "dim"), command("hint", kata.name))
    desk.line(("   what is wrong now    ", "dim"), command("grade", kata.name))
    desk.line(" To see it all the same, ask once more:")
    desk.line(f"   {command('solution', kata.name)}")


def _notes(desk: Desk, kata: Kata) -> None:
    path = kata.solutions / "notes.md"
    if path.is_file():
        desk.line((f" {short(path)}", "bold"))
        desk.line()
        for line in _read(path).splitlines():
            desk.line(line)
        desk.line()


def _difference(desk: Desk, kata: Kata) -> None:
    reference = _read(kata.solution)
    own = _read(kata.stub) if kata.stub.exists() else ""
    if not own or stubs.is_stub(own.encode()):
        desk.line((f" {short(kata.solution)}", "bold"))
        desk.line()
        for line in reference.splitlines():
            desk.line(line)
        return
    desk.line(
        (f" From yours (-) to the reference (+): {short(kata.stub)} {short(kata.solution)}", "bold")
    )
    desk.line()
    for line in difflib.unified_diff(
        own.splitlines(), reference.splitlines(), "yours", "reference", lineterm=""
    ):
        desk.line((line, {"-": "red", "+": "green"}.get(line[:1], "")))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UsageError(
            f"{short(path)} cannot be read: {error.strerror}", "", f"git checkout {short(path)}"
        ) from None
