"""What tox.ini cannot say: an environment for each kata, and where the person stands.

tox loads this file by itself. It runs in tox's own Python, so it uses the standard library alone.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from tox.plugin import impl

ROOT = Path(__file__).resolve().parent

# tox runs commands in the folder of tox.ini; paths are meant as seen from here.
os.environ.setdefault("KATA_CWD", os.getcwd())
os.environ.setdefault("KATA_COMMAND", "python3 " + os.path.relpath(ROOT / "harness"))


@impl
def tox_extend_envs() -> Iterable[str]:
    """`tox -e NAME` for every kata, without naming them anywhere."""
    return sorted(path.parent.name for path in ROOT.glob("katas/*/kata.toml"))
