"""heap_check: a heap in use is sound after every call; what is overwritten has a name."""

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tests.test_native_differential import KATAS, modules, outcome, same

SIZE = 512
CALLS = st.lists(
    st.tuples(
        st.sampled_from(["malloc", "free", "realloc"]), st.integers(0, 7), st.integers(1, 90)
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def c() -> ModuleType:
    """The C reference, as a Python module."""
    return modules(KATAS["free_list_allocator"])[1]


@same
@given(steps=CALLS)
def test_the_heap_is_sound_after_every_call(
    c: ModuleType, steps: list[tuple[str, int, int]]
) -> None:
    heap, live = c.FreeListAllocator(SIZE), [0] * 8  # 0: none, which is refused
    for call, place, size in steps:
        if call == "malloc":
            live[place] = heap.malloc(size) or live[place]
        elif call == "free":
            outcome(heap.free, live[place])
            live[place] = 0
        else:
            moved = outcome(heap.realloc, live[place], size)
            live[place] = moved if type(moved) is int else live[place]
        assert heap.check() is None, f"after {call} of {size}"


# The other failures are of the heap's own fields, which do not lie in its memory.
NAMES = (
    "blocks do not tile the heap",
    "a block is wrong about the one before it",
    "two free blocks are neighbours",
    "the last word of a free block is not its size",
    "a list of free blocks is broken",
)


def in_use_and_free(allocator: Any) -> list[range]:
    """Blocks in use, with a free one between them; where the payloads in use are."""
    payloads = [allocator.malloc(40) for _ in range(5)]
    for free in (payloads.pop(3), payloads.pop(1)):
        allocator.free(free)
    return [range(ptr, ptr + 40) for ptr in payloads]


def test_what_is_overwritten_has_a_name(c: ModuleType) -> None:
    """Each bit of the memory is flipped and put back: no payload's matters, and bookkeeping's have names."""
    heap = c.FreeListAllocator(SIZE)
    payloads = in_use_and_free(heap)
    seen: set[str | None] = set()
    for place in range(SIZE):
        for bit in range(8):
            heap.memory[place] ^= 1 << bit
            name = heap.check()
            heap.memory[place] ^= 1 << bit
            if any(place in payload for payload in payloads):
                assert name is None, f"byte {place} is a payload's: {name}"
            seen.add(name)
    assert heap.check() is None
    assert seen == {None, *NAMES}
