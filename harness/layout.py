"""How wide things may be, and what becomes of a line that is wider.

Guarantees: prose is wrapped, source is cut and never broken, what has columns is left as it is.
"""

import os
import re
from collections.abc import Iterator
from textwrap import fill, indent, wrap

from rich.console import Console

from harness.grading.results import INDENT, Finding

WIDEST = 100
# A line of a traceback: where, then the source.
_TRACED = re.compile(r"(?P<margin> *)(?P<where>\S+:\d+ in \S+)   +(?P<source>\S.*)")


def report_width(console: Console) -> int:
    """Columns that the report of a failure may take: WIDEST where the text goes to a file."""
    known = console.is_terminal or "COLUMNS" in os.environ
    return min(console.width, WIDEST) if known else WIDEST


def parts(finding: Finding, width: int = WIDEST) -> list[str]:
    """The headline, then the report; the explorer's reports open with the headline already."""
    headline, report = finding.headline, finding.report.strip("\n")
    opening = " ".join(report.split("\n\n")[0].split())
    if headline.casefold() not in opening.casefold():
        report = f"{indent(fill(headline, width - 6), INDENT)}\n\n{report}"
    return [part for part in report.split("\n\n") if part.strip()]


def folded(line: str, width: int) -> Iterator[str]:
    """A line of a report, on several where it is too wide."""
    body = line.lstrip()
    margin = line[: len(line) - len(body)]
    traced = _TRACED.fullmatch(line)
    if len(line) <= width:
        yield line
    elif traced:
        yield margin + traced["where"]
        yield cropped(f"{margin}    {traced['source']}", width).rstrip()
    elif "  " in body:
        yield line
    else:
        yield from wrap(
            line, width, subsequent_indent=margin, break_long_words=False, break_on_hyphens=False
        )


def hanging(opening: str, text: str, width: int) -> str:
    """The text behind an opening, of any length of words; what it has on further lines stays there."""
    first, *further = text.splitlines() or [""]
    filled = fill(
        first, width, initial_indent=opening, subsequent_indent=" " * len(opening),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    return "\n".join([filled, *(piece for line in further for piece in folded(line, width))])


def below(opening: str, text: str, width: int) -> str:
    """The text behind an opening; its further lines below its first."""
    room = max(width - len(opening), 24)
    return ("\n" + " " * len(opening)).join(wrap(text, room)) or text


def cropped(text: str, room: int) -> str:
    """Filled up to a room that is a column's, cut where there is too little."""
    if len(text) <= room:
        return text + " " * max(0, room - len(text)) if room < WIDEST else text
    return text[: max(0, room - 1)] + "…"
