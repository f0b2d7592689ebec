"""What the suite demands of an arena, level by level, as the README promises it.

A few lines are the whole model: a block starts at `used` rounded up to `align`, and ends where `used`
is afterwards. `Play` runs an arena beside that model and keeps the calls as code, so that whatever
fails shows the calls that lead to it, ready to be pasted. What calls to make in what order is also left
to Hypothesis, by state machines that play.
"""

import sys
import threading

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from harness.history import History, Model, assert_linearizable
from harness.machine import Machine

level = pytest.mark.level
explore = pytest.mark.explore
stress = pytest.mark.stress
machine = pytest.mark.machine

SUPPRESS = "from contextlib import suppress"


def fit(capacity, used, size, align):
    """What alloc does by the contract: (offset or None, used afterwards)."""
    start = -(-used // align) * align
    return (None, used) if start + size > capacity else (start, start + size)


def same(seen, expected):
    """Equal, and of the same type, whatever the seen one's __eq__ says."""
    return type(seen) is type(expected) and seen == expected


class Play:
    """An arena, its model, and the calls so far as code: in a `script`, where others show that."""

    def __init__(self, kata, capacity, script=None):
        self.lines = [] if script is None else script
        self.shown = script is not None
        self.lines.append(f"arena = Arena({capacity})")
        self.arena = kata.Arena(capacity)
        self.memory = self.arena.memory
        self.capacity = capacity
        self.used = 0
        self.marks = []
        self.look()

    def alloc(self, size, align=None):
        arguments = (size,) if align is None else (size, align)
        expected, used = fit(self.capacity, self.used, size, 8 if align is None else align)
        seen = self.call("alloc", *arguments)
        self.promise(
            same(seen, expected),
            f"alloc{arguments if align else f'({size})'} with used at {self.used} of "
            f"{self.capacity} returned {seen!r}, not {expected}",
        )
        self.used = used
        self.look()
        return seen

    def reset(self):
        self.call("reset")
        self.used = 0
        self.look()

    def mark(self):
        seen = self.call("mark")
        is_int = isinstance(seen, int) and not isinstance(
            seen, bool
        )  # of a kind of its own, perhaps
        self.promise(is_int, f"mark() returned {seen!r}, which is not an int")
        self.look()
        self.marks.append((seen, self.used))
        return seen

    def rewind(self, number=-1):
        """Rewinds to a mark that was taken here; which must raise if it lies beyond `used`."""
        mark, used = self.marks[number]
        if used > self.used:
            self.refuses("rewind", mark)
            return
        self.call("rewind", mark)
        self.used = used
        self.look()

    def refuses(self, name, *arguments):
        """The call must raise ValueError and change nothing."""
        text = f"arena.{name}({', '.join(map(repr, arguments))})"
        if SUPPRESS not in self.lines:
            self.lines.insert(0, SUPPRESS)
        self.lines.append(f"with suppress(ValueError): {text}")
        try:
            seen = getattr(self.arena, name)(*arguments)
        except ValueError:
            pass
        else:
            self.promise(False, f"{text} returned {seen!r}; it has to raise ValueError")
        self.look()

    def call(self, name, *arguments):
        self.lines.append(f"arena.{name}({', '.join(map(repr, arguments))})")
        seen = getattr(self.arena, name)(*arguments)
        self.lines[-1] += f"  # {seen!r}"
        return seen

    def look(self):
        """What can be seen of the arena is what the model says."""
        seen = self.arena.used
        self.promise(same(seen, self.used), f"used is {seen!r}, not {self.used}")
        self.promise(
            self.arena.memory is self.memory and len(self.memory) == self.capacity,
            f"memory is no longer the same bytearray of {self.capacity} bytes",
        )
        self.promise(
            same(self.arena.capacity, self.capacity),
            f"capacity is {self.arena.capacity!r}, not {self.capacity}",
        )

    def promise(self, kept, broken):
        assert kept, broken if self.shown else self.with_calls(broken)

    def with_calls(self, broken):
        return broken + "\n\n" + "\n".join("    " + line for line in self.lines)


# -- level 1: core ---------------------------------------------------------------------------------


@level(1)
@pytest.mark.parametrize("capacity", [1, 7, 64, 4096])
def test_a_new_arena_is_empty_and_has_its_memory(kata, capacity):
    """memory is a bytearray of `capacity` bytes, and nothing of it is used."""
    play = Play(kata, capacity)
    assert isinstance(play.memory, bytearray), (
        f"memory is a {type(play.memory).__name__}, not a bytearray"
    )


@level(1)
def test_each_block_starts_at_the_next_multiple_of_8(kata):
    """Offsets are multiples of 8 unless asked otherwise; a block starts as low as that allows."""
    play = Play(kata, 64)
    for size in (1, 8, 3, 16, 7, 9):
        play.alloc(size)


@level(1)
def test_a_request_that_does_not_fit_returns_None_and_changes_nothing(kata):
    """A request that does not fit returns None; a later smaller one may still fit."""
    play = Play(kata, 32)
    play.alloc(9)
    for size in (17, 32, 24, 1000):
        play.alloc(size)
    play.alloc(16)
    play.alloc(1)


@level(1)
@pytest.mark.parametrize("sizes", [(1,), (16,), (17,), (8, 8), (8, 8, 1), (3, 13)])
def test_the_arena_can_be_filled_to_the_last_byte(kata, sizes):
    """Blocks lie inside memory, up to its very last byte."""
    capacity = 0
    for size in sizes:
        capacity = -(-capacity // 8) * 8 + size
    play = Play(kata, capacity)
    for size in sizes:
        play.alloc(size)
    play.alloc(1)
    play.reset()
    play.alloc(capacity + 1)
    play.alloc(capacity)


@level(1)
@pytest.mark.parametrize("capacity", [0, -1, -64])
def test_a_capacity_below_1_raises_ValueError(kata, capacity):
    """capacity < 1 raises ValueError."""
    try:
        arena = kata.Arena(capacity)
    except ValueError:
        return
    raise AssertionError(f"Arena({capacity}) made an arena of capacity {arena.capacity!r}")


@level(1)
@pytest.mark.parametrize("size", [0, -1, -8, -sys.maxsize])
def test_a_size_below_1_raises_ValueError_and_changes_nothing(kata, size):
    """size < 1 raises ValueError, whether or not there is room, and changes nothing."""
    play = Play(kata, 24)
    play.refuses("alloc", size)
    play.alloc(3)
    play.refuses("alloc", size)
    play.alloc(16)
    play.refuses("alloc", size)
    play.reset()
    play.alloc(24)


@level(1)
def test_reset_makes_the_whole_capacity_available_again(kata):
    """After reset the first block starts at 0 again and may be as large as the arena."""
    play = Play(kata, 40)
    play.reset()
    play.alloc(5)
    play.alloc(32)
    play.alloc(1)
    play.reset()
    play.alloc(40)
    play.reset()
    play.alloc(8)
    play.alloc(32)


@level(1)
def test_reset_costs_the_same_whatever_the_capacity(kata):
    """reset is O(1): it cannot write to every byte."""
    capacity = 1 << 16
    play = Play(kata, capacity)
    play.alloc(capacity - 1)
    play.memory[:] = b"\xaa" * capacity
    play.reset()
    written = capacity - play.memory.count(0xAA)
    assert written <= 1024, f"reset of an arena of {capacity} bytes wrote to {written} of them"


@level(1)
def test_alloc_costs_the_same_however_many_blocks_there_are(kata):
    """alloc is O(1): the 1,500th block costs what the first one cost."""
    arena = kata.Arena(1 << 14)
    for number in range(1500):
        seen = arena.alloc(8)
        assert same(seen, 8 * number), f"the {number + 1}. block of 8 bytes starts at {seen!r}"


@level(1)
def test_alloc_costs_the_same_however_large_the_block_is(kata):
    """alloc is O(1): it cannot write to every byte that it hands out."""
    capacity = 1 << 16
    play = Play(kata, capacity)
    play.memory[:] = b"\xaa" * capacity
    play.alloc(capacity)
    written = capacity - play.memory.count(0xAA)
    assert written <= 1024, f"alloc({capacity}) wrote to {written} of these bytes"


@level(1)
@pytest.mark.parametrize("capacity", [24, 16])
def test_two_arenas_share_nothing(kata, capacity):
    """Two arenas share nothing, be they of one capacity or not: neither room nor memory."""
    first, second = Play(kata, 16), Play(kata, capacity)
    first.alloc(16)
    second.look()
    second.alloc(capacity)
    first.reset()
    second.look()
    first.memory[:] = b"\xaa" * 16
    assert not any(second.memory), "what is written to one arena's memory shows in another one's"


SIZES = st.integers(1, 40)


class AllocAndReset(Machine):
    """An arena that is played with; after each call all that can be seen of it is as the model has it."""

    def __init__(self, kata):
        super().__init__()
        self.kata = kata

    @initialize(capacity=st.integers(1, 96))
    def make(self, capacity):
        self.play = Play(self.kata, capacity, self.script)

    @rule(size=SIZES)
    def alloc(self, size):
        self.play.alloc(size)

    @rule()
    def reset(self):
        self.play.reset()


@level(1)
@machine(examples=40, steps=12)
def test_any_sequence_of_alloc_and_reset_is_as_the_model_has_it(kata):
    """Whatever is asked in whatever order, each block starts where the contract says."""
    return AllocAndReset(kata)


# -- level 2: alignment ------------------------------------------------------------------------------


@level(2)
@pytest.mark.parametrize("align", [1, 2, 4, 8, 16, 64, 1024])
def test_the_offset_is_a_multiple_of_any_power_of_two(kata, align):
    """It is the offset that is aligned, not the size, for any power of two."""
    play = Play(kata, 8192)
    for size in (1, 3, align, 1, align + 1, 2 * align, 5):
        play.alloc(size, align)
        play.alloc(1, 1)
    play.reset()
    play.alloc(align, align)
    play.alloc(align, align)


@level(2)
@pytest.mark.parametrize("align", [0, -1, -2, -8, 3, 6, 12, 24, 1023, 2**40 + 1, 2**64 - 1])
def test_any_other_alignment_raises_ValueError_and_changes_nothing(kata, align):
    """An alignment that is no power of two raises ValueError and changes nothing."""
    play = Play(kata, 64)
    play.refuses("alloc", 8, align)
    play.alloc(3)
    play.refuses("alloc", 8, align)
    play.refuses("alloc", 1000, align)
    play.alloc(56)
    play.refuses("alloc", 8, align)


@level(2)
@pytest.mark.parametrize("align", [1, 16, 64, 4096])
def test_a_size_below_1_raises_ValueError_whatever_the_alignment(kata, align):
    """size < 1 raises ValueError, be the alignment small, large or more than there is room for."""
    play = Play(kata, 64)
    for size in (8, 40, 16):
        play.refuses("alloc", 0, align)
        play.refuses("alloc", -1, align)
        play.alloc(size)
    play.refuses("alloc", 0, align)


@level(2)
def test_padding_counts_as_used(kata):
    """What lies between two blocks for the sake of alignment is used up, and may be what is too much."""
    play = Play(kata, 48)
    play.alloc(1, 1)
    play.alloc(1, 16)
    play.alloc(1, 32)
    play.alloc(1, 16)
    play.alloc(15, 1)
    play.alloc(1, 1)


@level(2)
def test_a_request_whose_padding_does_not_fit_changes_nothing(kata):
    """Padding and size have to fit together; the padding of a refused request is not kept."""
    play = Play(kata, 24)
    play.alloc(9, 1)
    play.alloc(15, 2)
    play.alloc(9, 16)
    play.alloc(1, 32)
    play.alloc(1, 4096)
    play.alloc(15, 1)


@level(2)
@pytest.mark.parametrize("align", [4096, 2**20, 2**40, 2**64, 2**100])
def test_an_alignment_larger_than_the_arena_fits_at_offset_0_only(kata, align):
    """Offset 0 is a multiple of everything."""
    play = Play(kata, 16)
    play.alloc(5, align)
    play.alloc(1, align)
    play.alloc(11, 1)


@level(2)
@pytest.mark.parametrize("align", [1, 8, 4096])
def test_a_huge_request_returns_None(kata, align):
    """A request near or beyond sys.maxsize returns None rather than wrapping round."""
    play = Play(kata, 64)
    for before in (0, 13):
        if before:
            play.alloc(before, 1)
        for limit in (2**31, 2**32, sys.maxsize, 2**64):
            for size in (limit - 64, limit - 13, limit - 8, limit - 1, limit, limit + 1, limit + 8):
                play.alloc(size, align)
    play.alloc(8, 8)
    play.alloc(1, 2**62)
    play.alloc(1, 2**63)
    play.alloc(sys.maxsize, 2**63)


@level(2)
def test_finding_the_offset_costs_the_same_whatever_the_alignment(kata):
    """alloc is O(1): the aligned offset is computed, not looked for."""
    play = Play(kata, 1 << 25)
    play.alloc(1, 1)
    play.alloc(8, 1 << 17)
    play.alloc(8, 1 << 17)
    play.alloc(8, 1 << 24)
    play.alloc(8, 8)


ALIGNS = st.sampled_from([1, 2, 4, 8, 16, 32, 128])


class Aligned(AllocAndReset):
    """As before, and blocks may be aligned to any power of two."""

    @rule(size=SIZES, align=ALIGNS)
    def alloc_aligned(self, size, align):
        self.play.alloc(size, align)


@level(2)
@machine(examples=40, steps=12)
def test_any_mix_of_sizes_and_alignments_is_as_the_model_has_it(kata):
    """Whatever sizes and alignments are asked for, each block starts where the contract says."""
    return Aligned(kata)


# -- level 3: marks ----------------------------------------------------------------------------------


@level(3)
def test_rewind_frees_all_that_was_allocated_since_the_mark(kata):
    """rewind(mark()) frees every block since the mark, and none before it."""
    play = Play(kata, 64)
    play.alloc(8)
    play.mark()
    for size in (8, 16, 24):
        play.alloc(size)
    play.rewind()
    play.alloc(56)


@level(3)
def test_an_outer_mark_frees_what_inner_marks_freed_or_kept(kata):
    """Marks nest: the inner ones go with the outer one, and the outer one outlives the inner ones."""
    play = Play(kata, 64)
    play.alloc(3)
    play.mark()
    play.alloc(8)
    play.mark()
    play.alloc(8)
    play.mark()
    play.alloc(8)
    play.rewind(1)
    play.alloc(16)
    play.rewind(0)
    play.alloc(40)


@level(3)
def test_any_number_of_marks_nest(kata):
    """Marks are positions: there may be any number of them, and each one is good."""
    play = Play(kata, 1 << 18)
    for _ in range(300):
        play.mark()
        play.alloc(800)
    for number in (299, 150, 149, 82, 81, 1, 0):
        play.rewind(number)
        play.alloc(8)


@level(3)
def test_marks_of_two_arenas_share_nothing(kata):
    """A mark lies beyond `used` or not, whatever another arena has done since."""
    first, second = Play(kata, 64), Play(kata, 64)
    first.alloc(16)
    first.mark()
    first.alloc(32)
    second.alloc(8)
    second.refuses("rewind", 16)
    first.rewind()
    second.reset()
    first.rewind()


@level(3)
def test_what_was_refused_before_a_rewind_fits_after_it(kata):
    """rewind makes room for what had none: nothing remembers that it was refused."""
    play = Play(kata, 64)
    play.mark()
    play.alloc(40)
    for align in (1, 8, 64):
        play.alloc(32, align)
    play.rewind()
    play.alloc(32, 1)
    play.rewind()
    play.alloc(64, 64)


@level(3)
def test_a_mark_can_be_used_again(kata):
    """A mark is a position: as long as the arena is that far, it is good."""
    play = Play(kata, 32)
    play.alloc(8)
    play.mark()
    for size in (24, 5, 8):
        play.alloc(size)
        play.rewind()
    play.rewind()
    play.alloc(24)


@level(3)
def test_rewinding_to_where_one_stands_is_harmless(kata):
    """A mark at exactly `used` is none beyond it, be the arena empty, full or in between."""
    play = Play(kata, 16)
    for size in (1, 8):
        play.mark()
        play.rewind()
        play.alloc(size)
    play.mark()
    play.rewind()


@level(3)
def test_a_mark_of_the_empty_arena_frees_everything(kata):
    """A mark taken before the first block is a mark like any other."""
    play = Play(kata, 16)
    play.mark()
    play.alloc(16)
    play.rewind()
    play.alloc(16)


@level(3)
def test_a_stale_mark_raises_ValueError_and_changes_nothing(kata):
    """A mark that lies beyond `used` raises ValueError and changes nothing."""
    play = Play(kata, 64)
    play.mark()
    play.alloc(8)
    play.mark()
    play.alloc(8)
    play.mark()
    play.rewind(1)
    play.rewind(2)
    play.rewind(0)
    play.rewind(1)
    play.alloc(9)
    play.rewind(2)
    play.reset()
    play.rewind(1)
    play.rewind(0)
    play.alloc(64)


@level(3)
@pytest.mark.parametrize("mark", [-1, -8, -(2**64), 17, 24, 64, 65, 2**64])
def test_a_mark_outside_the_used_part_raises_ValueError(kata, mark):
    """A mark that is negative or beyond `used` raises ValueError and changes nothing."""
    play = Play(kata, 64)
    play.alloc(16)
    play.refuses("rewind", mark)
    play.alloc(48)


@level(3)
def test_rewind_costs_the_same_whatever_it_frees(kata):
    """rewind is O(1): it cannot write to every byte that it frees."""
    capacity = 1 << 16
    play = Play(kata, capacity)
    play.mark()
    play.alloc(capacity - 8)
    play.memory[:] = b"\xaa" * capacity
    play.rewind()
    written = capacity - play.memory.count(0xAA)
    assert written <= 1024, f"rewind over {capacity - 8} bytes wrote to {written} of them"


class Marked(Aligned):
    """As before, and there are marks, to be rewound to in any order, stale ones too."""

    @rule()
    def mark(self):
        self.play.mark()

    @precondition(lambda self: self.play.marks)
    @rule(back=st.integers(0, 2))
    def rewind(self, back):
        self.play.rewind(-1 - back % len(self.play.marks))  # the last mark is 0 back


@level(3)
@machine(examples=60, steps=16)
def test_any_sequence_of_calls_is_as_the_model_has_it(kata):
    """Whatever is allocated, marked, rewound and reset in whatever order, `used` says where it stands."""
    return Marked(kata)


# -- level 4: threads --------------------------------------------------------------------------------


class Sequential(Model):
    """An arena that is called by one thread after another."""

    def __init__(self, capacity):
        self.initial = 0
        self.capacity = capacity
        self.description = f"an arena of {capacity} bytes"

    def alloc(self, used, size, align=8):
        return [fit(self.capacity, used, size, align)]

    def used(self, used):
        return [(used, used)]

    def show(self, used):
        return f"with used at {used}"


def at_once(arena, *scripts):
    """Runs each list of requests in a thread of its own; what was called and returned."""
    history = History()

    def run(script):
        for request in script:
            history.call_as("alloc", arena.alloc, *request)

    threads = [threading.Thread(target=run, args=(script,)) for script in scripts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history.call_as("used", lambda: arena.used)
    return history


@level(4)
@explore
@stress
def test_no_byte_is_given_to_two_threads_and_none_is_lost(kata):
    """However two threads allocate, the blocks are those of some order of the calls, and so is used."""
    arena = kata.Arena(64)
    history = at_once(arena, [(8,), (16,)], [(8,), (16,)])
    assert_linearizable(history, Sequential(64))


@level(4)
@explore
@stress
def test_blocks_far_from_each_other_are_given_to_one_thread_each(kata):
    """However large blocks are and however far the cursor gets, two threads get blocks of their own."""
    arena = kata.Arena(100_000)
    history = at_once(arena, [(40_000,), (8,)], [(40_000,), (8,)])
    assert_linearizable(history, Sequential(100_000))


@level(4)
@explore
@stress
def test_the_last_room_goes_to_exactly_one_thread(kata):
    """Where there is room for one of two blocks, exactly one thread gets it."""
    arena = kata.Arena(24)
    assert same(arena.alloc(8), 0), "alloc(8) of a new arena of 24 bytes did not return 0"
    history = at_once(arena, [(16,)], [(16,)])
    returned = [type(call.result) for call in history.operations[:2]]
    assert sorted(kind.__name__ for kind in returned) == ["NoneType", "int"], (
        "two threads asked for the last 16 bytes, and got "
        + " and ".join(repr(call.result) for call in history.operations[:2])
    )


@level(4)
@explore
@stress
def test_a_request_that_fits_is_not_refused_because_of_one_that_does_not(kata):
    """None is returned only if the request truly did not fit, whatever else is being refused."""
    arena = kata.Arena(16)
    history = at_once(arena, [(24,), (8,)], [(8,)])
    assert_linearizable(history, Sequential(16))


@level(4)
@explore
@stress
def test_used_ends_as_in_some_order_of_the_calls(kata):
    """With three threads and different alignments, used ends as in some order of the same calls."""
    arena = kata.Arena(64)
    history = at_once(arena, [(1, 1)], [(8, 8)], [(1, 16)])
    assert_linearizable(history, Sequential(64))


@level(4)
@explore
@stress
def test_a_bad_request_of_one_thread_harms_no_other(kata):
    """A ValueError in one thread leaves the arena as it was, and open to the others."""
    arena = kata.Arena(24)
    refused = []

    def bad_and_good():
        for arguments in ((0,), (8, 3)):
            try:
                arena.alloc(*arguments)
            except ValueError:
                refused.append(arguments)
        history.call_as("alloc", arena.alloc, 8)

    history = History()
    thread = threading.Thread(target=bad_and_good)
    thread.start()
    history.call_as("alloc", arena.alloc, 8)
    history.call_as("alloc", arena.alloc, 8)
    thread.join()
    assert refused == [(0,), (8, 3)], (
        f"of alloc(0) and alloc(8, 3) only {refused} raised ValueError"
    )
    history.call_as("used", lambda: arena.used)
    assert_linearizable(history, Sequential(24))
