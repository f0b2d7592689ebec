"""A file that is there whole or not at all.

Guarantees: after kill -9 or a loss of power at any moment the path holds what it held before or all
of what was written. An existing file keeps its permissions.
Source: rename(2) is atomic; what was written is on the disk before it.
"""

import os
import secrets
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Writes beside the path and moves it there; OSError, with nothing changed, if it cannot."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            beside.chmod(path.stat().st_mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
