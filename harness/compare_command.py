"""`kata compare`: your code, the references and their peers on the same work, in one run."""

from collections.abc import Iterator
from pathlib import Path

from harness import catalogue
from harness.candidates import candidate
from harness.catalogue import Kata
from harness.compare import drivers
from harness.compare import run as races
from harness.compare.document import document, setting
from harness.compare.figures import Result
from harness.compare.races import races_of
from harness.compare.table import lines
from harness.compare.windows import WINDOW
from harness.formats.files import STDOUT, can_be_written, put
from harness.grading.grade import Candidate
from harness.layout import report_width
from harness.report import StatusLine, make_console


def run(
    name: str, impl: str | None, json_file: str | None, rounds: int, window: int | None = None
) -> int:
    """Compares on one kata; always 0, since to be slow is no error."""
    kata = catalogue.find(name)
    races_of(name)
    own = candidate(kata, impl)
    if json_file and json_file != STDOUT:
        can_be_written(Path(json_file))
    console = make_console(stderr=json_file == STDOUT)
    where = setting()  # before the load is our own
    plural = "" if rounds == 1 else "s"
    console.print(f"\n {kata.name}: {rounds} interleaved round{plural}", soft_wrap=True)
    for fact in (f"{where['machine']}, load {where['load']}", f"Python {where['python']}"):
        console.print(f" {fact}", soft_wrap=True)
    status = StatusLine(console)
    status.show(" measuring")
    done: list[Result] = []
    for result in _all(kata, own, rounds, window or WINDOW):
        status.clear()
        console.print()
        for line in lines(result, report_width(console)):
            console.print(line, soft_wrap=True)
        status.show(" measuring")
        done.append(result)
    status.clear()
    console.print()
    if json_file:
        put(json_file, document(kata.name, where, done))
    return 0


def _all(kata: Kata, own: Candidate, rounds: int, window: int) -> Iterator[Result]:
    yield from races.results(kata, own, rounds, window)
    yield from drivers.results(kata, rounds, window)
