"""bump_allocator: alloc of 24 bytes until the arena is full, then a reset."""

from collections.abc import Callable
from itertools import repeat
from typing import Any

from harness.compare.race import Entry, Peer, Race, Work

CAPACITY = 1 << 20
SIZE = 24


def _until_full(alloc: Callable[[int], int | None], reset: Callable[[], None]) -> Work:
    def work(count: int) -> None:
        for _ in repeat(None, count):
            if alloc(SIZE) is None:
                reset()

    return work


def _arena(kata: Any) -> Entry:
    arena = kata.Arena(CAPACITY)
    return Entry(_until_full(arena.alloc, arena.reset))


def _arithmetic() -> Entry:
    """What alloc computes, with no call, no check and no object around it."""
    cursor = 0

    def work(count: int) -> None:
        nonlocal cursor
        used, align = cursor, 8
        for _ in repeat(None, count):
            start = (used + align - 1) & -align
            end = start + SIZE
            used = 0 if end > CAPACITY else end
        cursor = used

    return Entry(work)


RACES = (
    Race(
        f"alloc({SIZE}) until {CAPACITY:,} bytes are full, then reset",
        "an alloc",
        _arena,
        (Peer("the bare arithmetic", _arithmetic),),
    ),
)
