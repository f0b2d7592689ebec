"""A film (see `harness.explore.film`) as one HTML file.

All that the film says is in the page as text: without JavaScript there are the source, every step in a table,
and who waits at the end. The script only moves marks about.

Guarantees
- Nothing is loaded from anywhere, and a Content-Security-Policy says so; only our own script may run.
- The same film gives the same page.
"""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from string import Template

from harness.page.escape import data, text
from harness.page.pieces import Film, badge, listings, outcome, rows, thread_heads

HERE = Path(__file__).parent
MARK = '<meta name="generator" content="kata replay">'


@dataclass(frozen=True)
class Caption:
    """What a page says of the failure as a whole."""

    kata: str
    implementation: str  # as the person named it; '' for the stub's own file
    verdict: str
    promise: str
    headline: str
    report: str  # as `kata replay` prints it
    again: str  # the command that shows it once more


def page(film: Film, caption: Caption) -> str:
    """The whole file."""
    style, script = _read("page.css"), _read("page.js")
    named = f"{caption.kata} · {caption.implementation}" if caption.implementation else caption.kata
    return Template(_read("page.html")).substitute(
        mark=MARK,
        policy=_policy(style, script),
        style=style,
        script=script,
        title=text(f"{caption.verdict}: {caption.promise} - {named}"),
        named=text(named),
        verdict=text(caption.verdict),
        promise=text(caption.promise),
        headline=text(caption.headline),
        report=_lines(caption.report),
        again=text(caption.again),
        left_out=_left_out(film),
        legend="".join(_legend(number, name) for number, name in enumerate(film["threads"])),
        listings=listings(film),
        heads=thread_heads(film),
        rows=rows(film),
        outcome=outcome(film),
        film=data(film),
    )


def _read(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    parts = [
        "default-src 'none'",
        f"style-src '{_digest(style)}'",
        f"script-src '{_digest(script)}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(parts)


def _digest(content: str) -> str:
    """As the policy names what stands between the tags."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _legend(number: int, name: str) -> str:
    return f"<li>{badge(number)} {text(name)}</li>"


def _lines(report: str) -> str:
    """A text of several lines, each made visible by itself."""
    return "\n".join(text(line) for line in report.split("\n"))


def _left_out(film: Film) -> str:
    number = film["left_out"]
    if not number:
        return ""
    kept = len(film["steps"])
    return f"<p>A long execution: the {kept:,} steps that matter most are here, {number:,} are left out.</p>"
