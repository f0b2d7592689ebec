"""`kata history`: the attempts as they were, newest first."""

from harness.catalogue import Kata
from harness.grading.results import NOT_REACHED
from harness.invocation import command
from harness.keep import standing
from harness.keep.records import Attempt, Kind
from harness.keep_commands.desk import Desk
from harness.keep_commands.words import clock, packed

SHOWN = 20
_INDENT = "      "


def run(desk: Desk, name: str | None, last: int = SHOWN) -> int:
    """Prints the attempts; the exit status."""
    attempts = desk.store.attempts(name)
    # A kata may have left the catalogue: its attempts are shown all the same.
    kata = _named(desk, name) if attempts or not name else desk.find(name)
    desk.line()
    if not attempts:
        first = name or (desk.katas[0].name if desk.katas else "NAME")
        desk.line(f" No attempts{f' at {name}' if name else ''} yet.")
        desk.line((" Begin   ", "dim"), command("grade", first))
    if kata and attempts:
        _bests(desk, kata)
    for attempt in reversed(attempts[-last:]):
        _detailed(desk, attempt) if name else _brief(desk, attempt)
    if len(attempts) > last:
        words = ["history", *([name] if name else []), "--last", str(len(attempts))]
        desk.line()
        desk.line(f" and {len(attempts) - last} earlier:   ", command(*words))
    desk.line()
    return 0


def _named(desk: Desk, name: str | None) -> Kata | None:
    return next((kata for kata in desk.katas if kata.name == name), None)


def _bests(desk: Desk, kata: Kata) -> None:
    stands = standing.of(kata, desk.store)
    if stands.best is None:
        return
    best, fastest = stands.best, stands.fastest
    desk.line((f" {kata.name}", "bold"))
    desk.line(f" Best       {best.points} of 100, {best.passed} of {best.of} levels")
    if fastest:
        desk.line(f" Fastest    {clock(fastest.active)}, all levels, {desk.when(fastest.started)}")
    splits = [(level, stands.split(level.number)) for level in kata.levels]
    parts = [f"{level.number} {level.title} {clock(at)}" for level, at in splits if at is not None]
    for n, line in enumerate(packed(parts, desk.width, " " * 12)):
        desk.line(f" Levels in  {line.strip()}" if n == 0 else line)
    desk.line()


def _brief(desk: Desk, attempt: Attempt) -> None:
    width = max((len(kata.name) for kata in desk.katas), default=0)
    left = f" {desk.when(attempt.started)}  {attempt.kata:<{width}}  {_kind(attempt):<8}"
    right = f"{attempt.passed}/{attempt.of} levels"
    if attempt.active is not None:
        right += f"  {clock(attempt.active)}"
    if len(left) + 2 + len(right) <= desk.width:
        desk.line(left, "  ", right)
    else:
        desk.line(left)
        desk.line(_INDENT, right)


def _detailed(desk: Desk, attempt: Attempt) -> None:
    time = f"  {clock(attempt.active)}" if attempt.active is not None else ""
    desk.line(
        f" {attempt.number:>3}  {desk.when(attempt.started)}  {_kind(attempt)}",
        f"  {attempt.points} of 100{time}",
    )
    notes = []
    if attempt.variant and attempt.ended is not None:
        notes.append(f"broken:{attempt.variant}")
    if attempt.implementation:
        notes.append(attempt.implementation)
    phases = [f"{phase} {clock(seconds)}" for phase, seconds in attempt.phases]
    for parts in (notes, phases, [_level(attempt, n) for n in range(len(attempt.levels))]):
        for line in packed(parts, desk.width, _INDENT):
            desk.line(line)


def _level(attempt: Attempt, at: int) -> str:
    level = attempt.levels[at]
    when = f" at {clock(level.passed_at)}" if level.passed_at is not None else ""
    return f"{level.number} {level.verdict or NOT_REACHED}{when}"


def _kind(attempt: Attempt) -> str:
    word = {Kind.HUNT: "bug hunt"}.get(attempt.kind, str(attempt.kind))
    return word if attempt.ended is not None else f"{word}, not over"
