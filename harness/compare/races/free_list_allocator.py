"""free_list_allocator: free one of many blocks and allocate another size, in a random order."""

import random
from collections.abc import Callable
from itertools import cycle, islice
from typing import Any

from harness.compare.race import Entry, Peer, Race, Work

LIVE = 1000
SMALLEST, LARGEST = 16, 4096
HEAP = 2 * LIVE * LARGEST  # some four times what is in use
SEED = 4  # all have the same sizes in the same order
STEPS = 8191


def _churn(malloc: Callable[[int], object], free: Callable[[Any], object]) -> Work:
    dice = random.Random(SEED)
    blocks = [malloc(dice.randint(SMALLEST, LARGEST)) for _ in range(LIVE)]
    plan = [(dice.randrange(LIVE), dice.randint(SMALLEST, LARGEST)) for _ in range(STEPS)]
    endless = cycle(plan)

    def work(count: int) -> None:
        for place, size in islice(endless, count):
            free(blocks[place])
            blocks[place] = malloc(size)

    return work


def _heap(kata: Any) -> Entry:
    heap = kata.FreeListAllocator(HEAP)
    return Entry(_churn(heap.malloc, heap.free))


def _drop(_block: object) -> None:
    """CPython frees the bytearray when the next one takes its place."""


RACES = (
    Race(
        f"free and malloc again, {SMALLEST} to {LARGEST:,} bytes, {LIVE:,} blocks in use",
        "a free and a malloc",
        _heap,
        (Peer("CPython's bytearray", lambda: Entry(_churn(bytearray, _drop))),),
        calls=2.0,
    ),
)
