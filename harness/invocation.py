"""How the person started this program, so that the commands it prints can be typed as they stand.

Guarantees: `command()` begins with a program that exists for this person, from where they stand.
"""

import os
import shlex
import sys

ENVIRONMENT = "KATA_COMMAND"  # set by the bootstrap
STANDS_IN = "KATA_CWD"  # set by toxfile.py: tox runs its commands elsewhere


def program() -> str:
    """'kata', 'python3 harness' or 'python -m harness', whichever it was."""
    given = os.environ.get(ENVIRONMENT)
    if given:
        return given
    if os.path.basename(sys.argv[0]).removesuffix(".py") == "kata":
        return "kata"
    return "python -m harness"


def command(*words: str) -> str:
    """A command to type, quoted for the shell."""
    return " ".join([program(), *(shlex.quote(word) for word in words)])


def go_where_the_person_stands() -> None:
    """Makes relative paths mean what they mean to the person."""
    folder = os.environ.get(STANDS_IN)
    if folder and os.path.isdir(folder):
        os.chdir(folder)
