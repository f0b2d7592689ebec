"""A token bucket. The question is in README.md; write your answer into this file.

Work level by level: `tox -e token_bucket` grades what is there and stops at the first level that
fails. The TODOs are numbered like the levels, and like the hints in hints.md. Only the standard
library.
"""

import time
from collections.abc import Callable


class TokenBucket:
    """Holds up to `capacity` tokens and gains `rate` tokens a second; starts full.

    Methods may be called from any thread. Two buckets share nothing.

    TODO 1: who adds the tokens, while nobody calls?
    TODO 2: a second is credited once, though people ask a thousand times in it, and though the clock
            may show it twice.
    TODO 3: between your look at the level and the taking, somebody else looks too.
    TODO 4: many wait now, for different amounts, and some of them not for long.
    """

    def __init__(
        self, rate: float, capacity: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """A full bucket. `clock` gives the time in seconds, wherever a time is needed.

        Raises ValueError if rate or capacity is not positive, or is NaN or infinite.
        """
        # TODO 1: what has to be remembered, so that any later level can be worked out?
        raise NotImplementedError("level 1: TokenBucket.__init__")

    def try_acquire(self, tokens: float = 1.0) -> bool:
        """Take `tokens` and return True, or take none and return False; never block.

        Raises ValueError, with nothing changed, if tokens <= 0 or NaN, or more than `capacity`.
        Level 4: returns False while somebody waits in `acquire`.
        """
        # TODO 1: all or none.
        # TODO 2: fractions count. A clock that steps back neither adds nor removes tokens; time is
        #         credited again only once the clock passes the latest time that it had shown.
        # TODO 3: never more than capacity + rate * t in any t seconds, and nobody refused without need.
        raise NotImplementedError("level 1: TokenBucket.try_acquire")

    def available(self) -> float:
        """The tokens that are there now."""
        # TODO 1: now, not at the last grant.
        raise NotImplementedError("level 1: TokenBucket.available")

    def acquire(self, tokens: float = 1.0, timeout: float | None = None) -> bool:
        """Block until `tokens` are granted, in order of arrival; return True.

        After `timeout` seconds return False, having taken nothing; those behind move up. None: no
        limit; 0: one try. Sleeps no longer than needed and does not poll.
        Raises ValueError, with nothing changed, for bad `tokens` and for a timeout < 0 or NaN.
        """
        # TODO 4: who wakes whom, on each way out of the line?
        raise NotImplementedError("level 4: TokenBucket.acquire")
