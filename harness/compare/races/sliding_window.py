"""sliding_window: allow under far more requests than the limit, so that nearly all are refused."""

from functools import partial
from typing import Any

from harness.compare.race import Entry, Peer, Race, again
from harness.compare.races.limiters import of_limits, of_pyrate

LIMIT = 1000  # a second


def _log(kata: Any) -> Entry:
    return Entry(again(kata.SlidingWindowLog(LIMIT, 1.0).allow))


def _counter(kata: Any) -> Entry:
    return Entry(again(kata.SlidingWindowCounter(LIMIT, 1.0).allow))


RACES = (
    Race(
        f"allow of the exact log, {LIMIT:,} a second, nearly all refused",
        "an allow",
        _log,
        (
            Peer("limits, moving window", partial(of_limits, "MovingWindowRateLimiter", LIMIT)),
            Peer("pyrate-limiter", partial(of_pyrate, LIMIT)),
        ),
    ),
    Race(
        f"allow of the counter, {LIMIT:,} a second, nearly all refused",
        "an allow",
        _counter,
        (
            Peer(
                "limits, window counter",
                partial(of_limits, "SlidingWindowCounterRateLimiter", LIMIT),
            ),
        ),
    ),
)
