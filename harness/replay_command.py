"""`kata replay`: one failure again, with what the code printed while it ran."""

from harness import catalogue
from harness.candidates import candidate
from harness.grading.grade import run_one
from harness.report import Reporter, make_console
from harness.verdict import Verdict

OUTPUT_LINES = 40


def run(name: str, failure: str, impl: str | None) -> int:
    """Replays; 0 if it passes now, 1 if it still fails."""
    kata = catalogue.find(name)
    subject = candidate(kata, impl)
    test, schedule = split(failure)
    check, printed = run_one(kata, subject, test, schedule)
    console = make_console()
    reporter = Reporter(console, kata, subject)
    reporter.replayed(check)
    lines = printed.splitlines()
    if lines:
        console.print("\n   It printed")
        for line in lines[:OUTPUT_LINES]:
            console.print(f"     {line}", soft_wrap=True)
        if len(lines) > OUTPUT_LINES:
            console.print(f"     ... and {len(lines) - OUTPUT_LINES} more lines")
    console.print()
    return 0 if check.verdict is Verdict.PASS else 1


def split(failure: str) -> tuple[str, str]:
    """The test's name and the schedule; a colon inside [...] belongs to the name."""
    bracket = failure.rfind("]")
    head, colon, schedule = failure.rpartition(":")
    if not colon or len(head) <= bracket:
        return failure, ""
    return head, schedule
