"""The parts of the page that are made of the film: badges, source, the table of steps, the end."""

from collections.abc import Iterable, Mapping
from typing import Any

from harness.page.escape import text

SHAPES = 8  # a thread's shape and colour, by turns; its letter is its own

Film = Mapping[str, Any]
Step = Mapping[str, Any]


def letter(number: int) -> str:
    """A, B, ... Z, AA, AB, ..."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def badge(number: int) -> str:
    """A thread's letter in its shape."""
    return f'<span class="badge shape{number % SHAPES}">{letter(number)}</span>'


# -- source ------------------------------------------------------------------------------------------------


def listings(film: Film) -> str:
    """Each file's lines, with room for marks in front of them."""
    return "".join(
        _listing(number, file) for number, file in enumerate(film["files"]) if file["lines"]
    )


def _listing(number: int, file: Mapping[str, Any]) -> str:
    note = " (the test)" if file["suite"] else ""
    lines, before = [], None
    for line, source in file["lines"]:
        if before is not None and line != before + 1:
            lines.append('<li class="gap" aria-hidden="true">&#8942;</li>')
        before = line
        lines.append(
            f'<li data-place="{number}:{int(line)}"><span class="marks"></span>'
            f'<span class="number">{int(line)}</span><code>{text(source)}</code></li>'
        )
    return f'<h3>{text(file["name"])}{note}</h3><ol class="source">{"".join(lines)}</ol>'


# -- steps -------------------------------------------------------------------------------------------------


def thread_heads(film: Film) -> str:
    """A column heading a thread."""
    return "".join(
        f'<th scope="col" role="columnheader">{badge(number)} {text(name)}</th>'
        for number, name in enumerate(film["threads"])
    )


def rows(film: Film) -> str:
    """A row a step."""
    return "\n".join(_row(film, number, step) for number, step in enumerate(film["steps"], 1))


def _row(film: Film, number: int, step: Step) -> str:
    classes = [name for name in ("switch", "fails") if step[name]]
    notes = ["switch"] if step["switch"] else []
    notes += ["failure"] if step["fails"] else []
    notes += [f"{step['skipped']:,} left out before"] if step["skipped"] else []
    said = "".join(f' <span class="note">{note}</span>' for note in notes)
    head = f'<th scope="row" role="rowheader"><a href="#step-{number}">{number}</a>{said}</th>'
    cells = "".join(
        _cell(film, step) if thread == step["thread"] else '<td role="cell"></td>'
        for thread in range(len(film["threads"]))
    )
    return f'<tr id="step-{number}" role="row" class="{" ".join(classes)}">{head}{cells}</tr>'


def _cell(film: Film, step: Step) -> str:
    thread = step["thread"]
    who = f'<span class="who">{badge(thread)} {text(film["threads"][thread])}</span>'
    file = film["files"][step["file"]]
    mark = "t" if file["suite"] else ""
    where = f'<span class="number" title="{text(file["name"])}">{mark}{int(step["line"])}</span>'
    clock = f' <span class="clock">at {step["time"]:g} s</span>' if "time" in step else ""
    changes = "".join(_change(*change) for change in step["changed"])
    return f'<td role="cell" class="did">{who}{where} {text(step["text"])}{clock}{changes}</td>'


def _change(name: str, old: str, new: str) -> str:
    before = text(old) if old else "nothing"
    after = text(new) if new else "nothing"
    return (
        f'<span class="change"><span class="name">{text(name)}</span> {before} '
        f'<span aria-label="becomes">&rarr;</span> {after}</span>'
    )


# -- the end -----------------------------------------------------------------------------------------------


def outcome(film: Film) -> str:
    """Who holds and who waits when it has failed."""
    last = film["steps"][-1]
    lines = [*_holders(film, last), *_waiters(film, last)]
    return (
        "".join(f"<li>{line}</li>" for line in lines)
        or "<li>Nobody holds a lock, nobody waits.</li>"
    )


def _holders(film: Film, last: Step) -> Iterable[str]:
    for thread, lock in last["held"]:
        yield f"{badge(thread)} {text(film['threads'][thread])} holds {text(lock)}"


def _waiters(film: Film, last: Step) -> Iterable[str]:
    for thread, reason, *_ in last["waits"]:
        yield f"{badge(thread)} {text(film['threads'][thread])} waits {text(reason)}"
