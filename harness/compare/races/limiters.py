"""PyPI's rate limiters, for whoever compares with them; the extra `compare` installs both."""

from functools import partial
from importlib import import_module

from harness.compare.race import Entry, again

WHO = "kata"
MANY = 10**9  # a second: all are granted


def of_limits(strategy: str, limit: int) -> Entry:
    """One key of `limits`, in memory, under one of its strategies."""
    limits = import_module("limits")
    storage = import_module("limits.storage").MemoryStorage()
    limiter = getattr(import_module("limits.strategies"), strategy)(storage)
    item = limits.RateLimitItemPerSecond(limit)
    return Entry(again(partial(limiter.hit, item, WHO)), storage.timer.cancel)


def of_pyrate(limit: int) -> Entry:
    """pyrate-limiter's bucket in memory; its log is exact, so it keeps what it granted."""
    pyrate = import_module("pyrate_limiter")
    bucket = pyrate.InMemoryBucket([pyrate.Rate(limit, pyrate.Duration.SECOND)])
    limiter = pyrate.Limiter(bucket)
    ask = partial(limiter.try_acquire, WHO, blocking=False)
    return Entry(again(ask), partial(limiter.dispose, bucket))
