"""What the suite demands of a malloc, level by level, as the README promises it.

`Heap` runs an allocator and watches it: every payload is filled with bytes of its own, and after each
call all bytes of all payloads are looked at. It keeps the calls as code, so that whatever fails shows
the calls that lead to it, ready to be pasted, and a picture of the heap. What to call in what order is
also left to Hypothesis, by state machines, which find the shortest such sequence.

How a block is built is not looked at: headers may stand before or behind the payload, blocks may be
carved from either end of the heap. What must fit is worked out from the most that the contract lets a
block cost, and what is free between two payloads from the least that this leaves.
"""

import collections
import contextlib
import itertools
import keyword
import random
import string
import struct
import sys
import threading
import types

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from harness.machine import Machine

level = pytest.mark.level
explore = pytest.mark.explore
stress = pytest.mark.stress
machine = pytest.mark.machine
plain = pytest.mark.plain  # on the candidate as it is, not simulated: for what takes long

BOOKKEEPING = 64  # bytes of heap, in all, that may serve no block
SUPPRESS = "from contextlib import suppress"
LEAST = 32  # bytes: what cannot stand alone below this may go with a block
BYTES = bytes(range(256))
LETTERS = string.ascii_lowercase
PAIRS = [first + second for first in LETTERS for second in LETTERS]
NAMES = [*LETTERS, *(pair for pair in PAIRS if not keyword.iskeyword(pair))]


