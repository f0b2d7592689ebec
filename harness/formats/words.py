"""Text that any parser takes.

Guarantees: `clean` returns only characters that XML 1.0 allows, which JSON and UTF-8 allow too;
what it cannot keep it shows as Python would write it, so nothing vanishes from a report.
"""

import re

# XML 1.0 allows tab, newline, return, and from blank on all but the surrogates, FFFE and FFFF.
# A return is shown as well: an XML parser would silently make it a newline.
_FORBIDDEN = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(text: str) -> str:
    """The text, with each character that a parser may refuse shown as an escape."""
    return _FORBIDDEN.sub(lambda found: ascii(found[0])[1:-1], text.replace("\r\n", "\n"))


def count(number: int, noun: str) -> str:
    """'1 check', '2 checks'."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def cut(text: str, most: int, note: str) -> str:
    """At most so many characters; what is left out is said by the note at the end."""
    return text if len(text) <= most else text[: most - len(note)] + note
