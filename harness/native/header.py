"""A C header as cffi reads it.

Guarantees: it is the header as it stands, less its preprocessor lines. So it has to have none that matter.
"""

import re


def declarations(header: str) -> str:
    """Without includes, guards and macros."""
    return re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*$", "", header, flags=re.MULTILINE)