def cost(size):
    """The most bytes of heap that a request may take."""
    return max(LEAST, -(-size // 8) * 8 + 16)


def filling(step, length):
    """Bytes that a payload is filled with: no two blocks have the same steps, no two neighbours are equal."""
    once = (BYTES * (step + 1))[step::step][:256]
    return (once * (length // 256 + 1))[:length]


class Block:
    """A payload that is in use: where it is, and what was written to it."""

    def __init__(self, name, ptr, content):
        self.name = name
        self.ptr = ptr
        self.content = content
        self.end = ptr + len(content)


class Heap:
    """An allocator, what it has handed out, and the calls as code: in a `script`, where others show it."""

    def __init__(self, kata, size, script=None):
        self.lines = [] if script is None else script
        self.shown = script is not None
        self.lines.append(f"heap = FreeListAllocator({size})")
        self.size = size
        self.live = {}
        self.freed = []  # what pointed to a block
        self.made = 0
        self.steps = itertools.cycle(range(1, 256, 2))
        self.allocator = kata.FreeListAllocator(size)
        self.memory = self.allocator.memory

    # -- calls ---------------------------------------------------------------------------------

    def malloc(self, size):
        """The name of the new block, or None."""
        name = NAMES[self.made]
        self.lines.append(f"{name} = heap.malloc({size})")
        ptr = self.allocator.malloc(size)
        return self.came(name, ptr, size, b"")

    def free(self, name):
        block = self.live.pop(name)
        self.freed.append(block.ptr)
        self.lines.append(f"heap.free({name})")
        self.allocator.free(block.ptr)
        self.look()

    def realloc(self, name, size):
        """The block's new name if it was done, else None; `name` None means realloc(None, size)."""
        new = NAMES[self.made]
        self.lines.append(f"{new} = heap.realloc({name}, {size})")
        if name is None:
            return self.came(new, self.allocator.realloc(None, size), size, b"")
        old = self.live.pop(name)
        stays = self.fits_in_place(old, size)
        ptr = self.allocator.realloc(old.ptr, size)
        if ptr is None:
            self.live[name] = old
        came = self.came(new, ptr, size, old.content[:size])
        self.promise(
            not stays or ptr == old.ptr,
            f"realloc of {name} from {len(old.content)} to {size} bytes, which can be done in place at "
            f"{old.ptr}, returned {ptr}",
        )
        return came

    def refuses(self, method, *arguments):
        """The call must raise ValueError and change nothing."""
        text = f"heap.{method}({', '.join(map(repr, arguments))})"
        if SUPPRESS not in self.lines:
            self.lines.insert(0, SUPPRESS)
        self.lines.append(f"with suppress(ValueError): {text}")
        try:
            seen = getattr(self.allocator, method)(*arguments)
        except ValueError:
            pass
        else:
            self.promise(False, f"{text} returned {seen!r}; it has to raise ValueError")
        self.look()

    def came(self, name, ptr, size, kept):
        """A pointer came back: what is it worth? Fills the payload."""
        self.lines[-1] += f"  # {ptr!r}"
        if ptr is None:
            self.look()
            return None
        self.promise(type(ptr) is int, f"{ptr!r} was returned, which is no int")
        self.promise(ptr % 8 == 0, f"a payload starts at {ptr}, which is no multiple of 8")
        self.promise(
            ptr >= 0 and ptr + size <= self.size,
            f"a payload of {size} bytes at {ptr} is not inside the heap of {self.size} bytes",
        )
        for other in self.live.values():
            self.promise(
                ptr >= other.end or ptr + size <= other.ptr,
                f"the new payload, {ptr} to {ptr + size - 1}, overlaps {other.name}, "
                f"{other.ptr} to {other.end - 1}",
            )
        self.promise(
            self.memory[ptr : ptr + len(kept)] == kept,
            f"realloc lost some of the first {len(kept)} bytes",
        )
        self.made += 1
        content = kept + filling(next(self.steps), size - len(kept))
        self.memory[ptr : ptr + size] = content
        self.live[name] = Block(name, ptr, content)
        self.look()
        return name

    # -- what must hold ---------------------------------------------------------------------------

    def look(self):
        """Every byte of every payload is as it was written."""
        self.promise(
            self.allocator.memory is self.memory and len(self.memory) == self.size,
            f"memory is no longer the same bytearray of {self.size} bytes",
        )
        for block in self.live.values():
            if self.memory[block.ptr : block.end] != block.content:
                pairs = zip(block.content, self.memory[block.ptr : block.end], strict=True)
                at = next(number for number, (was, now) in enumerate(pairs) if was != now)
                self.promise(
                    False, f"byte {at} of {block.name}, at {block.ptr + at}, has been overwritten"
                )

    def room(self):
        """The largest cost that certainly fits: between two payloads, less what may be theirs."""
        best, end, charge = 0, 0, 0
        for block in [*sorted(self.live.values(), key=lambda block: block.ptr), None]:
            start, mine = self.size, 0
            if block:
                start = block.ptr
                mine = cost(len(block.content)) - len(block.content) + LEAST - 1
            best = max(best, start - end - charge - mine - BOOKKEEPING)
            end, charge = (block.end, mine) if block else (end, charge)
        return best

    def fits_in_place(self, block, size):
        """Whether a block shrinks, or may certainly grow into what is free between it and the next payload."""
        after = [other for other in self.live.values() if other.ptr > block.ptr]
        start, charge = self.size, BOOKKEEPING + 2 * 8
        if after:
            other = min(after, key=lambda other: other.ptr)
            start = other.ptr
            charge += cost(len(other.content)) - len(other.content) + LEAST - 1
        grown = block.ptr + -(-size // 8) * 8 + charge <= start
        return 1 <= size < len(block.content) or (size > len(block.content) and grown)

    def needs(self, name, size):
        """The call that gave `name` for `size` bytes must not have failed, if there certainly is room."""
        room = self.room()
        self.promise(
            name is not None or cost(size) > room,
            f"{size} bytes, which may cost {cost(size)}, were refused; between the payloads at least "
            f"{room} bytes are free in one piece",
        )

    def must(self, name, why):
        """The call just made has to have succeeded."""
        self.promise(name is not None, why)
        return name

    def free_all(self):
        for name in list(self.live):
            self.free(name)

    def promise(self, kept, broken):
        assert kept, "\n".join([broken, "", *self.calls(), self.draw()])

    def calls(self):
        return [] if self.shown else [*("    " + line for line in self.lines), ""]

    def draw(self):
        """The heap, piece by piece: payloads by name, what lies between them without."""
        rows, at = ["    the heap now, payloads by name (between them: headers, or free):"], 0
        for block in sorted(self.live.values(), key=lambda block: block.ptr):
            rows += self.piece(at, block.ptr, ".")
            rows += self.piece(block.ptr, block.end, block.name)
            at = max(at, block.end)
        return "\n".join(rows + self.piece(at, self.size, "."))

    def piece(self, start, end, name):
        if start >= end:
            return []
        length = end - start
        bar = "|" + name[0] * min(-(-length // 8), 48) + "|"
        return [f"    {start:6} ..{end - 1:6}  {length:6} bytes  {name:2} {bar}"]


def largest(kata, size):
    """The largest request that fits a new heap."""
    allocator = kata.FreeListAllocator(size)
    fits = next((n for n in range(size, 0, -1) if allocator.malloc(n) is not None), 0)
    assert fits, f"malloc(1) of a new heap of {size} bytes returned None"
    return fits


def filled(kata, size, *sizes):
    """A heap in which blocks of these sizes lie, and nothing else fits; their names by address."""
    heap = Heap(kata, size)
    for request in sizes:
        heap.must(heap.malloc(request), f"{request} bytes do not fit into a heap with enough room")
    wanted = list(heap.live)
    for request in (64, 16, 8, 1):
        while heap.malloc(request):
            pass
    return heap, sorted(wanted, key=lambda name: heap.live[name].ptr)


def by_address(heap):
    return sorted(heap.live, key=lambda name: heap.live[name].ptr)


def row(heap, names, count):
    """`count` of these blocks that lie side by side; carved from both ends, not all of them do."""
    order = by_address(heap)
    rows = (order[start : start + count] for start in range(len(order)))
    return next(found for found in rows if set(found) <= set(names))


def pair(heap, names, first, after=None):
    """Of these blocks two that lie side by side, in the midst of the heap, of these sizes."""
    found = []
    for two in itertools.pairwise(by_address(heap)):
        sizes = [len(heap.live[name].content) for name in two]
        if set(two) <= set(names) and sizes == [first, after or sizes[1]]:
            found.append(two)
    return found[len(found) // 2]


# -- level 1: core ---------------------------------------------------------------------------------


@level(1)
@pytest.mark.parametrize("size", [96, 97, 100, 256, 1001])
def test_memory_is_the_heap_and_stays_it(kata, size):
    """memory is a bytearray of heap_size bytes, the same one for ever, and blocks lie inside it."""
    heap = Heap(kata, size)
    assert isinstance(heap.memory, bytearray), (
        f"memory is a {type(heap.memory).__name__}, not a bytearray"
    )
    heap.look()
    heap.must(heap.malloc(8), "malloc(8) of a new heap returned None")
    while heap.malloc(8):
        pass


@level(1)
@pytest.mark.parametrize("size", [31, 8, 1, 0, -1, -4096])
def test_a_heap_below_32_bytes_raises_ValueError(kata, size):
    """A heap of fewer than 32 bytes raises ValueError."""
    try:
        allocator = kata.FreeListAllocator(size)
    except ValueError:
        return
    raise AssertionError(f"FreeListAllocator({size}) made a heap of {len(allocator.memory)} bytes")


@level(1)
@pytest.mark.parametrize("size", [1, 7, 8, 9, 15, 16, 17, 31, 40, 100])
def test_payloads_keep_their_bytes_while_others_come_and_go(kata, size):
    """Payloads overlap neither each other nor any metadata: every byte stays as it was written."""
    heap = Heap(kata, 640)
    names = [heap.malloc(size) for _ in range(4)]
    for name in filter(None, names[1::2]):
        heap.free(name)
    for request in (size, 2 * size, 1):
        heap.malloc(request)
    heap.free_all()
    heap.must(heap.malloc(size), f"all blocks are freed, but malloc({size}) returned None")


@level(1)
def test_a_request_that_does_not_fit_returns_None_and_changes_nothing(kata):
    """No fit: None, and nothing changed."""
    heap = Heap(kata, 256)
    for request in (257, 256, 1 << 20, sys.maxsize, 1 << 64):
        if heap.malloc(request):
            heap.promise(False, f"malloc({request}) of a heap of 256 bytes did not return None")
    heap.must(heap.malloc(64), "after requests that were too large malloc(64) returned None")
    for request in (256, 200, sys.maxsize):
        heap.malloc(request)
    heap.free_all()
    heap.must(heap.malloc(64), "a freed block of 64 bytes cannot be had again")


@level(1)
@pytest.mark.parametrize("size", [0, -1, -8, -(1 << 64)])
def test_a_size_below_1_raises_ValueError_and_changes_nothing(kata, size):
    """size < 1 raises ValueError, whether or not there is room, and changes nothing."""
    heap = Heap(kata, 128)
    heap.refuses("malloc", size)
    heap.must(heap.malloc(24), "malloc(24) of a heap of 128 bytes returned None")
    while heap.malloc(1):
        pass
    heap.refuses("malloc", size)


@level(1)
@pytest.mark.parametrize("size", [8, 16])
def test_a_freed_block_can_be_used_again_and_again(kata, size):
    """A freed block can be used again, any number of times."""
    heap = Heap(kata, 96)
    name = heap.must(heap.malloc(size), f"malloc({size}) of a new heap of 96 bytes returned None")
    while heap.malloc(size):
        pass
    for _ in range(40):
        heap.free(name)
        name = heap.must(heap.malloc(size), f"{size} bytes were freed, but cannot be had again")


@level(1)
def test_whichever_block_is_freed_can_be_used_again(kata):
    """Every freed block can be used again, the first and the last one, too, in any order."""
    heap = Heap(kata, 512)
    while heap.malloc(48):
        pass
    names = list(heap.live)
    for order in (names, names[::-1], names[1::2] + names[::2]):
        order = [name for name in order if name in heap.live]
        for name in order:
            heap.free(name)
        for _ in order:
            heap.must(
                heap.malloc(48), "as many blocks of 48 bytes were freed as are asked for again"
            )
        names = list(heap.live)


@level(1)
@plain
def test_a_heap_of_16_megabytes_is_one_like_any_other(kata):
    """Sizes have no limit of their own: large blocks can be had, freed and had again, and cost no more."""
    heap = Heap(kata, 1 << 24)
    sizes = [9 << 20, 1000, 5 << 20, 1 << 17]
    spent = BOOKKEEPING + sum(map(cost, sizes))
    sizes.append((1 << 24) - spent - 16)
    for order in (1, -1):
        a, _, b, *_ = [
            heap.must(heap.malloc(size), f"{size} bytes do not fit into a heap with enough room")
            for size in sizes
        ]
        for name in (a, b)[::order]:
            heap.free(name)
        for size in (sizes[0] - 2000, sizes[2], 1900):
            heap.must(heap.malloc(size), f"{size} bytes were freed, but cannot be had again")
        heap.free_all()


@level(4)
@plain
@pytest.mark.parametrize(("old", "new"), [(5000, 9000), (100_003, 150_000)])
def test_realloc_keeps_all_bytes_of_a_large_block(kata, old, new):
    """realloc keeps the first min(old, new) bytes, however many these are."""
    heap = Heap(kata, 1 << 19)
    _, block, _ = [heap.malloc(size) for size in (8, old, 8)]
    heap.must(
        heap.realloc(block, new), f"realloc to {new} bytes was refused in a nearly empty heap"
    )
    heap.free_all()


@level(1)
def test_free_None_does_nothing(kata):
    """free(None) does nothing."""
    heap = Heap(kata, 128)
    for _ in range(2):
        heap.lines.append("heap.free(None)")
        heap.allocator.free(None)
        heap.look()
        heap.must(heap.malloc(8), "malloc(8) returned None") if not heap.live else None


@level(1)
@pytest.mark.parametrize("size", [128, 640])
def test_two_heaps_share_nothing(kata, size):
    """Two allocators share nothing: neither memory nor free blocks, be they of one size or not."""
    first, second = Heap(kata, size), Heap(kata, 640)
    a = first.must(first.malloc(40), f"malloc(40) of a heap of {size} bytes returned None")
    while first.malloc(1):
        pass
    b = second.must(
        second.malloc(300), "another heap is full, and this empty one refuses 300 bytes"
    )
    first.look()
    first.free(a)
    second.look()
    first.must(first.malloc(40), "40 bytes were freed, but cannot be had again beside another heap")
    second.free(b)
    first.look()
    second.must(
        second.malloc(300), "300 bytes were freed, but cannot be had again beside another heap"
    )
    first.look()


SIZES = st.one_of(st.integers(1, 24), st.integers(1, 200))
NUMBERS = st.integers(0, 6)


class Filling(Machine):
    """A heap that is watched while it is filled: every payload keeps every byte."""

    def __init__(self, kata):
        super().__init__()
        self.kata = kata

    @initialize(size=st.integers(96, 800))
    def make(self, size):
        self.heap = Heap(self.kata, size, self.script)

    @rule(size=SIZES)
    def malloc(self, size):
        self.judge(self.heap.malloc(size), size)

    def judge(self, name, size):
        """Whether it was right to give a block, or None; here it always is."""


class Freeing(Filling):
    """As before, and any block may be freed."""

    @precondition(lambda self: self.heap.live)
    @rule(number=NUMBERS)
    def free(self, number):
        self.heap.free(self.pick(number))

    def pick(self, number):
        return list(self.heap.live)[number % len(self.heap.live)]


@level(1)
@machine(examples=40, steps=20)
def test_whatever_is_called_every_byte_stays(kata):
    """Whatever is allocated and freed, in whatever order, every payload keeps every byte."""
    return Freeing(kata)


CONTAINERS = (list, tuple, set, frozenset, collections.deque)
LIST_ITERATOR = type(iter([]))


def content_of(cell):
    """What a closure's variable holds, if it has been set."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def inside(thing, module):
    """What an object refers to, as far as it can hold data of the module's making."""
    match thing:
        case dict():
            found = [*thing.keys(), *thing.values()]
        case types.FunctionType():
            if thing.__globals__ is not module:
                return
            found = [thing.__defaults__, thing.__kwdefaults__]
            found += filter(None, map(content_of, thing.__closure__ or ()))
        case types.MethodType():
            found = [thing.__self__, thing.__func__]
        case types.BuiltinMethodType() | types.MethodWrapperType():
            found = [thing.__self__]
        case classmethod() | staticmethod():
            found = [thing.__func__]
        case property():
            found = [thing.fget, thing.fset, thing.fdel]
        case memoryview():
            found = [thing.obj]
        case _ if type(thing) is LIST_ITERATOR:
            found = [thing.__reduce__()[1]]
        case type():
            if thing.__module__ != module["__name__"]:
                return
            found = [
                vars(thing)[name] for name in vars(thing) if name not in ("__dict__", "__weakref__")
            ]
        case types.GeneratorType():
            found = list(thing.gi_frame.f_locals.values()) if thing.gi_frame else []
        case _:
            found = list(thing) if isinstance(thing, CONTAINERS) else []
            found += [getattr(thing, name, None) for name in ("func", "args", "keywords")]
    yield from found
    for kind in type(thing).__mro__:
        for name in [slots] if isinstance(slots := vars(kind).get("__slots__", ()), str) else slots:
            yield getattr(thing, name, None)
    if not isinstance(thing, type):
        yield getattr(thing, "__dict__", None)


def bytes_outside(kata, allocator):
    """How much is reachable from the allocator, its class and its module, without `memory` itself."""
    module = vars(kata)
    todo = [allocator, type(allocator)]
    todo += [value for name, value in module.items() if not name.startswith("__")]
    seen, total = {}, 0
    while todo:
        thing = todo.pop()
        if id(thing) in seen or isinstance(thing, types.ModuleType):
            continue
        seen[id(thing)] = thing
        if thing is not allocator.memory:
            total += sys.getsizeof(thing)
            if hasattr(
                type(thing), "cache_info"
            ):  # of functools.lru_cache; what it keeps is not shown
                total += 64 * thing.cache_info().currsize
        elif type(thing) is bytearray:
            continue
        todo += inside(thing, module)
    return total


@level(1)
@plain
def test_metadata_lives_in_memory(kata):
    """Outside of memory there is a fixed number of scalars, however many blocks there are."""
    little = kata.FreeListAllocator(1 << 16)
    some = [little.malloc(600) for _ in range(4)]
    little.free(some[0])
    allowed = bytes_outside(kata, little) + 3072
    large = kata.FreeListAllocator(1 << 23)
    blocks = [ptr for _ in range(1100) if (ptr := large.malloc(600)) is not None]
    full = bytes_outside(kata, large)
    for ptr in blocks[::2]:
        large.free(ptr)
    holes = bytes_outside(kata, large)
    seen = max(full, holes) - allowed + 3072
    assert seen <= 3072, (
        f"with {len(blocks)} blocks in a heap of 8 MiB the allocator keeps {seen} bytes more outside "
        "of memory than with 4 blocks in one of 64 KiB: metadata belongs into memory"
    )


# -- level 2: splitting ------------------------------------------------------------------------------


@level(2)
@pytest.mark.parametrize("size", [1, 8, 15, 16, 17, 24, 33, 40, 100, 250])
@pytest.mark.parametrize("heap_size", [96, 1000, 1024])
def test_a_small_request_takes_only_what_it_needs(kata, heap_size, size):
    """n bytes cost at most max(32, n in whole words + 16), and the heap itself at most 64."""
    heap = Heap(kata, heap_size)
    fit = (heap_size - BOOKKEEPING) // cost(size)
    for number in range(fit):
        heap.must(
            heap.malloc(size),
            f"{fit} blocks of {size} bytes, at most {cost(size)} each, fit into {heap_size} bytes "
            f"less {BOOKKEEPING}; number {number + 1} was refused",
        )


@level(2)
@pytest.mark.parametrize("size", [515, 1000, 2050])
def test_a_large_request_takes_only_what_it_needs(kata, size):
    """What a request costs beyond its bytes does not grow with them."""
    heap, fit = Heap(kata, 1 << 14), ((1 << 14) - BOOKKEEPING) // cost(size)
    for number in range(fit):
        heap.must(
            heap.malloc(size),
            f"{fit} blocks of {size} bytes, at most {cost(size)} each, fit into 16384 bytes "
            f"less {BOOKKEEPING}; number {number + 1} was refused",
        )


@level(2)
def test_what_remains_of_a_large_block_is_free(kata):
    """A remainder of 32 bytes or more stays free, however small a part of the block it is."""
    heap, (large,) = filled(kata, 8192, 6000)
    heap.free(large)
    heap.must(heap.malloc(5880), "a block of 6000 bytes was freed, but 5880 were refused")
    heap.must(
        heap.malloc(96),
        "of a free block for 6000 bytes 5880 were taken, at least 120 are left over; 96 were refused",
    )


@level(2)
@pytest.mark.parametrize("size", [1, 16, 24, 40, 88])
def test_a_freed_block_is_split_for_small_requests(kata, size):
    """A small request takes only what it needs of a large free block, not the whole of it."""
    heap, (large,) = filled(kata, 1024, 400)
    heap.free(large)
    fit = 400 // cost(size)
    for number in range(fit):
        heap.must(
            heap.malloc(size),
            f"a block of 400 bytes was freed, and {fit} of {size} bytes, at most {cost(size)} each, "
            f"fit into it; number {number + 1} was refused",
        )


@level(2)
def test_both_parts_of_a_split_block_can_be_freed_and_used(kata):
    """After a split, each part has its own size: both can be freed and used again."""
    heap, (large,) = filled(kata, 1024, 400)
    heap.free(large)
    small = heap.must(heap.malloc(40), "40 bytes do not fit into a freed block of 400")
    rest = heap.must(heap.malloc(280), "40 and 280 bytes do not fit into a freed block of 400")
    heap.free(small)
    small = heap.must(heap.malloc(40), "40 bytes were freed, but cannot be had again")
    heap.free(rest)
    rest = heap.must(heap.malloc(280), "280 bytes were freed, but cannot be had again")
    heap.free(rest)
    heap.free(small)
    heap.must(heap.malloc(280), "280 and 40 bytes were freed, but 280 cannot be had again")
    heap.must(heap.malloc(40), "280 and 40 bytes were freed, but 40 cannot be had again")


class Counting(Filling):
    """As before; the costs say what must fit."""

    def judge(self, name, size):
        spent = sum(cost(len(block.content)) for block in self.heap.live.values())
        left = self.heap.size - BOOKKEEPING - spent
        self.heap.promise(
            name is not None or cost(size) > left,
            f"malloc({size}), which may cost {cost(size)}, was refused with {left} bytes left",
        )


@level(2)
@machine(examples=30, steps=16)
def test_requests_are_refused_only_when_the_heap_is_used_up(kata):
    """As long as the costs sum up to no more than the heap has, no request is refused."""
    return Counting(kata)


# -- level 3: coalescing -----------------------------------------------------------------------------


@level(3)
@pytest.mark.parametrize("size", [96, 100, 512, 1000])
def test_when_all_is_freed_in_any_order_the_largest_request_fits_again(kata, size):
    """When everything has been freed, in any order, the largest request that fitted a new heap fits."""
    most = largest(kata, size)
    for order in itertools.permutations(range(4)):
        heap = Heap(kata, size)
        names = [heap.malloc(max(1, size // 8)) for _ in range(4)]
        for number in order:
            if names[number]:
                heap.free(names[number])
        heap.must(
            heap.malloc(most),
            f"a new heap had room for {most} bytes, and all blocks are freed, but they were refused",
        )


@level(3)
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_neighbouring_free_blocks_act_as_one(kata, order):
    """A free block is one with the free one before it, the one behind it, or both."""
    heap, names = filled(kata, 1200, *[120] * 7)
    three = row(heap, names, 3)
    for number in order:
        heap.free(three[number])
    heap.must(
        heap.malloc(360), "three neighbours of 120 bytes are free, but 360 bytes were refused"
    )
    heap.free_all()


@level(3)
def test_what_was_coalesced_can_be_split_again(kata):
    """Blocks may be split and coalesced over and over, and nothing gets lost."""
    most = largest(kata, 400)
    heap = Heap(kata, 400)
    for size in (1, 20, 30, 64, 100, 140):
        names = []
        while name := heap.malloc(size):
            names.append(name)
        for name in names[::2] + names[1::2]:
            heap.free(name)
        heap.must(
            heap.malloc(most),
            f"a new heap had room for {most} bytes, and all blocks are freed, but they were refused",
        )
        heap.free_all()


class Coalescing(Freeing):
    """As before; what is free between two payloads must fit, and all of it when everything is freed."""

    def judge(self, name, size):
        self.heap.needs(name, size)

    @precondition(lambda self: len(self.heap.freed) > 2 and self.heap.live)
    @rule()
    def free_all(self):
        settle(self.heap, largest(self.kata, self.heap.size))
        self.heap.free_all()


@level(3)
@machine(examples=40, steps=20)
def test_no_request_is_refused_that_fits_between_the_payloads(kata):
    """Free neighbours act as one after any sequence of calls: what fits is not refused."""
    return Coalescing(kata)


# -- level 4: hardening and realloc ------------------------------------------------------------------


def all_but_live(heap):
    """Every offset in and around the heap at which no block in use starts."""
    starts = {block.ptr for block in heap.live.values()}
    around = [-(1 << 64), -heap.size, heap.size + 8, 1 << 63, 1 << 64]
    return [ptr for ptr in [*around, *range(-9, heap.size + 2)] if ptr not in starts]


@level(4)
def test_freeing_what_malloc_did_not_return_raises_ValueError(kata):
    """Any offset at which no block in use starts is refused, and changes nothing."""
    heap = Heap(kata, 256)
    a = heap.malloc(24)
    heap.malloc(33)
    heap.malloc(8)
    heap.free(a)
    for ptr in all_but_live(heap):
        heap.refuses("free", ptr)
        heap.lines.pop()
    for ptr in (*range(-1, heap.size, 5), *range(0, heap.size, 8)):
        if ptr in all_but_live(heap):
            for size in (8, 1 << 20):
                heap.refuses("realloc", ptr, size)
                heap.lines.pop()
    most = largest(kata, 256)
    heap.free_all()
    heap.must(heap.malloc(most), "after bad calls of free the heap has lost some of its room")


@level(4)
def test_freeing_twice_raises_ValueError_and_changes_nothing(kata):
    """A block can be freed once, whatever has become of it and its neighbours since."""
    most = largest(kata, 512)
    for order in itertools.permutations(range(3)):
        heap = Heap(kata, 512)
        names = [heap.malloc(40) for _ in range(4)]
        freed = []
        for number in order:
            freed.append(heap.live[names[number]].ptr)
            heap.free(names[number])
            for ptr in freed:
                heap.refuses("free", ptr)
                heap.refuses("realloc", ptr, 8)
        heap.malloc(100)
        for ptr in freed:
            if ptr not in [block.ptr for block in heap.live.values()]:
                heap.refuses("free", ptr)
        heap.free_all()
        for ptr in freed:
            heap.refuses("free", ptr)
        heap.must(heap.malloc(most), "after double frees the heap has lost some of its room")


@level(4)
def test_a_payload_that_looks_like_a_block_is_not_taken_for_one(kata):
    """What callers write proves nothing: copies of real headers inside a payload are no blocks."""
    heap = Heap(kata, 1024)
    names = [heap.malloc(size) for size in (40, 40, 256, 40)]
    blocks = [heap.live[name] for name in names]
    for original in (blocks[0], blocks[1], blocks[3]):
        around = bytes(heap.memory[max(original.ptr - 16, 0) : original.end + 16])
        big = blocks[2]
        big.content = (bytes(-original.ptr % 16) + around * 8)[: len(big.content)]
        heap.memory[big.ptr : big.end] = big.content
        for ptr in range(big.ptr + 8, big.end, 8):
            heap.refuses("free", ptr)
            heap.lines.pop()
    for word in (0, 1, 2, 3, 32, 33, 34, 35, 48, 49, 51, 1 << 32, (1 << 64) - 1):
        big.content = struct.pack("<Q", word) * (len(big.content) // 8)
        heap.memory[big.ptr : big.end] = big.content
        for ptr in (big.ptr + 8, big.ptr + 64, big.end - 8):
            heap.refuses("free", ptr)
            heap.lines.pop()
    heap.free_all()


@level(4)
def test_the_stale_header_of_a_freed_block_is_none(kata):
    """A pointer stays dead when its block becomes part of a larger one that is in use."""
    heap, names = filled(kata, 1024, *[48] * 8)
    four = row(heap, names, 4)
    dead = [heap.live[name].ptr for name in four]
    for name in four:
        heap.free(name)
    before = bytes(heap.memory)
    large = heap.must(
        heap.malloc(200), "four neighbours of 48 bytes are free, but 200 were refused"
    )
    block = heap.live[large]
    block.content = before[block.ptr : block.end]  # as a caller who writes nothing would leave it
    heap.memory[block.ptr : block.end] = block.content
    for ptr in dead:
        if ptr != block.ptr:
            heap.refuses("free", ptr)


@level(4)
def test_a_pointer_of_another_heap_is_none_of_this_one(kata):
    """Two allocators share nothing: what one of them returned, the other one refuses."""
    first = Heap(kata, 256)
    second = Heap(kata, 256, first.lines)
    first.lines[:] = ["one = FreeListAllocator(256)", "two = FreeListAllocator(256)"]
    ptr = first.allocator.malloc(24)
    first.lines.append("a = one.malloc(24)")
    for call in ("free(a)", "realloc(a, 40)"):
        first.lines.append(f"two.{call}")
        try:
            second.allocator.free(ptr) if call == "free(a)" else second.allocator.realloc(ptr, 40)
        except ValueError:
            continue
        raise AssertionError(
            "\n    ".join([f"two.{call} did not raise ValueError", "", *first.lines])
        )
    first.allocator.free(ptr)


@level(4)
@plain
@pytest.mark.parametrize("form", ["<Q", ">Q", "<I", ">I"])
def test_a_payload_that_looks_free_is_not_taken_for_a_free_block(kata, form):
    """What callers write proves nothing: sizes and flags in a payload make it no free neighbour."""
    for word in itertools.chain(*(range(size, size + 4) for size in range(8, 136, 8))):
        heap = Heap(kata, 512)
        for name in [heap.malloc(120) for _ in range(3)]:
            block = heap.live[name]
            block.content = (struct.pack(form, word) * 30)[:120]
            heap.memory[block.ptr : block.end] = block.content
        heap.free(by_address(heap)[1])
        while heap.malloc(24):
            pass
        heap.free_all()
        heap.must(heap.malloc(360), "all blocks are freed, but 360 of 512 bytes were refused")


@level(4)
@plain
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_payload_that_holds_what_a_free_block_held_is_not_free(kata, side):
    """What callers write proves nothing: the bytes of a free block in a payload make it no free neighbour."""
    heap, _ = filled(kata, 2048, *[120, 48, 40, 56] * 4)
    order = by_address(heap)
    at, last = (
        [number for number, name in enumerate(order) if len(heap.live[name].content) == size][which]
        for size, which in ((120, 1), (40, -1))
    )
    big, free = order[at], order[last]
    if side == "before":  # as what follows a free block sees it, so will what follows `big`
        other, near = order[at + 1], order[last + 1]
        away = heap.live[near].ptr - heap.live[other].ptr
    else:
        other, near = order[at - 1], order[last - 1]
        away = heap.live[near].end - heap.live[other].end
    block = heap.live[big]
    heap.free(free)
    heap.lines.append(f"# {big} is written to as if it ended, or began, with what {free} left")
    block.content = bytes(heap.memory[max(0, block.ptr + away) : block.end + away])
    block.content = block.content.rjust(120) if side == "before" else block.content.ljust(120)
    heap.memory[block.ptr : block.end] = block.content
    heap.free(other)
    while heap.malloc(24):
        pass
    heap.free_all()
    heap.must(heap.malloc(largest(kata, 2048)), "all blocks are freed, but room has been lost")


@level(4)
@plain
def test_a_thousand_blocks_are_as_good_as_ten(kata):
    """However many blocks and sizes there are: each can be had, moved and had again, and memory knows all."""
    little = kata.FreeListAllocator(1 << 20)
    for _ in range(4):
        little.malloc(100)
    few = bytes_outside(kata, little) + 128 * 64  # a cache of 128 sizes is no metadata
    allocator = kata.FreeListAllocator(1 << 20)
    blocks = [allocator.malloc(100 + number % 300) for number in range(1100)]
    many = bytes_outside(kata, allocator)
    moved = [allocator.realloc(ptr, 500) for ptr in blocks[:64]]
    assert None not in blocks + moved, (
        "with 7 of 10 bytes of the heap still free a request was refused"
    )
    for ptr in range(-128, 0):
        with contextlib.suppress(ValueError):
            allocator.free(ptr)
    for size in (1 << 14, 1 << 10, 400, 100):
        while allocator.malloc(size) is not None:
            pass
    for ptr in blocks[65::4]:
        allocator.free(ptr)
    seen = max(many - few, bytes_outside(kata, allocator) - many)
    assert seen <= 3072, (
        f"as 1100 blocks of 300 sizes come, move and go, the allocator keeps {seen} bytes more outside of "
        "memory than before: metadata belongs into memory"
    )
    sizes = sorted((100 + number % 300 for number in range(65, 1100, 4)), reverse=True)
    for number, size in enumerate(sizes):
        assert allocator.malloc(size) is not None, (
            f"{len(sizes)} blocks were freed; {number} of them could be had again, the next one, of "
            f"{size} bytes, was refused"
        )


@level(4)
@pytest.mark.parametrize("old", [1, 8, 20, 64])
@pytest.mark.parametrize("new", [1, 9, 20, 64, 65, 150])
def test_realloc_keeps_the_first_bytes(kata, old, new):
    """realloc keeps the first min(old, new) bytes, in place or moved, and touches no other block."""
    for free_neighbour in (False, True):
        heap = Heap(kata, 1024)
        names = [heap.malloc(old) for _ in range(4)]
        by_address = sorted(names, key=lambda name: heap.live[name].ptr)
        if free_neighbour:
            heap.free(by_address[2])
        grown = heap.realloc(by_address[1], new)
        heap.must(grown, f"realloc of {old} bytes to {new} returned None in a nearly empty heap")
        heap.realloc(grown, old)
        heap.free_all()
        heap.must(heap.malloc(largest(kata, 1024)), "realloc has lost some of the heap")


@level(4)
def test_realloc_keeps_the_first_bytes_over_and_over(kata):
    """What realloc kept or added in place is kept as well when the block moves later."""
    heap = Heap(kata, 4096)
    name = heap.malloc(1)
    for size in (3, 16, 17, 24, 60, 9, 14, 64, 33, 40, 150, 90, 95, 300):
        heap.malloc(16)  # it may lie in the way
        name = heap.must(
            heap.realloc(name, size),
            f"realloc to {size} bytes returned None in a nearly empty heap",
        )
    heap.free_all()
    heap.must(heap.malloc(largest(kata, 4096)), "realloc has lost some of the heap")


@level(4)
def test_realloc_of_the_last_block_touches_nothing_behind_the_heap(kata):
    """The last block moves to a larger hole before it; memory stays as long as it was."""
    heap, _ = filled(kata, 1024, 64, 300, 64)
    last = by_address(heap)[-1]
    heap.free(next(name for name, block in heap.live.items() if len(block.content) == 300))
    if last in heap.live:
        heap.must(heap.realloc(last, 200), "300 bytes are free in one piece, 200 were refused")
    heap.free_all()


@level(4)
@pytest.mark.parametrize(
    ("before", "more"), [(120, 8), (120, 40), (120, 80), (120, 100), (40, 8), (40, 32)]
)
def test_realloc_beside_a_free_block_before_it_keeps_every_byte(kata, before, more):
    """Only the block before is free: realloc may move down into it or return None; all bytes stay."""
    heap, names = filled(kata, 2048, *[before, 120, 120, before] * 3)
    free, block = pair(heap, names, before, 120)
    heap.free(free)
    heap.realloc(block, 120 + more)
    heap.free_all()
    heap.must(heap.malloc(largest(kata, 2048)), "realloc has lost some of the heap")


@level(4)
def test_realloc_of_None_is_malloc(kata):
    """realloc(None, n) is malloc(n)."""
    heap = Heap(kata, 128)
    heap.must(heap.realloc(None, 24), "realloc(None, 24) of a new heap of 128 bytes returned None")
    for size in (128, sys.maxsize, 1 << 64):
        if heap.realloc(None, size):
            heap.promise(False, f"realloc(None, {size}) of a heap of 128 bytes did not return None")
    heap.refuses("realloc", None, 0)


@level(4)
@pytest.mark.parametrize("size", [0, -1, -(1 << 64)])
def test_realloc_to_a_size_below_1_raises_ValueError_and_changes_nothing(kata, size):
    """size < 1 raises ValueError; the block stays as it was."""
    heap = Heap(kata, 128)
    a = heap.must(heap.malloc(24), "malloc(24) of a new heap of 128 bytes returned None")
    heap.refuses("realloc", heap.live[a].ptr, size)
    heap.free(a)
    heap.must(heap.malloc(largest(kata, 128)), "a refused realloc has lost some of the heap")


@level(4)
@pytest.mark.parametrize("size", [300, 1024, sys.maxsize, 1 << 64])
def test_realloc_without_room_returns_None_and_leaves_the_block(kata, size):
    """Where it can't be done, realloc returns None, and the old block is valid and unchanged."""
    heap, names = filled(kata, 512, 40, 40, 40)
    for name in list(heap.live):  # the one at the end of the heap too
        if heap.realloc(name, size):
            heap.promise(
                False, f"realloc to {size} bytes in a full heap of 512 did not return None"
            )
    heap.free(names[1])
    for name in (names[0], names[2]):
        heap.realloc(name, size)
        again = heap.must(
            heap.malloc(40), "a block of 40 bytes is free, but not after a realloc that failed"
        )
        heap.free(again)
        heap.free(name)
    heap.free_all()
    heap.must(heap.malloc(largest(kata, 512)), "realloc that failed has lost some of the heap")


def stays(heap, name, new):
    """The block has to be where it was."""
    ptr = heap.live[name].ptr
    again = heap.realloc(name, new)
    heap.must(again, f"realloc to {new} bytes returned None, though it can be done in place")
    heap.promise(
        heap.live[again].ptr == ptr,
        f"realloc to {new} bytes moved the block from {ptr} to {heap.live[again].ptr}",
    )
    return again


@level(4)
@pytest.mark.parametrize("elsewhere", [False, True], ids=["full", "room elsewhere"])
@pytest.mark.parametrize("more", [16, 136, 200])
def test_realloc_grows_in_place_into_a_free_neighbour(kata, more, elsewhere):
    """It grows in place where the neighbour after it is free and large enough, even if others fit too."""
    heap, _ = filled(kata, 2048, 64, 200, 64, 600, 64, 600)
    # Who carves blocks from the top has them in another order: take two neighbours as they lie.
    in_order = sorted(heap.live, key=lambda name: heap.live[name].ptr)
    first, after = next(
        pair for pair in itertools.pairwise(in_order) if len(heap.live[pair[1]].content) >= 200
    )
    old = len(heap.live[first].content)
    heap.free(after)
    if elsewhere:
        large = (name for name, block in heap.live.items() if len(block.content) == 600)
        heap.free(next(name for name in large if name != first))
    stays(heap, first, old + more)
    heap.free_all()
    heap.must(heap.malloc(largest(kata, 2048)), "realloc in place has lost some of the heap")


@level(4)
@pytest.mark.parametrize("size", [8, 24, 48])
def test_realloc_grows_in_place_into_a_small_neighbour(kata, size):
    """A free neighbour is one however small it is, be there much room elsewhere."""
    heap, names = filled(kata, 2048, 600, *[size] * 8)
    first, after = pair(heap, names, size, size)
    heap.free(next(name for name in names if len(heap.live[name].content) == 600))
    heap.free(after)
    stays(heap, first, 2 * size)


@level(4)
def test_realloc_grows_into_room_that_was_never_used(kata):
    """What no block has had yet is free as well: the last block grows in place into it."""
    heap = Heap(kata, 1024)
    name = heap.must(heap.malloc(40), "malloc(40) of a new heap of 1024 bytes returned None")
    heap.must(heap.realloc(name, 400), "realloc to 400 bytes was refused in a nearly empty heap")


@level(4)
@pytest.mark.parametrize("order", [(1, 2), (2, 1)], ids=str)
def test_realloc_grows_into_free_neighbours_as_one(kata, order):
    """Neighbouring free blocks act as one for realloc, too."""
    heap, names = filled(kata, 1200, *[120] * 7)
    three = row(heap, names, 3)
    for number in order:
        heap.free(three[number])
    stays(heap, three[0], 340)


@level(4)
@pytest.mark.parametrize(("old", "new"), [(300, 40), (300, 200), (100, 160)])
def test_realloc_in_place_leaves_better_places_alone(kata, old, new):
    """What can be done in place is done there, whatever lies free before and behind the block."""
    heap, names = filled(kata, 4096, *[100, 300] * 7)
    first, after = pair(heap, names, old)
    for name in [name for name in names if name not in (first, after)][::3]:
        heap.free(name)
    if new > old:
        heap.free(after)
    stays(heap, first, new)


@level(4)
def test_realloc_grows_in_place_between_two_free_neighbours(kata):
    """Where both neighbours are free, it is the one after the block that it grows into."""
    heap, names = filled(kata, 1400, *[200] * 5)
    before, block, after = row(heap, names, 3)
    heap.free(before)
    heap.free(after)
    stays(heap, block, 240)


@level(4)
def test_a_neighbour_that_is_just_large_enough_is_large_enough(kata):
    """realloc in place has as much room as malloc has in the same bytes."""
    heap, names = filled(kata, 1024, *[120] * 5)
    first, after = row(heap, names, 2)
    heap.free(after)
    sizes = range(280, 120, -1)
    grown, most = next((name, n) for n in sizes if (name := heap.realloc(first, n)))
    heap.free(grown)
    found = next(n for n in sizes if heap.malloc(n))
    heap.promise(
        found <= most,
        f"realloc to more than {most} bytes was refused, though the block and its free neighbour "
        f"hold {found}",
    )


@level(4)
@pytest.mark.parametrize(("old", "new", "then"), [(600, 700, 400), (120, 192, 16)])
def test_realloc_gives_back_what_it_does_not_need_of_the_neighbour(kata, old, new, then):
    """Growing takes only what it needs: a rest of 32 bytes or more of the neighbour stays free."""
    heap, names = filled(kata, 2048, *[old] * 3)
    first, after = row(heap, names, 2)
    heap.free(after)
    stays(heap, first, new)
    heap.must(
        heap.malloc(then),
        f"{old} bytes were free, a block grew by {new - old} into them; {then} were refused",
    )


@level(4)
@pytest.mark.parametrize(
    ("old", "new", "then"),
    [
        (112, 64, 16),
        (96, 64, 16),
        (300, 100, 160),
        (500, 1, 400),
        (6000, 5880, 96),
        (96, 80, 0),
        (96, 96, 0),
    ],
)
def test_realloc_shrinks_in_place_and_gives_back_the_rest(kata, old, new, then):
    """It shrinks in place and gives back a remainder of 32 bytes or more."""
    heap, (block,) = filled(kata, old + 1000, old)
    stays(heap, block, new)
    heap.must(
        not then or heap.malloc(then),
        f"a block shrank from {old} to {new} bytes, but {then} bytes, at most {cost(then)}, were refused",
    )


@level(4)
def test_what_realloc_gives_back_is_one_with_the_free_block_behind_it(kata):
    """The remainder of a shrunk block and its free neighbour act as one."""
    heap, names = filled(kata, 2048, *[300] * 5)
    first, after = row(heap, names, 2)
    heap.free(after)
    stays(heap, first, 40)
    heap.must(
        heap.malloc(480), "560 bytes are free in one piece after realloc, but 480 were refused"
    )
    heap.free_all()


@level(4)
def test_realloc_that_moves_frees_the_old_block(kata):
    """Where the block has to move, the old place is free afterwards."""
    heap, names = filled(kata, 2048, *[200] * 6)
    before, *two = row(heap, names, 3)
    for name in two:
        heap.free(name)
    block = next(name for name in names if name in heap.live and name != before)
    old = heap.live[block].ptr
    moved = heap.must(heap.realloc(block, 390), "400 bytes are free in one piece, 390 were refused")
    assert heap.live[moved].ptr != old, "the block grew over its neighbour, which is in use"
    heap.refuses("free", old)
    heap.must(heap.malloc(200), "a block of 200 bytes has moved away, but 200 bytes were refused")


class Hardened(Coalescing):
    """As before, with realloc, and with pointers that are none or are none any more."""

    @rule(number=NUMBERS, size=SIZES)
    def realloc(self, number, size):
        name = self.pick(number) if self.heap.live else None
        self.judge(self.heap.realloc(name, size), size)

    @rule(ptr=st.integers(-8, 800))
    def free_what_is_none(self, ptr):
        if ptr not in [block.ptr for block in self.heap.live.values()]:
            self.heap.refuses("free", ptr)

    @precondition(lambda self: self.heap.freed)
    @rule(number=NUMBERS)
    def free_again(self, number):
        self.free_what_is_none(self.heap.freed[-1 - number % len(self.heap.freed)])


@level(4)
@machine(examples=40, steps=20)
def test_any_sequence_of_calls_keeps_every_byte_and_all_room(kata):
    """malloc, free, realloc and bad frees in any order: every byte stays, and no room gets lost."""
    return Hardened(kata)


# -- level 5: placement ------------------------------------------------------------------------------
#
# Six traces in the shape of real programs, drawn here with fixed seeds. A trace is a list of steps:
# (block, size) allocates, (block, 0) frees.


class Program:
    """Writes down what a program allocates: (block, size) for malloc, (block, 0) for free."""

    def __init__(self, seed):
        self.random = random.Random(seed).random
        self.steps = []
        self.blocks = 0

    def between(self, least, most):
        """Small sizes oftener than large ones, as in real programs."""
        return least + int((most - least) * self.random() ** 2)

    def get(self, least, most):
        self.blocks += 1
        self.steps.append((self.blocks, self.between(least, most)))
        return self.blocks

    def rounded(self, least, most, step):
        return self.one_of(-(-self.between(least, most) // step) * step)

    def one_of(self, *sizes):
        self.blocks += 1
        self.steps.append((self.blocks, sizes[int(self.random() * len(sizes))]))
        return self.blocks

    def drop(self, block):
        self.steps.append((block, 0))

    def drop_any(self, blocks):
        self.drop(blocks.pop(int(self.random() * len(blocks))))


def compiler():
    """Functions one by one: many nodes of a few kinds, symbols that stay, code in a growing buffer."""
    program = Program(1)
    for _ in range(7):
        nodes = []
        for number in range(45):
            nodes.append(program.get(40, 600))
            if number % 9 == 0:
                program.get(100, 500)
        code = [program.get(1000, 4000) for _ in range(3)]
        while nodes:
            program.drop_any(nodes)
        program.get(600, 2500)
        while code:
            program.drop(code.pop())
    return program.steps


def web_server():
    """Requests that overlap, each with a buffer, headers and an answer; sessions that last."""
    program = Program(2)
    sessions, requests = [], []
    for number in range(130):
        if number % 4 == 0:
            sessions.append(program.get(200, 900))
        if len(sessions) > 20:
            program.drop_any(sessions)
        answer = program.one_of(512, 1024, 1024, 2048, 2048, 8192)
        requests.append([program.one_of(4096), program.get(100, 900), answer])
        if len(requests) > 14:
            for block in requests.pop(int(program.random() * 5)):
                program.drop(block)
    return program.steps


def editor():
    """Lines with some room to grow, replaced one by one; the old ones wait in the undo list."""
    program = Program(3)
    lines = [program.rounded(100, 900, 64) for _ in range(150)]
    undo = []
    for _ in range(260):
        row = int(program.random() * len(lines))
        undo.append(lines[row])
        lines[row] = program.rounded(100, 900, 64)
        if len(undo) > 8:
            program.drop(undo.pop(0))
    return program.steps


def cache():
    """Entries of a few formats, of which old ones go oftener than new ones, one in four much larger."""
    program = Program(4)
    entries = []
    for number in range(420):
        if number % 4:
            entries.append(program.one_of(256, 400, 400, 640, 1000, 1600))
        else:
            entries.append(program.one_of(2000, 3000, 3000, 6000))
        if len(entries) > 90:
            program.drop(entries.pop(int(program.random() ** 3 * len(entries))))
    return program.steps


def tree():
    """A tree that is built, thinned out and built on, with tables that come and go."""
    program = Program(5)
    nodes = [program.get(120, 500) for _ in range(170)]
    for round_ in range(4):
        for _ in range(70):
            program.drop_any(nodes)
        tables = [program.get(700, 2500) for _ in range(8)]
        nodes += [program.get(120, 600) for _ in range(60 - 4 * round_)]
        for table in tables[:5]:
            program.drop(table)
    return program.steps


def mail():
    """Messages that pass through a queue nearly in order, each with attachments in whole kilobytes."""
    program = Program(6)
    queue = []
    for number in range(260):
        message = [program.get(300, 1500)]
        if number % 3 == 0:
            message.append(program.one_of(1024, 2048, 2048, 4096))
        queue.append(message)
        if len(queue) > 60:
            for block in queue.pop(int(program.random() * 3)):
                program.drop(block)
    return program.steps


TRACES = (compiler, web_server, editor, cache, tree, mail)
POINTS = 5  # that may lie between an allocator and the model, on the average


class BestFit:
    """The model: best fit with coalescing, 16 bytes of overhead a block, nothing for the heap itself."""

    def __init__(self, size):
        self.free_at = {0: size}
        self.sizes = {}

    def malloc(self, size):
        need = cost(size)
        best = min(((free, at) for at, free in self.free_at.items() if free >= need), default=None)
        if best is None:
            return None
        free, at = best
        del self.free_at[at]
        if free - need >= LEAST:
            self.free_at[at + need] = free - need
            free = need
        self.sizes[at] = free
        return at

    def free(self, at):
        size = self.sizes.pop(at)
        size += self.free_at.pop(at + size, 0)
        before = next((start for start, free in self.free_at.items() if start + free == at), None)
        if before is not None:
            size += self.free_at.pop(before)
            at = before
        self.free_at[at] = size


def peak_of(steps):
    """The most payload bytes in use at any time."""
    sizes, now, peak = {}, 0, 0
    for block, size in steps:
        now += size or -sizes[block]
        sizes[block] = size
        peak = max(peak, now)
    return peak


def runs(allocator, steps):
    """Whether the trace runs to its end without a None."""
    ptrs = {}
    for block, size in steps:
        if not size:
            allocator.free(ptrs.pop(block))
        else:
            ptrs[block] = allocator.malloc(size)
            if ptrs[block] is None:
                return False
    return True


def utilisation(make, steps):
    """Peak payload / the smallest heap that will do.

    Some placements need more where they have more, so that there may be several limits. Heaps are tried
    upwards from the peak in steps of 1/32 of it, up to twice the peak; between the first that will do
    and the one below it, halving finds a limit to within 1/512.
    """
    peak = peak_of(steps)
    sizes = [-(-peak * number // 512 // 16) * 16 for number in range(512, 1025)]
    enough = next((n for n in range(16, 513, 16) if runs(make(sizes[n]), steps)), 512)
    short = enough - 16
    while enough - short > 1:
        middle = (enough + short) // 2
        if runs(make(sizes[middle]), steps):
            enough = middle
        else:
            short = middle
    return 100 * peak / sizes[enough]


@level(5)
@plain
def test_utilisation_on_the_traces_is_near_that_of_best_fit(kata):
    """On the average of six traces, utilisation is within 5 points of best fit with 16 bytes a block."""
    rows, sums = [], [0.0, 0.0]
    for trace in TRACES:
        steps = trace()
        values = utilisation(BestFit, steps), utilisation(kata.FreeListAllocator, steps)
        sums = [total + value for total, value in zip(sums, values, strict=True)]
        rows.append(f"    {trace.__name__:12}{values[0]:9.1f}{values[1]:9.1f}")
    wanted, reached = sums[0] / len(TRACES) - POINTS, sums[1] / len(TRACES)
    assert reached >= wanted, "\n".join(
        [
            f"utilisation is {reached:.1f} % on the average of the traces, below {wanted:.1f} %",
            "",
            "    trace        best fit    yours",
            *rows,
        ]
    )


# -- level 6: threads --------------------------------------------------------------------------------


def at_once(*bodies):
    """Runs each in a thread of its own, and returns when all have ended."""
    threads = [threading.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def settle(heap, most):
    """Nothing was lost: when all is freed, the largest request fits again."""
    heap.look()
    heap.free_all()
    heap.must(
        heap.malloc(most),
        f"a new heap had room for {most} bytes, and all blocks are freed, but they were refused",
    )


@level(6)
@explore
@stress
def test_no_byte_is_given_to_two_threads(kata):
    """Two threads that allocate at once get blocks that do not overlap."""
    heap = Heap(kata, 256)
    allocator, got = heap.allocator, [None, None]

    def take(number, size):
        got[number] = allocator.malloc(size)

    at_once(lambda: take(0, 40), lambda: take(1, 24))
    for ptr, size in zip(got, (40, 24), strict=True):
        heap.lines.append(f"heap.malloc({size})  # in a thread of its own")
        heap.must(heap.came(NAMES[heap.made], ptr, size, b""), f"malloc({size}) returned None")
    settle(heap, largest(kata, 256))


@level(6)
@explore
@stress
def test_the_last_room_goes_to_exactly_one_thread(kata):
    """Where there is room for one of two requests, one thread gets it and the other one None."""
    heap = Heap(kata, 256)
    allocator, got = heap.allocator, [None, None]

    def take(number):
        got[number] = allocator.malloc(136)

    at_once(lambda: take(0), lambda: take(1))
    kinds = sorted(type(ptr).__name__ for ptr in got)
    assert kinds == ["NoneType", "int"], (
        f"a heap of 256 bytes has room for 136 bytes once; two threads that asked got {got}"
    )


@level(6)
@explore
@stress
@pytest.mark.parametrize(("heap_size", "size"), [(256, 40), (1 << 17, 60_000)])
def test_two_neighbours_freed_at_once_become_one(kata, heap_size, size):
    """Two threads that free neighbours at once, far from each other or not, leave one free block."""
    most = largest(kata, heap_size)
    heap = Heap(kata, heap_size)
    ptrs = [heap.live[heap.malloc(size)].ptr for _ in range(2)]
    heap.live.clear()
    at_once(lambda: heap.allocator.free(ptrs[0]), lambda: heap.allocator.free(ptrs[1]))
    heap.lines.append("heap.free(a), heap.free(b)  # in two threads at once")
    settle(heap, most)


@level(6)
@explore
@stress
def test_free_and_malloc_at_once_harm_no_block(kata):
    """One thread frees while another one allocates: no block overlaps another one, no room is lost."""
    most = largest(kata, 320)
    heap = Heap(kata, 320)
    a, _ = heap.malloc(40), heap.malloc(40)
    ptr, got = heap.live.pop(a).ptr, []
    at_once(lambda: heap.allocator.free(ptr), lambda: got.append(heap.allocator.malloc(56)))
    heap.lines.append("heap.free(a), heap.malloc(56)  # in two threads at once")
    heap.must(heap.came("z", got[0], 56, b""), "malloc(56) returned None, though there is room")
    settle(heap, most)


@level(6)
@explore
@stress
@pytest.mark.parametrize("before", ["used", "free"])
def test_of_two_threads_that_free_one_block_one_gets_ValueError(kata, before):
    """Freed twice at once: one call succeeds, the other one raises ValueError."""
    most = largest(kata, 256)
    heap = Heap(kata, 256)
    for _ in range(3):
        heap.malloc(40)
    first, a, _ = by_address(heap)
    if before == "free":
        heap.free(first)
    ptr = heap.live.pop(a).ptr
    refused = [False, False]

    def drop(number):
        try:
            heap.allocator.free(ptr)
        except ValueError:
            refused[number] = True

    at_once(lambda: drop(0), lambda: drop(1))
    heap.lines.append("heap.free(a), heap.free(a)  # in two threads at once")
    assert sorted(refused) == [False, True], (
        f"two threads freed the same block; {sum(refused)} of them got a ValueError, not 1"
    )
    settle(heap, most)


@level(6)
@explore
@stress
@pytest.mark.parametrize("size", [72, 150])
def test_realloc_and_malloc_at_once_harm_no_block(kata, size):
    """One block grows, in place or elsewhere, while another thread allocates: all bytes stay."""
    most = largest(kata, 512)
    heap, names = Heap(kata, 512), []
    for _ in range(3):
        names.append(heap.malloc(40))
    names.sort(key=lambda name: heap.live[name].ptr)
    heap.free(names[1])
    block, got = heap.live.pop(names[0]), [None, None]

    def grow():
        got[0] = heap.allocator.realloc(block.ptr, size)

    def take():
        got[1] = heap.allocator.malloc(32)

    at_once(grow, take)
    heap.lines.append(
        f"heap.realloc({names[0]}, {size}), heap.malloc(32)  # in two threads at once"
    )
    heap.must(
        heap.came("y", got[0], size, block.content), "realloc returned None, though there is room"
    )
    heap.must(heap.came("z", got[1], 32, b""), "malloc(32) returned None, though there is room")
    settle(heap, most)


@level(6)
@explore
@stress
@pytest.mark.parametrize("other", ["malloc", "free", "realloc"])
@pytest.mark.parametrize("size", [8, 72])
def test_realloc_in_place_harms_no_block_of_another_thread(kata, size, other):
    """One block shrinks or grows, while another thread allocates, or frees or shrinks the next one."""
    most = largest(kata, 512)
    heap = Heap(kata, 512)
    for _ in range(3):
        heap.malloc(64)
    name, after, _ = by_address(heap)
    block, got = heap.live.pop(name), [None, None]
    if other == "malloc":
        heap.free(after)
        call, kept = "malloc(32)", b""
    else:
        second = heap.live.pop(after)
        call = f"free({after})" if other == "free" else f"realloc({after}, 32)"
        kept = second.content[:32]

    def change():
        got[0] = heap.allocator.realloc(block.ptr, size)

    def take():
        if other == "malloc":
            got[1] = heap.allocator.malloc(32)
        elif other == "realloc":
            got[1] = heap.allocator.realloc(second.ptr, 32)
        else:
            heap.allocator.free(second.ptr)

    at_once(change, take)
    heap.lines.append(f"heap.realloc({name}, {size}), heap.{call}  # in two threads at once")
    heap.must(
        heap.came("y", got[0], size, block.content[:size]),
        "realloc returned None, though there is room",
    )
    if other != "free":
        heap.must(heap.came("z", got[1], 32, kept), f"{call} returned None, though there is room")
    settle(heap, most)


@level(6)
@explore
@stress
def test_a_request_that_fits_is_not_refused_because_of_one_that_does_not(kata):
    """A realloc without room changes nothing, not even for a moment: what is free can be had meanwhile."""
    heap = Heap(kata, 400)
    for _ in range(3):
        heap.malloc(96)
    first, middle, _ = by_address(heap)
    heap.free(middle)
    ptr, got = heap.live[first].ptr, [0, None]

    def grow():
        got[0] = heap.allocator.realloc(ptr, 300)

    def take():
        got[1] = heap.allocator.malloc(96)

    at_once(grow, take)
    heap.lines.append(f"heap.realloc({first}, 300), heap.malloc(96)  # in two threads at once")
    heap.promise(got[0] is None, f"realloc to 300 bytes returned {got[0]}; there is no room")
    heap.must(heap.came("y", got[1], 96, b""), "malloc(96) returned None, though there is room")
    settle(heap, largest(kata, 400))


@level(6)
@explore
@stress
@pytest.mark.parametrize("after", ["used", "free"])
def test_of_realloc_and_free_of_one_block_one_comes_first(kata, after):
    """One block is freed and grown at once: either is done wholly before the other begins."""
    most = largest(kata, 512)
    heap = Heap(kata, 512)
    for _ in range(3):
        heap.malloc(40)
    name, second, _ = by_address(heap)
    if after == "free":
        heap.free(second)
    block, seen = heap.live.pop(name), {}

    def call(method, *arguments):
        try:
            seen[method] = getattr(heap.allocator, method)(block.ptr, *arguments)
        except ValueError:
            seen[method] = ValueError

    at_once(lambda: call("realloc", 72), lambda: call("free"))
    heap.lines.append(f"heap.realloc({name}, 72), heap.free({name})  # in two threads at once")
    moved = seen["realloc"]
    if seen["free"] is ValueError:
        heap.promise(
            moved is not ValueError,
            "one block was grown and freed at once; both calls were refused",
        )
        heap.must(heap.came("y", moved, 72, block.content), "realloc returned None, with room")
    else:
        heap.promise(
            moved in (ValueError, block.ptr),
            f"a block was freed at {block.ptr}, and yet it was moved from there to {moved}",
        )
    settle(heap, most)


@level(6)
@explore
@stress
def test_a_bad_call_of_one_thread_harms_no_other(kata):
    """A ValueError in one thread leaves the heap as it was, and open to the others."""
    heap = Heap(kata, 256)
    allocator, got, refused = heap.allocator, [None, None], [0]

    def bad():
        for call in (lambda: allocator.free(3), lambda: allocator.malloc(0)):
            try:
                call()
            except ValueError:
                refused[0] += 1
        got[0] = allocator.malloc(16)

    def good():
        got[1] = allocator.malloc(24)

    at_once(bad, good)
    assert refused[0] == 2, f"free(3) and malloc(0): {refused[0]} of them raised ValueError, not 2"
    for ptr, size in zip(got, (16, 24), strict=True):
        heap.lines.append(f"heap.malloc({size})  # beside bad calls")
        heap.must(heap.came(NAMES[heap.made], ptr, size, b""), f"malloc({size}) returned None")
    settle(heap, largest(kata, 256))


@level(6)
@explore
@stress
@pytest.mark.parametrize("size", [None, 100, 400], ids=["free", "move", "refused"])
def test_what_a_thread_writes_stays_while_another_one_calls(kata, size):
    """What a thread writes to its payload stays, whatever a call of another thread does meanwhile."""
    heap = Heap(kata, 384)
    for _ in range(3):
        heap.malloc(40)
    _, name, _ = by_address(heap)
    block, mine, got = heap.live[name], BYTES[1:41], [None, None]
    call = f"free({name})" if size is None else f"realloc({name}, {size})"

    def write():
        got[0] = heap.allocator.malloc(40)
        if got[0] is not None:
            heap.memory[got[0] : got[0] + 40] = mine

    def meanwhile():
        if size is None:
            heap.allocator.free(block.ptr)
        else:
            got[1] = heap.allocator.realloc(block.ptr, size)

    at_once(write, meanwhile)
    heap.lines.append(f"heap.malloc(40), heap.{call}  # in two threads at once")
    if size is None or got[1] is not None:
        del heap.live[name]
    if got[0] is not None:
        heap.promise(
            heap.memory[got[0] : got[0] + 40] == mine,
            f"what the first thread wrote to its payload at {got[0]} is no longer there",
        )
        heap.came("y", got[0], 40, b"")
    if got[1] is not None:
        heap.came("z", got[1], size, block.content)
    heap.look()


@level(6)
@explore
@stress
@pytest.mark.parametrize("sizes", [(96, 40), (40, 96)], ids=["large first", "small first"])
def test_what_fits_at_every_moment_is_not_refused(kata, sizes):
    """A request that fits before, between and after the calls of another thread gets a block."""
    heap, names = filled(kata, 360, 8, sizes[0], 8, sizes[1], 8)
    small, large = sorted(names, key=lambda name: len(heap.live[name].content))[-2:]
    heap.free(small)
    block, got = heap.live.pop(large), [None, None]

    def swap():
        heap.allocator.free(block.ptr)
        got[0] = heap.allocator.malloc(40)

    def take():
        got[1] = heap.allocator.malloc(40)

    at_once(swap, take)
    heap.lines.append(f"heap.free({large}); heap.malloc(40)  # in one thread")
    heap.must(heap.came("y", got[0], 40, b""), "malloc(40) returned None, though there is room")
    heap.lines.append("heap.malloc(40)  # in another thread at once")
    heap.must(heap.came("z", got[1], 40, b""), "malloc(40) returned None, with room all the time")


@level(6)
@explore(preemptions=1, schedules=30)
@stress
def test_many_threads_allocate_write_and_free(kata):
    """Three threads that allocate, write and free find their own bytes each time."""
    heap = Heap(kata, 1024)
    allocator, memory = heap.allocator, heap.memory

    def work(number):
        dice = random.Random(number)
        mine = []
        for _ in range(6):
            if mine and dice.random() < 0.5:
                ptr, size = mine.pop(int(dice.random() * len(mine)))
                assert memory[ptr : ptr + size] == bytes([number]) * size, (
                    f"{size} bytes at {ptr} are not those that their owner wrote there"
                )
                allocator.free(ptr)
                continue
            size = 1 + int(dice.random() * 90)
            ptr = allocator.malloc(size)
            if ptr is not None:
                memory[ptr : ptr + size] = bytes([number]) * size
                mine.append((ptr, size))
        for ptr, _ in mine:
            allocator.free(ptr)

    at_once(*(lambda number=number: work(number) for number in range(1, 4)))
    settle(heap, largest(kata, 1024))


@level(6)
@explore
@stress
def test_realloc_of_nothing_gives_no_byte_to_two_threads(kata):
    """realloc(None, n) beside a malloc: the two blocks do not overlap."""
    heap = Heap(kata, 256)
    allocator, got = heap.allocator, [None, None]

    def grow_nothing():
        got[0] = allocator.realloc(None, 40)

    def take():
        got[1] = allocator.malloc(24)

    at_once(grow_nothing, take)
    heap.lines.append("heap.realloc(None, 40), heap.malloc(24)  # in two threads at once")
    heap.must(heap.came("y", got[0], 40, b""), "realloc(None, 40) returned None")
    heap.must(heap.came("z", got[1], 24, b""), "malloc(24) returned None")
    settle(heap, largest(kata, 256))
