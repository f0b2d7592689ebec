"""Errors that a person can mend: what was seen, what was expected, what to type next.

Guarantees: the command line makes each of these a message and exit status 2, not a traceback.
"""

import difflib
from collections.abc import Iterable


class UsageError(Exception):
    """A command or a file that cannot be used as it is."""

    def __init__(self, seen: str, expected: str = "", try_next: str = "") -> None:
        super().__init__(seen)
        self.seen = seen
        self.expected = expected
        self.try_next = try_next

    @property
    def line(self) -> str:
        """What was seen and what to type next, where there is one line for it."""
        first = self.seen.partition("\n")[0]
        return f"{first}; try: {self.try_next}" if self.try_next else first


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """' Did you mean thread_pool?', or nothing where no known word is close."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" Did you mean {close[0]}?" if close else ""
