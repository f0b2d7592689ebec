"""Text of others (a candidate's source, its messages, its names) made harmless for a page.

Guarantees
- Nothing that comes out of `text` or `data` can end the element or the attribute that it stands in.
- Characters that cannot be seen, or that change the order of those around them, are written out: what the
  reader sees is what Python ran.
"""

import html
import json
import unicodedata
from typing import Any

_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_AS_JSON = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def visible(text: str) -> str:
    """With a backslash escape in place of each character that does not show; tabs become spaces."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text.expandtabs(4)))


def _visible(character: str) -> str:
    if unicodedata.category(character) not in _INVISIBLE:
        return character
    code = ord(character)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )


def text(text: str) -> str:
    """For between tags, and for attributes in quotes."""
    return html.escape(visible(text), quote=True)


def data(value: Any) -> str:
    """JSON for inside of <script type="application/json">; its strings made visible too."""
    return json.dumps(_all_visible(value), separators=(",", ":")).translate(_AS_JSON)


def _all_visible(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, list | tuple):
        return [_all_visible(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _all_visible(item) for key, item in value.items()}
    return value
