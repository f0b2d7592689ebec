"""`kata replay`: one failure again, with what the code printed while it ran, and as a page if asked for."""

import json
import shlex
from pathlib import Path
from textwrap import fill, indent

from rich.console import Console
from rich.text import Text

from harness import catalogue
from harness.candidates import candidate
from harness.catalogue import Kata
from harness.errors import UsageError
from harness.grading.grade import Candidate, run_one
from harness.grading.results import INDENT, Check
from harness.invocation import command
from harness.layout import WIDEST, report_width
from harness.page import Caption, can_take, page, put
from harness.paths import short
from harness.report import Reporter, make_console
from harness.verdict import Verdict

OUTPUT_LINES = 40
_NO_STEPS = (
    "the steps of this failure are not known. What fails in the explorer has steps; with real "
    "threads, with a sequence of calls that was made up on the way, or where the whole process had "
    "to be ended, there are none. All that is known stands above; what fails first in a grading may "
    "have more."
)
_NO_STEPS_OF_C = (
    "C runs on real threads, and nobody sees its steps. The sanitizers see what it does in memory."
)


def run(name: str, failure: str, impl: str | None, html: Path | None = None) -> int:
    """Replays; 0 if it passes now, 1 if it still fails."""
    kata = catalogue.find(name)
    subject = candidate(kata, impl)
    if html is not None:
        can_take(html)
    test, schedule = split(failure)
    if schedule and subject.native:
        raise UsageError(
            f"C cannot be replayed: the schedule of {test} is for the explorer, which runs Python "
            "alone. C runs on real threads, whose order nobody can set",
            "a test without a schedule",
            shlex.join(["kata", "replay", name, test, "--impl", subject.named]),
        )
    console = make_console()
    width = report_width(console)
    check, printed = run_one(kata, subject, test, schedule, film=html is not None, width=width)
    Reporter(console, kata, subject).replayed(check)
    _show_printed(console, printed.splitlines())
    console.print()
    if html is not None:
        _page(console, kata, subject, check, html)
    return 0 if check.verdict is Verdict.PASS else 1


def _show_printed(console: Console, lines: list[str]) -> None:
    if not lines:
        return
    console.print("\n   It printed")
    for line in lines[:OUTPUT_LINES]:
        console.print(f"     {line}", soft_wrap=True)
    if len(lines) > OUTPUT_LINES:
        console.print(f"     ... and {len(lines) - OUTPUT_LINES} more lines")


def _page(console: Console, kata: Kata, subject: Candidate, check: Check, file: Path) -> None:
    """Writes the page, or says why there is none."""
    finding = check.finding
    impl = ["--impl", subject.named] if subject.named else []
    if finding is None or not finding.film:
        why, action = _why_none(check, subject)
        width = min(console.width, WIDEST) - len(INDENT)
        console.print(indent(fill(f"No page was written: {why}", width), INDENT), soft_wrap=True)
        words = [action, kata.name, *(impl if action == "grade" else [])]
        console.print(
            Text.assemble(("\n   Instead   ", "dim"), command(*words), "\n"), soft_wrap=True
        )
        return
    what = f"{check.test}:{finding.schedule}" if finding.schedule else check.test
    caption = Caption(
        kata=kata.name,
        implementation=subject.named,
        verdict=check.verdict,
        promise=check.promise,
        headline=finding.headline,
        report=finding.report.strip("\n"),
        again=command("replay", kata.name, what, *impl),
    )
    put(file, page(json.loads(finding.film), caption))
    console.print(f"   The page is {short(file)}: open it in a browser.\n", soft_wrap=True)


def _why_none(check: Check, subject: Candidate) -> tuple[str, str]:
    """Why, and the command that says more."""
    if check.verdict is Verdict.PASS:
        return "nothing failed, so there is nothing to step through.", "grade"
    return (_NO_STEPS_OF_C, "sanitize") if subject.native else (_NO_STEPS, "grade")


def split(failure: str) -> tuple[str, str]:
    """The test's name and the schedule; a colon inside [...] belongs to the name."""
    bracket = failure.rfind("]")
    head, colon, schedule = failure.rpartition(":")
    if not colon or len(head) <= bracket:
        return failure, ""
    return head, schedule
