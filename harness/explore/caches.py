"""`functools.lru_cache` and `cached_property`, with others let in where CPython lets them in.

Each looks for a value, calls a function if there is none and then keeps what that returned. Two threads may
both find nothing; only 3.11's `cached_property` holds a lock meanwhile.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from harness.explore import locks
from harness.explore.hooks import POINTED
from harness.explore.sites import Site, SiteTable


def caches(sites: SiteTable) -> dict[str, Any]:
    """What stands in `functools` in their place."""
    site = sites.add(Site(functools.__file__, 1, "cache", "functools"))
    read, write = POINTED["_k_read"], POINTED["_k_write"]

    def lru_cache(maxsize: Any = 128, typed: bool = False) -> Any:
        if callable(maxsize):
            return lru_cache()(maxsize)
        keep = functools.lru_cache(maxsize, typed)

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            def compute(*args: Any, **kwargs: Any) -> Any:
                value = function(*args, **kwargs)
                write(computed, "cache", site)
                return value

            computed = keep(compute)

            @functools.wraps(function)
            def call(*args: Any, **kwargs: Any) -> Any:
                return read(computed, "cache", site)(*args, **kwargs)

            for name in ("cache_info", "cache_clear", "cache_parameters"):
                setattr(call, name, getattr(computed, name))
            return call

        return decorate

    class cached_property(functools.cached_property[Any]):  # noqa: N801 - its name in `functools`
        def __init__(self, function: Callable[[Any], Any]) -> None:
            @functools.wraps(function)
            def computed(instance: Any) -> Any:
                value = function(instance)
                write(instance, self.attrname, site)
                return value

            super().__init__(computed)
            if hasattr(self, "lock"):  # until 3.11
                self.lock = locks.RLock()

    return {
        "lru_cache": lru_cache,
        "cache": lru_cache(maxsize=None),
        "cached_property": cached_property,
    }
