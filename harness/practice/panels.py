"""What stands beside the question in each phase, and the line with the time.

Guarantees: pure functions of their arguments; what colour says, a word or a mark says too.
"""

from collections.abc import Mapping

from rich.text import Text

from harness.catalogue import PHASES, Kata
from harness.grading.results import Check
from harness.keep_commands.words import packed
from harness.practice.notes import HEADINGS
from harness.practice.round import GRACE, RUBRIC, Round
from harness.report import style_of
from harness.verdict import Verdict

WIDE = 90  # columns from which on two panels stand side by side


def duration(seconds: float) -> str:
    """Minutes and seconds; with a minus where they are over."""
    sign, whole = ("-", -seconds) if seconds < 0 else ("", seconds)
    minutes, rest = divmod(int(whole), 60)
    return f"{sign}{minutes}:{rest:02}"


def clock(kata: Kata, state: Round, paused: bool, width: int) -> Text:
    """Kata, phase, what is left of the phase and of all; on two lines where one is too short."""
    number = PHASES.index(state.phase) + 1 if state.phase in PHASES else len(PHASES)
    parts = [f"{kata.name}  {number} of {len(PHASES)} {state.phase}", _left(state)]
    parts.append(f"{duration(state.left_in_all)} in all")
    if paused:
        parts.append("PAUSED")
    return Text(
        "\n".join(packed(parts, width, "")), "bold" if state.left_in_phase > 0 else "bold yellow"
    )


def _left(state: Round) -> str:
    if state.in_grace:
        return f"time is up: {duration(GRACE + state.left_in_phase)} to finish the line"
    if state.left_in_phase < 0:
        return f"{duration(-state.left_in_phase)} over"
    return f"{duration(state.left_in_phase)} left"


def headings(phase: str, filled: Mapping[str, bool], where: str) -> Text:
    """What the notes should answer by the end of this phase."""
    text = Text(f"Write into {where}\n(e opens it in $EDITOR)\n\n", "dim")
    for heading, asked, belongs in HEADINGS:
        if belongs != phase:
            continue
        done = filled.get(heading, False)
        text.append("[x] " if done else "[ ] ", "green" if done else "")
        text.append(f"{heading}\n", "bold")
        text.append(f"    {asked}\n\n", "dim")
    return text


def levels(kata: Kata, state: Round, failure: Check | None, grading: bool) -> Text:
    """The levels as they light up, and the first failure."""
    text = Text()
    for level in kata.levels:
        verdict = state.verdicts.get(level.number)
        style = style_of(Verdict(verdict)) if verdict else "dim"
        text.append(f"{level.number} {level.title}  ")
        text.append(f"{verdict or 'not reached'}", style)
        if level.number in state.passed:
            text.append(f"  first passed at {duration(state.passed[level.number])}", "dim")
        text.append("\n")
    text.append("\ngrading ...\n" if grading else "\n", "dim")
    if failure is not None and failure.finding is not None:
        text.append(f"{failure.verdict}  ", style_of(failure.verdict))
        text.append(f"{failure.promise}\n\n", "bold")
        text.append(failure.finding.headline + "\n")
        if failure.finding.line:
            text.append(f"line {failure.finding.line}\n", "dim")
    return text


def rubric(state: Round) -> Text:
    """The lines to score oneself on."""
    text = Text("Score yourself, line by line: keys 1 (not at all) to 4 (fully)\n\n", "dim")
    for number, line in enumerate(RUBRIC):
        points = state.scores.get(number)
        here = number == len(state.scores)
        text.append("> " if here else "  ")
        text.append(f"{points if points is not None else '.'}  ", "bold")
        text.append(f"{line}\n", "bold" if here else "")
    if len(state.scores) == len(RUBRIC):
        text.append("\nn ends the round.", "dim")
    return text
