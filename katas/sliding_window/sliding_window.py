"""Two sliding-window limiters. The question is in README.md; write your answer into this file.

Work level by level: `tox -e sliding_window` grades what is there and stops at the first level that
fails. The TODOs are numbered like the levels, and like the hints in hints.md. Only the standard
library.
"""

import time
from collections.abc import Callable


class SlidingWindowLog:
    """At most `limit` requests are allowed in any window `(t - window, t]`, exactly.

    Methods may be called from any thread. Two limiters share nothing.

    TODO 1: what has to be remembered of the requests, and which of it no longer matters?
    TODO 2: somebody sends a million requests, and all but a few of them are refused.
    TODO 4: two threads find the same place free; and the clock may show an earlier time.
    """

    def __init__(
        self, limit: int, window: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` gives the time in seconds. ValueError if limit < 1, window <= 0 or NaN."""
        # TODO 1
        raise NotImplementedError("level 1: SlidingWindowLog.__init__")

    def allow(self) -> bool:
        """Whether a request may pass now; if so, it counts. Amortised O(1), memory O(limit).

        A request made exactly `window` seconds ago no longer counts; a refused one never does.
        """
        # TODO 1: which requests count at this moment?
        # TODO 4: a clock that steps back never admits more.
        raise NotImplementedError("level 1: SlidingWindowLog.allow")

    def retry_after(self) -> float:
        """Seconds from now until allow would succeed if nobody else called; 0.0 if it would now.

        Level 4: while the clock is behind its latest reading, counted from that reading.
        """
        # TODO 2: which of the requests that count decides?
        raise NotImplementedError("level 2: SlidingWindowLog.retry_after")


class SlidingWindowCounter:
    """Allows a request if `current + previous * (1 - elapsed / window)` + 1 is at most `limit`.

    `current` and `previous` count the requests that were allowed in this window and in the one before
    it; windows start at multiples of `window` on the clock, and `elapsed` seconds of this one are over.

    TODO 3: O(1) memory. What becomes of the two counts when a window begins, or several have passed?
    TODO 4: as for the log.
    """

    def __init__(
        self, limit: int, window: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` gives the time in seconds. ValueError if limit < 1, window <= 0 or NaN."""
        # TODO 3
        raise NotImplementedError("level 3: SlidingWindowCounter.__init__")

    def allow(self) -> bool:
        """Whether a request may pass now; if so, it counts. O(1)."""
        # TODO 3: which window is it, and which one was it when you last looked?
        raise NotImplementedError("level 3: SlidingWindowCounter.allow")

    def retry_after(self) -> float:
        """Seconds from now until allow would succeed if nobody else called; 0.0 if it would now."""
        # TODO 3: when has the estimate fallen far enough? It may not do so in this window.
        raise NotImplementedError("level 3: SlidingWindowCounter.retry_after")
