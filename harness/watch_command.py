"""`kata watch`: grades on every save, and whenever Enter is pressed."""

import sys
import time

from rich.console import Console

from harness import catalogue
from harness.catalogue import Kata
from harness.errors import UsageError
from harness.grading.grade import Candidate
from harness.grading.results import Check, Grade, LevelResult
from harness.layout import report_width
from harness.paths import short
from harness.practice.live import Live, needs_polling
from harness.report import Reporter, make_console


def run(name: str, polling: bool) -> int:
    """Watches until it is told to stop."""
    kata = catalogue.find(name)
    console = make_console()
    looking = polling or needs_polling(kata.stub)
    how = "looked at four times a second" if looking else "graded when you save it"
    console.print(f"\n {short(kata.stub)} is {how}.", soft_wrap=True)
    console.print(" Enter grades it now; q and Enter, or Ctrl-C, stops.\n", soft_wrap=True)
    printer = _Printer(console, kata)
    with Live(kata, printer, looking, width=report_width(console)) as live:
        live.grade_now()
        try:
            for line in sys.stdin:
                if line.strip().lower().startswith("q"):
                    break
                live.grade_now()
            else:
                _wait_for_ever()  # nobody is at the keyboard: saves alone
        except KeyboardInterrupt:
            pass
    console.print("\n Stopped.\n")
    return 0


def _wait_for_ever() -> None:
    while True:
        time.sleep(3600)


class _Printer:
    """Prints each grading as `kata grade` does, under the time of its save."""

    def __init__(self, console: Console, kata: Kata) -> None:
        self._console = console
        self._kata = kata
        self._reporter = self._fresh()

    def _fresh(self) -> Reporter:
        return Reporter(self._console, self._kata, Candidate(self._kata.stub), self._kata.levels)

    def began(self) -> None:
        """See `live.Audience`."""
        self._console.rule(time.strftime("%H:%M:%S"), style="dim", characters="-")
        self._reporter = self._fresh()

    def failed(self, check: Check) -> None:
        """See `live.Audience`."""
        self._reporter.failed(check)

    def level_done(self, level: LevelResult) -> None:
        """See `live.Audience`."""
        self._reporter.level_done(level)

    def done(self, graded: Grade) -> None:
        """See `live.Audience`."""
        self._reporter.summary(graded)

    def could_not(self, error: UsageError) -> None:
        """See `live.Audience`."""
        self._console.print(f" {error.seen}", soft_wrap=True)
