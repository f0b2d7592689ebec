"""token_bucket: try_acquire of one token, granted each time, by one thread and by eight."""

from collections.abc import Callable
from functools import partial
from typing import Any

from harness.compare.race import Entry, Peer, Race, again, crowd
from harness.compare.races.limiters import MANY, of_limits, of_pyrate

THREADS = 8
LENGTH = 5  # Python changes threads every 5 ms: in a short window they would never meet


def _alone(kata: Any) -> Entry:
    bucket = kata.TokenBucket(float(MANY), float(MANY))
    return Entry(again(bucket.try_acquire))


def _shared(make: Callable[[], Entry]) -> Entry:
    return crowd(THREADS, make())


_LIMITERS = {
    "limits, fixed window": partial(of_limits, "FixedWindowRateLimiter", MANY),
    "pyrate-limiter": partial(of_pyrate, MANY),
}

RACES = (
    Race(
        "try_acquire of one token that is there, by one thread",
        "a try_acquire",
        _alone,
        tuple(Peer(name, make) for name, make in _LIMITERS.items()),
    ),
    Race(
        f"The same by {THREADS} threads that share one bucket",
        "a try_acquire",
        lambda kata: _shared(partial(_alone, kata)),
        tuple(Peer(name, partial(_shared, make)) for name, make in _LIMITERS.items()),
        length=LENGTH,
    ),
)
