"""How times, days and counts are written."""

from textwrap import wrap


def clock(seconds: float | None) -> str:
    """'4:05', '1:02:10'; '-' where nobody took the time."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def days_from_now(days: int) -> str:
    """'today', 'in 1 day', '3 days overdue'."""
    if days == 0:
        return "today"
    return f"in {count(days, 'day')}" if days > 0 else f"{count(-days, 'day')} overdue"


def count(number: int, noun: str) -> str:
    """'1 hint', '2 hints'."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(minutes: int) -> str:
    """'45 min', '2 h', '2 h 5 min'."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def folded(text: str, width: int, indent: str) -> list[str]:
    """The text in lines that fit; a single word may be longer."""
    return wrap(
        text,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def packed(parts: list[str], width: int, indent: str) -> list[str]:
    """The parts in lines that fit, none of them broken."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + 3 + len(part) <= width:
            lines[-1] += "   " + part
        else:
            lines.append(indent + part)
    return lines
