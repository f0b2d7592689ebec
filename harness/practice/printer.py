"""Prints what becomes of each save as `kata grade` does."""

from rich.console import Console

from harness.catalogue import Kata
from harness.errors import UsageError
from harness.grading.grade import Candidate
from harness.grading.results import Check, Grade, LevelResult
from harness.layout import hanging, report_width
from harness.report import Reporter


class Printer:
    """A `live.Audience`."""

    def __init__(self, console: Console, kata: Kata, subject: Candidate) -> None:
        self.console = console
        self._kata = kata
        self._subject = subject
        self._reporter: Reporter

    def began(self) -> None:
        """See `live.Audience`."""
        self._reporter = Reporter(self.console, self._kata, self._subject, self._kata.levels)

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
        self.console.print(hanging(" ", error.seen, report_width(self.console)), soft_wrap=True)
