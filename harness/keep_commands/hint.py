"""`kata hint`: one hint at a time, at the level where one stands; what was shown is remembered."""

from harness import hints
from harness.catalogue import Kata
from harness.errors import UsageError
from harness.hints import Hint
from harness.invocation import command
from harness.keep import standing
from harness.keep.records import HintShown
from harness.keep_commands.desk import Desk
from harness.keep_commands.words import count, folded


def run(desk: Desk, name: str, level: int | None, again: bool) -> int:
    """Prints the next hint, or those that were shown; the exit status."""
    kata = desk.find(name)
    level = _level(desk, kata, level)
    of_level = [hint for hint in hints.read(kata) if hint.level == level]
    if not of_level:
        raise UsageError(
            f"{kata.name} has no hints for level {level}",
            "`## Level N` with `### ` headings under it in hints.md",
            f"kata hint {kata.name} --level 1",
        )
    taken = {(hint.level, hint.number) for hint in desk.store.hints(kata.name)}
    hint = hints.following(of_level, taken, level)
    if hint and not again:
        # Kept before it is shown: what was read cannot be made unread by Ctrl-C.
        desk.store.add_hint(HintShown(kata.name, level, hint.number, desk.now))
    desk.line()
    if again:
        _again(desk, kata, [h for h in of_level if (h.level, h.number) in taken], level)
    elif hint is None:
        _none_left(desk, kata, level, len(of_level))
    else:
        _show(desk, kata, hint)
        _left(desk, kata, level, len(of_level) - hint.number)
    desk.line()
    return 0


def _level(desk: Desk, kata: Kata, asked: int | None) -> int:
    numbers = [level.number for level in kata.levels]
    if asked is not None and asked not in numbers:
        raise UsageError(
            f"{kata.name} has no level {asked}",
            f"a number from 1 to {len(numbers)}",
            f"kata hint {kata.name} --level 1",
        )
    level = asked or standing.of(kata, desk.store).level
    if level is None:
        raise UsageError(
            f"all levels of {kata.name} pass as you graded it last: there is nothing to hint at",
            "a level, to see its hints all the same",
            f"kata hint {kata.name} --level {numbers[-1]}",
        )
    return level


def _show(desk: Desk, kata: Kata, hint: Hint) -> None:
    title = kata.levels[hint.level - 1].title
    desk.line((f" {kata.name}, level {hint.level}: {title}", "bold"))
    desk.line(f" Hint {hint.number}. {hint.title}")
    desk.line()
    for line in _fitted(hint.text, desk.width):
        desk.line(line)


def _fitted(text: str, width: int) -> list[str]:
    """Indented; prose is broken anew where it is too wide, code is left as it is."""
    lines: list[str] = []
    prose: list[str] = []
    in_code = False
    for line in [*text.splitlines(), ""]:
        fence = line.startswith("```")
        if line and not fence and not in_code:
            prose.append(line)
            continue
        lines += folded(" ".join(prose), width, "   ")
        prose = []
        in_code ^= fence
        lines += [""] if fence else [f"     {line}".rstrip() if in_code else ""]
    return "\n".join(lines).strip("\n").split("\n")


def _left(desk: Desk, kata: Kata, level: int, left: int) -> None:
    desk.line()
    if left:
        desk.line((f" {count(left, 'hint')} left for level {level}   ", "dim"), _more(kata, level))
    else:
        desk.line((f" That was the last hint for level {level}.", "dim"))


def _more(kata: Kata, level: int) -> str:
    return command("hint", kata.name, "--level", str(level))


def _none_left(desk: Desk, kata: Kata, level: int, of: int) -> None:
    desk.say(f"You have had all {count(of, 'hint')} for level {level} of {kata.name}.")
    desk.line((" Read them again    ", "dim"), _more(kata, level), " --again")
    desk.line((" See what is wrong  ", "dim"), command("grade", kata.name))
    desk.line((" The solution       ", "dim"), command("solution", kata.name))


def _again(desk: Desk, kata: Kata, shown: list[Hint], level: int) -> None:
    if not shown:
        desk.say(f"You have had no hint for level {level} of {kata.name} yet.")
        desk.line((" Take one   ", "dim"), _more(kata, level))
    for n, hint in enumerate(shown):
        if n:
            desk.line()
        _show(desk, kata, hint)
