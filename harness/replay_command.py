"""`kata replay`: one failure again, with what the code printed while it ran, and as a page if asked for."""

import json
from pathlib import Path

from rich.console import Console

from harness import catalogue
from harness.candidates import candidate
from harness.catalogue import Kata
from harness.grading.grade import Candidate, run_one
from harness.grading.results import Check
from harness.invocation import command
from harness.layout import report_width
from harness.page import Caption, can_take, page, put
from harness.paths import short
from harness.report import Reporter, make_console
from harness.verdict import Verdict

OUTPUT_LINES = 40


def run(name: str, failure: str, impl: str | None, html: Path | None = None) -> int:
    """Replays; 0 if it passes now, 1 if it still fails."""
    kata = catalogue.find(name)
    subject = candidate(kata, impl)
    if html is not None:
        can_take(html)
    test, schedule = split(failure)
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
    if finding is None or not finding.film:
        console.print(f"   No page was written: {_why_none(check)}\n", soft_wrap=True)
        return
    what = f"{check.test}:{finding.schedule}" if finding.schedule else check.test
    impl = ["--impl", subject.named] if subject.named else []
    caption = Caption(
        kata=kata.name,
        implementation=subject.named,
        verdict=check.verdict,
        promise=check.promise,
        headline=" ".join(finding.headline.split("\n\n")[0].split()),  # the rest is in the report
        report=finding.report.strip("\n"),
        again=command("replay", kata.name, what, *impl),
    )
    put(file, page(json.loads(finding.film), caption))
    console.print(f"   The page is {short(file)}: open it in a browser.\n", soft_wrap=True)


def _why_none(check: Check) -> str:
    if check.verdict is Verdict.PASS:
        return "nothing failed, so there is nothing to step through."
    return (
        "the steps of this failure are not known. Only what fails in the explorer has steps; "
        "real threads, C and sequences of calls that were made up on the way have none."
    )


def split(failure: str) -> tuple[str, str]:
    """The test's name and the schedule; a colon inside [...] belongs to the name."""
    bracket = failure.rfind("]")
    head, colon, schedule = failure.rpartition(":")
    if not colon or len(head) <= bracket:
        return failure, ""
    return head, schedule
