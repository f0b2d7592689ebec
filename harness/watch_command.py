"""`kata watch`: grades on every save, and whenever Enter is pressed."""

import sys
import time

from harness import catalogue
from harness.grading.grade import Candidate
from harness.layout import hanging, report_width
from harness.paths import short
from harness.practice.live import Live, needs_polling
from harness.practice.printer import Printer
from harness.report import make_console


def run(name: str, polling: bool) -> int:
    """Watches until it is told to stop."""
    kata = catalogue.find(name)
    console = make_console()
    looking = polling or needs_polling(kata.stub)
    how = "looked at four times a second" if looking else "graded when you save it"
    width = report_width(console)
    console.print("\n" + hanging(" ", f"{short(kata.stub)} is {how}.", width), soft_wrap=True)
    console.print(" Enter grades it now; q and Enter, or Ctrl-C, stops.\n", soft_wrap=True)
    audience = _Dated(console, kata, Candidate(kata.stub))
    with Live(kata, audience, looking, width=width) as live:
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


class _Dated(Printer):
    """Each grading stands under the time of its save."""

    def began(self) -> None:
        self.console.rule(time.strftime("%H:%M:%S"), style="dim", characters="-")
        super().began()
