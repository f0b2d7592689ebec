"""What the suite demands of a ring buffer for one producer and one consumer, level by level.

Each test is one sentence of the contract: sequential ones first, then edges, then concurrent ones. The
oracle of the concurrent ones is a ring that serves one call after the other (`harness.history`): some
order of the calls must explain every result. That is also how "publishes its index once" is seen: a
batch is one step for the other side.

Waiting is told from working in two ways: the other side is frozen at each of its steps in turn, and
every lock that the ring has is held while the try_ calls run. In the tests only one thread calls the
producer's methods and only one the consumer's; where main plays both, the other one has ended or sleeps.
Time is virtual: `time.sleep` returns when nobody can do anything more, and costs nothing.
"""

import collections
import functools
import gc
import operator
import sys
import threading
import time
import types
import weakref

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from harness.history import History, Model, assert_linearizable
from harness.machine import Machine
from harness.suite import freeze, raises, simulated, thaw, timer_wakeups

level = pytest.mark.level
explore = pytest.mark.explore
stress = pytest.mark.stress
machine = pytest.mark.machine
plain = pytest.mark.plain

LATE = 1 / 64  # seconds that a deadline may be missed by, in virtual time


class Call:
    """A call that runs in a thread of its own."""

    def __init__(self, function, *args, **kwargs):
        self._call = function, args, kwargs
        self._result = self._error = self._ended = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        function, args, kwargs = self._call
        try:
            self._result = function(*args, **kwargs)
        except Exception as error:
            self._error = error
        self._ended = time.monotonic() if simulated() else 0.0

    def is_over(self):
        """Whether it has returned or raised."""
        return not self.thread.is_alive()

    def blocks(self):
        """Whether it goes on; raises what it raised."""
        if self._error is not None:
            raise self._error
        return not self.is_over()

    def result(self):
        """What it returned, or raises what it raised; waits for that."""
        self.thread.join()
        if self._error is not None:
            raise self._error
        return self._result

    def ended(self):
        """When it returned or raised; waits for that."""
        self.thread.join()
        return self._ended


class SequentialRing(Model):
    """A ring that serves one call after the other. A call that cannot go on has no outcome.

    A batch may be smaller than it could be, if the other side moved on after the first look at the room
    or at the items; it is none only if there was no room, or no item.
    """

    def __init__(self, capacity):
        self.capacity = capacity
        self.description = f"a ring of {capacity}"
        self.initial = ((), False)

    def try_push(self, state, item):
        items, closed = state
        if closed:
            return [("Closed", state)]
        return [(True, ((*items, item), False))] if len(items) < self.capacity else [(False, state)]

    def push(self, state, item):
        return [outcome for outcome in self.try_push(state, item) if outcome[0] is not False]

    def push_many(self, state, batch):
        items, closed = state
        if closed:
            return [("Closed", state)]
        fits = min(len(batch), self.capacity - len(items))
        counts = range(1, fits + 1) if fits else [0]
        return [(count, ((*items, *batch[:count]), False)) for count in counts]

    def close(self, state):
        return [(None, (state[0], True))]

    def try_pop(self, state):
        items, closed = state
        return [(items[0], (items[1:], closed))] if items else [("nothing", state)]

    def pop(self, state):
        items, closed = state
        if items:
            return self.try_pop(state)
        return [("Closed", state)] if closed else []

    def pop_many(self, state, limit):
        items, closed = state
        most = min(limit, len(items))
        counts = range(1, most + 1) if most else [0]
        return [(list(items[:count]), (items[count:], closed)) for count in counts]

    def show(self, state):
        return f"holding {list(state[0])}" + (", closed" if state[1] else "")


class Watched:
    """A ring, and the history of what its two sides called.

    turned: how many items went through it before, so that a batch meets the end of the slots.
    """

    def __init__(self, kata, capacity, filled=0, turned=0):
        self.ring = kata.SpscRingBuffer(capacity)
        for _ in range(turned):
            self.ring.try_push("gone")
            self.ring.try_pop()
        self._closed = kata.Closed
        self._capacity = capacity
        self._history = History()
        for number in range(filled):
            self.call("try_push", f"old {number}")

    def call(self, name, *args):
        """Calls the ring's method, and records the call."""
        method = getattr(self.ring, name)
        if name in ("try_pop", "pop"):
            return self._history.call_as(name, lambda: self._outcome(method, default="nothing"))
        return self._history.call_as(name, lambda *_: self._outcome(method, *args), *args)

    def _outcome(self, method, *args, **kwargs):
        try:
            return method(*args, **kwargs)
        except self._closed:
            return "Closed"

    def calls(self, *calls):
        """Makes the calls, each given as a tuple, one after the other."""
        for call in calls:
            self.call(*call)

    def check(self):
        """Drains the ring; asserts that some order of all the calls explains every result."""
        for _ in range(self._capacity + 1):
            if self.call("try_pop") == "nothing":
                break
        assert_linearizable(self._history, SequentialRing(self._capacity))


def settle():
    """Returns when every other thread sleeps or has ended."""
    time.sleep(1)


LOCKS = (type(threading.Lock()), type(threading.RLock()))
LEAVES = (
    types.ModuleType,
    threading.Event,
    str,
    int,
    float,
)  # an Event is no lock, whatever is in it


def locks_within(thing, module, seen):
    """The locks that can be reached from `thing`, which belongs to the candidate's `module`."""
    if id(thing) in seen or isinstance(thing, LEAVES):
        return []
    seen[id(thing)] = thing
    if isinstance(thing, LOCKS):
        return [thing]
    return [lock for part in parts_of(thing, module) for lock in locks_within(part, module, seen)]


def parts_of(thing, module):
    """What `thing` refers to by itself."""
    if isinstance(thing, dict):
        parts = [part for name, part in thing.items() if not str(name).startswith(("__", "_k_"))]
        return parts + attributes_of(thing)
    if isinstance(thing, (list, tuple, set, frozenset, collections.deque)):
        return [*thing, *attributes_of(thing)]
    if isinstance(thing, functools.partial):
        return [thing.func, thing.args, thing.keywords]
    if isinstance(thing, types.GeneratorType):
        return [dict(thing.gi_frame.f_locals)] if thing.gi_frame else []
    if isinstance(thing, (staticmethod, classmethod)):
        return [thing.__func__]
    if isinstance(thing, property):
        return [thing.fget]
    if isinstance(thing, type):
        return [dict(vars(thing))] if thing.__module__ == module else []
    if isinstance(thing, types.FunctionType):
        filled = [cell for cell in thing.__closure__ or () if cell != types.CellType()]
        cells = [cell.cell_contents for cell in filled]
        return [*cells, *(thing.__defaults__ or ()), *(thing.__kwdefaults__ or {}).values()]
    if isinstance(thing, types.MethodType):
        return [thing.__self__]
    return attributes_of(thing)


def attributes_of(thing):
    """Its attributes: those in its dict, and those in slots, the private ones under their full names."""
    slots = [
        name
        for cls in type(thing).__mro__
        for name, value in vars(cls).items()
        if isinstance(value, types.MemberDescriptorType)
    ]
    inside = [vars(thing)] if hasattr(thing, "__dict__") else []
    return inside + [getattr(thing, name, None) for name in slots]


def expect_no_lock_in_the_try_calls(kata, ring):
    """Holds every lock there is; asserts that try_push and try_pop come to their end all the same.

    A round without that comes first: a sleeper that came and went may have left something to tidy up.
    """
    timer_wakeups()  # where there is no explorer, it says so before any lock is held
    ring.try_push("first")
    ring.try_pop()
    found = locks_within([ring, dict(vars(kata))], kata.__name__, {})
    held = [lock for lock in found if lock.acquire(blocking=False)]
    before = timer_wakeups()
    pushes = Call(lambda: [ring.try_push("a") for _ in range(ring.capacity + 1)].count(True))
    settle()
    pops = Call(lambda: [ring.try_pop("default") for _ in range(ring.capacity + 1)].count("a"))
    settle()
    waits = [name for name, side in (("try_push", pushes), ("try_pop", pops)) if not side.is_over()]
    timed = timer_wakeups() - before
    for lock in held:
        lock.release()
    seen = [pushes.result(), pops.result()]
    assert timed == 0, (
        "nobody blocks, and yet a try_ call waits for a lock of the ring until a timer ends it"
    )
    assert not waits, f"nobody blocks, and yet {' and '.join(waits)} waits for a lock of the ring"
    assert seen == [ring.capacity] * 2, f"capacity {ring.capacity}: pushed and popped were {seen}"


def expect_no_time_since(start, name):
    """Asserts that no time has passed: in virtual time that takes a wait, however short."""
    waited = time.monotonic() - start
    assert waited == 0, f"the other side was stopped, and {name} waited for {waited} s"


def refuses(kata, call, *args):
    """Whether the call raises Closed."""
    try:
        call(*args)
    except kata.Closed:
        return True
    return False


def alive(refs, expected):
    """Which of the objects are alive; what only a cycle of garbage keeps does not count."""
    seen = [ref() is not None for ref in refs]
    if seen != expected:
        gc.collect()
        seen = [ref() is not None for ref in refs]
    return seen


class Item:
    """Something that can be referred to weakly, and compared with nothing."""


class Liar:
    """Equal to everything, different from everything, false, and empty."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return True

    def __bool__(self):
        return False

    def __len__(self):
        return 0

    __hash__ = None


class Touchy:
    """Refuses to be compared or judged."""

    def __eq__(self, other):
        raise TypeError("compared an item")

    def __bool__(self):
        raise TypeError("asked an item whether it is true")

    __hash__ = None


# -- level 1: core ---------------------------------------------------------------------------------


@level(1)
@pytest.mark.parametrize("capacity", [1, 2, 3, 4, 7])
def test_exactly_capacity_items_fit(kata, capacity):
    """try_push returns True for capacity items and False for the next; each pop makes room for one."""
    ring = kata.SpscRingBuffer(capacity)
    assert ring.capacity == capacity, f"made with capacity {capacity}, it says {ring.capacity!r}"
    results = [ring.try_push(number) for number in range(capacity + 2)]
    expected = [True] * capacity + [False] * 2
    assert results == expected, f"capacity {capacity}: {capacity + 2} pushes gave {results}"
    for number in range(2 * capacity + 1):
        popped = ring.try_pop()
        pushed = [ring.try_push(capacity + number), ring.try_push("too many")]
        assert popped == number, f"item {number} is the oldest one, try_pop gave {popped!r}"
        assert pushed == [True, False], (
            f"after one pop there is room for one: two pushes gave {pushed}"
        )


@level(1)
@pytest.mark.parametrize("capacity", [1, 2, 3, 5])
def test_items_come_out_in_the_order_they_went_in(kata, capacity):
    """First in, first out, however often the ring goes round and however full it is."""
    ring = kata.SpscRingBuffer(capacity)
    pushed = popped = 0
    for burst in [*range(1, capacity + 1), *range(capacity, 0, -1)] * 3:
        for _ in range(burst):
            assert ring.try_push(pushed) is True, f"{pushed - popped} of {capacity} in it: no room?"
            pushed += 1
        for _ in range(burst):
            item = ring.try_pop("nothing")
            assert item == popped, f"item {popped} is the oldest one, try_pop gave {item!r}"
            popped += 1


@level(1)
@plain
def test_a_ring_goes_round_for_ever(kata):
    """First in, first out, also after more items than an index of 8 or 16 bits can count."""
    ring = kata.SpscRingBuffer(300)
    pushed = popped = 0
    while pushed < 2**16 + 2**12:
        full = pushed + 300
        while pushed < full:
            assert ring.try_push(pushed) is True, f"{pushed - popped} of 300 in it: no room?"
            pushed += 1
        assert ring.try_push("too many") is False, "300 of 300 were in it, and one more went in"
        while popped < pushed:
            item = ring.try_pop("nothing")
            assert item == popped, f"item {popped} is the oldest one, try_pop gave {item!r}"
            popped += 1
    assert ring.try_pop("nothing") == "nothing", "more came out than went in"


@level(1)
def test_an_empty_ring_gives_the_default(kata):
    """try_pop on an empty ring returns the default, which is None if there is none."""
    ring = kata.SpscRingBuffer(2)
    for _ in range(4):
        mine = object()
        seen = [ring.try_pop(), ring.try_pop(mine), ring.try_pop(default=mine)]
        assert seen[0] is None, f"on an empty ring try_pop() gave {seen[0]!r}, not None"
        assert seen[1] is mine, f"on an empty ring try_pop(default) gave {seen[1]!r}"
        assert seen[2] is mine, f"on an empty ring try_pop(default=...) gave {seen[2]!r}"
        ring.try_push("item")
        item = ring.try_pop(mine)
        assert item == "item", f"one item was in the ring, try_pop gave {item!r}"


@level(1)
def test_any_object_is_an_item(kata):
    """Any object can go through, and comes out itself: None, false ones, and some that lie or protest."""
    items = [
        None,
        False,
        0,
        "",
        [],
        {},
        float("nan"),
        NotImplemented,
        Ellipsis,
        Liar(),
        Touchy(),
        object,
        (),
        kata.Closed,
        StopIteration(),
    ]
    for capacity in (1, 2, 16):
        ring = kata.SpscRingBuffer(capacity)
        for item in items:
            assert ring.try_push(item) is True, (
                f"an empty ring did not take a {type(item).__name__}"
            )
            default = object()
            popped = ring.try_pop(default)
            assert popped is not default, (
                f"pushed a {type(item).__name__}, the ring says it is empty"
            )
            assert popped is item, (
                f"pushed a {type(item).__name__}, popped a {type(popped).__name__}"
            )
            assert ring.try_pop(default) is default, f"a {type(item).__name__} came out twice"
    for item in items:
        ring.try_push(item)
    for item in items:
        popped = ring.try_pop("nothing")
        assert popped is item, f"pushed a {type(item).__name__}, popped a {type(popped).__name__}"


@level(1)
def test_the_same_object_may_be_in_the_ring_many_times(kata):
    """Pushing an object twice makes it two items; the ring itself and its class are items too."""
    ring = kata.SpscRingBuffer(3)
    for item in ("twice", None, ring, kata.SpscRingBuffer):
        pushed = [ring.try_push(item) for _ in range(4)]
        popped = [ring.try_pop("nothing") is item for _ in range(4)]
        assert pushed == [True, True, True, False], (
            f"the same object pushed 4 times into 3 places: {pushed}"
        )
        assert popped == [True, True, True, False], f"of 3 pushed ones 4 pops gave it as {popped}"


@level(1)
@pytest.mark.parametrize("capacity", [0, -1, -8])
def test_a_capacity_below_1_raises_ValueError(kata, capacity):
    """There is no ring for less than one item."""
    with raises(ValueError, f"SpscRingBuffer({capacity})"):
        kata.SpscRingBuffer(capacity)


@level(1)
def test_two_rings_share_nothing(kata):
    """What goes into one ring does not come out of another, nor take its room."""
    one, other = kata.SpscRingBuffer(1), kata.SpscRingBuffer(2)
    one.try_push("one")
    assert other.try_pop("nothing") == "nothing", "an item of one ring came out of another"
    pushed = [other.try_push("a"), other.try_push("b"), one.try_push("c")]
    assert pushed == [True, True, False], (
        f"rings of 1 (full) and 2 (empty): the pushes gave {pushed}"
    )
    popped = [one.try_pop(), other.try_pop(), other.try_pop()]
    assert popped == ["one", "a", "b"], f"the pops gave {popped}, not ['one', 'a', 'b']"


@level(1)
@plain
@pytest.mark.parametrize("capacity", [1, 2, 3])
def test_a_popped_items_slot_keeps_no_reference_to_it(kata, capacity):
    """An item that was popped and dropped is gone; those still in the ring are alive."""
    ring = kata.SpscRingBuffer(capacity)
    for _ in range(3):
        refs = []
        for _ in range(capacity):
            item = Item()
            refs.append(weakref.ref(item))
            ring.try_push(item)
        del item
        for number in range(capacity):
            ring.try_pop()
            expected = [False] * (number + 1) + [True] * (capacity - number - 1)
            seen = alive(refs, expected)
            assert seen == expected, (
                f"{number + 1} of {capacity} items were popped; alive are {seen}"
            )


class PushingAndPopping(Machine):
    """A ring beside a plain queue: whatever one thread calls, each call returns what the queue would."""

    closed = False

    def __init__(self, kata):
        super().__init__()
        self.kata = kata
        self.queue, self.made = [], 0

    @initialize(capacity=st.integers(1, 4))
    def make(self, capacity):
        self.capacity = capacity
        self.wrote(f"ring = SpscRingBuffer({capacity})")
        self.ring = self.kata.SpscRingBuffer(capacity)

    @rule()
    def try_push(self):
        self.pushes("try_push")

    @rule()
    def try_pop(self):
        self.pops("try_pop")

    def pushes(self, method, *timeout):
        fits = self.room() > 0
        self.asks(fits, method, self.made, *timeout)
        self.queue += [self.made] * fits
        self.made += 1

    def pops(self, method, *timeout):
        self.asks(self.queue[0] if self.queue else None, method, *timeout)
        del self.queue[:1]

    def room(self):
        return 0 if self.closed else self.capacity - len(self.queue)

    def asks(self, expected, method, *arguments):
        """Calls the method, which must return `expected`."""
        call = f"ring.{method}({', '.join(map(str, arguments))})"
        self.wrote(call)
        seen = getattr(self.ring, method)(*arguments)
        same = type(seen) is type(expected) and seen == expected
        assert same, f"{call} gave {seen!r}, not {expected!r}"


@level(1)
@machine(examples=40, steps=12)
def test_any_sequence_of_pushes_and_pops_agrees_with_a_queue(kata):
    """Whatever is called, each call returns what a plain queue of that size would."""
    return PushingAndPopping(kata)


# -- level 2: wait-free ----------------------------------------------------------------------------


@level(2)
@pytest.mark.parametrize("capacity", [1, 2, 5])
def test_len_counts_what_is_in_the_ring(kata, capacity):
    """len() is the number of items in the ring while nobody moves any."""
    ring = kata.SpscRingBuffer(capacity)
    for _ in range(3):
        up = [len(ring)] + [len(ring) for _ in range(capacity) if ring.try_push("x")]
        ring.try_push("too many")
        down = [len(ring)] + [len(ring) for _ in range(capacity) if ring.try_pop() is not None]
        ring.try_pop()
        down.append(len(ring))
        assert up == list(range(capacity + 1)), f"len() while {capacity} items went in: {up}"
        assert down == [*range(capacity, -1, -1), 0], (
            f"len() while {capacity} items came out: {down}"
        )


@level(2)
@explore
@stress
@pytest.mark.parametrize("capacity, filled", [(1, 0), (2, 2), (3, 2)])
def test_every_item_comes_out_once_and_in_order(kata, capacity, filled):
    """However the two sides interleave, nothing is lost, doubled, early, or out of order."""
    ring = Watched(kata, capacity, filled)
    producer = Call(ring.calls, ("try_push", "a"), ("try_push", "b"), ("try_push", "c"))
    ring.calls(("try_pop",), ("try_pop",), ("try_pop",))
    producer.result()
    ring.check()


@level(2)
@explore
@stress
def test_len_is_never_negative_nor_more_than_the_capacity(kata):
    """len() is between 0 and capacity whoever asks and whenever: a side or a third thread."""
    ring = kata.SpscRingBuffer(1)
    ring.try_push("old")

    def produce():
        ring.try_push("a")
        mine = len(ring)
        ring.try_push("b")
        return mine

    producer, third = Call(produce), Call(lambda: len(ring))
    ring.try_pop()
    seen = [len(ring)]
    ring.try_pop()
    ring.try_pop()
    seen += [producer.result(), third.result()]
    for length in seen:
        assert type(length) is int and 0 <= length <= 1, (
            f"the ring has one place, and len() was {length}"
        )


@level(2)
@explore(preemptions=1)  # one that asks is overtaken by all that goes through meanwhile
@pytest.mark.parametrize("capacity, filled", [(1, 0), (2, 0), (2, 2)])
def test_len_stays_in_its_bounds_however_much_goes_through_meanwhile(kata, capacity, filled):
    """len() is between 0 and capacity, however many items went in and out while it looked."""
    ring = kata.SpscRingBuffer(capacity)
    for _ in range(filled):
        ring.try_push("old")
    third = Call(lambda: len(ring))
    time.sleep(0)  # it does some of its steps, or all
    for _ in range(filled):
        ring.try_pop()
    for _ in range(capacity + 1):
        ring.try_push("new")
        ring.try_pop()
    length = third.result()
    assert type(length) is int and 0 <= length <= capacity, (
        f"the ring has room for {capacity}, and len() was {length}"
    )


@level(2)
@explore(every_point=True, preemptions=1)
@pytest.mark.parametrize("side", ["producer", "consumer", "third thread"])
def test_the_try_calls_finish_while_len_is_stopped_anywhere(kata, side):
    """Whoever asks for the length is stopped at each step of it: the try_ calls end all the same."""
    ring = Watched(kata, 2, filled=1)
    other = Call(lambda: len(ring.ring))
    time.sleep(0)
    freeze(other.thread)
    start = time.monotonic()
    if side != "producer":
        ring.calls(("try_push", "a"), ("try_push", "b"))
    if side != "consumer":
        ring.calls(("try_pop",), ("try_pop",))
    expect_no_time_since(start, "a try_ call")
    thaw(other.thread)
    other.result()
    ring.check()


@level(2)
@explore(every_point=True, preemptions=1)
@pytest.mark.parametrize("capacity, filled", [(1, 0), (2, 1), (2, 2)])
def test_try_pop_finishes_while_the_producer_is_stopped_anywhere(kata, capacity, filled):
    """The producer is stopped at each of its steps in turn: try_pop ends all the same."""
    ring = Watched(kata, capacity, filled)
    producer = Call(ring.calls, ("try_push", "a"), ("try_push", "b"))
    time.sleep(0)  # it does some of its steps, or all
    freeze(producer.thread)
    start = time.monotonic()
    ring.calls(("try_pop",), ("try_pop",), ("try_pop",))
    expect_no_time_since(start, "try_pop")
    thaw(producer.thread)
    producer.result()
    ring.check()


@level(2)
@explore(every_point=True, preemptions=1)
@pytest.mark.parametrize("capacity, filled", [(1, 1), (2, 1), (2, 2)])
def test_try_push_finishes_while_the_consumer_is_stopped_anywhere(kata, capacity, filled):
    """The consumer is stopped at each of its steps in turn: try_push ends all the same."""
    ring = Watched(kata, capacity, filled)
    consumer = Call(ring.calls, ("try_pop",), ("try_pop",))
    time.sleep(0)
    freeze(consumer.thread)
    start = time.monotonic()
    ring.calls(("try_push", "a"), ("try_push", "b"), ("try_push", "c"))
    expect_no_time_since(start, "try_push")
    thaw(consumer.thread)
    consumer.result()
    ring.check()


@level(2)
@pytest.mark.parametrize("capacity", [1, 3])
def test_the_try_calls_use_no_lock(kata, capacity):
    """try_push and try_pop go through while every lock of the ring is held by another thread."""
    expect_no_lock_in_the_try_calls(kata, kata.SpscRingBuffer(capacity))


# -- level 3: blocking -----------------------------------------------------------------------------


@level(3)
@pytest.mark.parametrize("timeout", [None, 0, 8])
def test_push_and_pop_do_not_wait_for_what_is_there(kata, timeout):
    """push with room returns True, pop with items returns the oldest, whatever the timeout."""
    ring = kata.SpscRingBuffer(2)
    start = time.monotonic()
    for number in range(4):
        pushed = [ring.push((number, "a"), timeout), ring.push((number, "b"), timeout=timeout)]
        assert pushed == [True, True], f"there was room for two, push gave {pushed}"
        popped = [ring.pop(timeout), ring.pop(timeout=timeout, default="nothing")]
        assert popped == [(number, "a"), (number, "b")], f"two items were there, pop gave {popped}"
    waited = time.monotonic() - start
    assert waited == 0, f"nothing was to be waited for, and it took {waited} s"


@level(3)
def test_any_object_goes_through_push_and_pop(kata):
    """None and false objects are items for push and pop too, and so is the default."""
    ring = kata.SpscRingBuffer(1)
    for item in (None, False, 0, "", [], Liar(), Touchy()):
        assert ring.push(item) is True, f"an empty ring did not take a {type(item).__name__}"
        popped = ring.pop(default=item)
        assert popped is item, f"pushed a {type(item).__name__}, popped a {type(popped).__name__}"
        assert len(ring) == 0, (
            f"a {type(item).__name__} was popped, and the ring holds {len(ring)} items"
        )


@level(3)
@pytest.mark.parametrize("capacity, timeout", [(1, None), (1, 64), (16, None)])
def test_push_blocks_while_full_and_goes_on_when_there_is_room(kata, capacity, timeout):
    """push on a full ring sleeps until the consumer pops one, then stores the item at once."""
    ring = kata.SpscRingBuffer(capacity)
    for number in range(capacity):
        ring.push(number)
    pushing = Call(ring.push, capacity, timeout)
    settle()
    assert pushing.blocks(), "the ring was full, and push did not block"
    assert len(ring) == capacity, (
        f"capacity {capacity}, a push blocked on it, and it holds {len(ring)} items"
    )
    popped_at = time.monotonic()
    popped = [ring.try_pop()]
    pushed = pushing.result()
    late = pushing.ended() - popped_at
    popped += [ring.try_pop("nothing") for _ in range(capacity)]
    assert pushed is True, f"a place came free, push returned {pushed!r}"
    assert late <= LATE, f"a place came free, and push went on {late} s later"
    assert popped == list(range(capacity + 1)), f"0 to {capacity} were pushed; popped: {popped}"


@level(3)
@pytest.mark.parametrize("capacity, timeout", [(2, None), (2, 64), (16, None)])
def test_pop_blocks_while_empty_and_goes_on_when_an_item_comes(kata, capacity, timeout):
    """pop on an empty ring sleeps until the producer pushes one, then returns the item at once."""
    ring = kata.SpscRingBuffer(capacity)
    popping = Call(ring.pop, timeout, "default")
    settle()
    assert popping.blocks(), "the ring was empty, and pop did not block"
    pushed_at = time.monotonic()
    ring.try_push("a")
    popped = popping.result()
    late = popping.ended() - pushed_at
    assert popped == "a", f"a was pushed, pop returned {popped!r}"
    assert late <= LATE, f"an item came, and pop returned {late} s later"


@level(3)
@pytest.mark.parametrize("timeout", [0, 0.5, 3])
def test_push_returns_False_at_its_deadline(kata, timeout):
    """A push that finds no room within the timeout returns False, and its item is not stored."""
    ring = kata.SpscRingBuffer(1)
    ring.push("a")
    for _ in range(2):
        start = time.monotonic()
        pushed = ring.push("b", timeout)
        waited = time.monotonic() - start
        assert pushed is False, f"there was no room for {timeout} s, push returned {pushed!r}"
        assert timeout <= waited <= timeout + LATE, (
            f"push was given {timeout} s and took {waited} s"
        )
    popped = [ring.try_pop(), ring.try_pop("nothing")]
    assert popped == ["a", "nothing"], f"only a was stored, popped were {popped}"


@level(3)
@pytest.mark.parametrize("timeout", [0, 0.5, 3])
def test_pop_returns_the_default_at_its_deadline(kata, timeout):
    """A pop that finds no item within the timeout returns the default, which is None if there is none."""
    ring = kata.SpscRingBuffer(2)
    mine = object()
    for expected, arguments in ((None, {}), (mine, {"default": mine})):
        start = time.monotonic()
        popped = ring.pop(timeout, **arguments)
        waited = time.monotonic() - start
        assert popped is expected, f"nothing came for {timeout} s, pop returned {popped!r}"
        assert timeout <= waited <= timeout + LATE, f"pop was given {timeout} s and took {waited} s"
    ring.try_push("a")
    popped = ring.pop()
    assert popped == "a", f"a was pushed after two pops had timed out, pop returned {popped!r}"


@level(3)
def test_a_timeout_is_waited_out_whatever_happened_before(kata):
    """Wakeups of earlier calls do not cut a later wait short, nor does an earlier timeout."""
    ring = kata.SpscRingBuffer(1)
    for _ in range(2):
        popping = Call(ring.pop)
        settle()
        ring.try_push("a")
        assert popping.result() == "a", (
            "a blocked pop was given something else than what was pushed"
        )
        start = time.monotonic()
        assert ring.pop(2, "default") == "default", "nothing was pushed, and pop returned something"
        waited = time.monotonic() - start
        assert 2 <= waited <= 2 + LATE, f"pop was given 2 s and took {waited} s"
        ring.try_push("b")
        pushing = Call(ring.push, "c")
        settle()
        popped = [ring.try_pop()]
        assert pushing.result() is True, "a place came free, and the blocked push failed"
        start = time.monotonic()
        assert ring.push("d", 2) is False, "the ring was full, and push did not fail"
        waited = time.monotonic() - start
        assert 2 <= waited <= 2 + LATE, f"push was given 2 s and took {waited} s"
        popped.append(ring.try_pop())
        assert popped == ["b", "c"], f"b, then c was pushed; popped were {popped}"


@level(3)
@pytest.mark.parametrize("side", ["push", "pop"])
@pytest.mark.parametrize("timeout", [None, 64])
def test_a_blocked_call_sleeps_and_does_not_wake_on_a_timer(kata, side, timeout):
    """A blocked push or pop is woken by the other side or at its deadline: it does not look now and then."""
    ring = kata.SpscRingBuffer(1)
    if side == "push":
        ring.push("a")
    blocked = Call(ring.push, "b", timeout) if side == "push" else Call(ring.pop, timeout)
    # the short one finds a fast poller soon, the others one that looks at half-time or once a month
    for seconds in (32, 31) if timeout else (32, 2**16, 2**24):
        before = timer_wakeups()
        time.sleep(seconds)
        woken = timer_wakeups() - before
        assert woken == 0, f"{side} was blocked for {seconds} s, and a timer woke it {woken} times"
    if side == "push":
        ring.try_pop()
        assert blocked.result() is True, "a place came free, and the blocked push failed"
    else:
        ring.try_push("a")
        assert blocked.result() == "a", "an item came, and the blocked pop returned something else"


@level(3)
@pytest.mark.parametrize("filled", [0, 1, 2])
def test_every_push_after_close_raises_Closed(kata, filled):
    """After close try_push and push raise Closed, with and without room, at once, and store nothing."""
    ring = kata.SpscRingBuffer(2)
    for number in range(filled):
        ring.push(number)
    ring.close()
    start = time.monotonic()
    seen = [refuses(kata, ring.try_push, "late"), refuses(kata, ring.push, "late", 8)]
    seen += [refuses(kata, ring.push, "late"), refuses(kata, ring.push, "late", 0)]
    waited = time.monotonic() - start
    assert seen == [True] * 4, (
        f"after close try_push and push with 8 s, no and 0 s of timeout raised Closed: {seen}"
    )
    assert waited == 0, f"a push after close waited {waited} s"
    popped = [ring.try_pop() for _ in range(filled)]
    assert popped == list(range(filled)), (
        f"{filled} items were pushed before close, popped were {popped}"
    )
    assert ring.try_pop("nothing") == "nothing", "an item pushed after close came out"


@level(3)
@pytest.mark.parametrize("how", ["try_pop", "pop", "timed pop"])
def test_the_consumer_drains_a_closed_ring_before_pop_raises_Closed(kata, how):
    """After close everything that was pushed comes out; then pop raises Closed, try_pop finds nothing."""
    ring = kata.SpscRingBuffer(3)
    for item in ("a", None, "c"):
        ring.push(item)
    ring.close()
    one = {"try_pop": ring.try_pop, "pop": ring.pop, "timed pop": lambda: ring.pop(8, "default")}[
        how
    ]
    popped = [one() for _ in range(3)]
    assert popped == ["a", None, "c"], f"a, None, c were pushed before close; {how} gave {popped}"
    start = time.monotonic()
    for _ in range(2):
        seen = [
            refuses(kata, ring.pop),
            refuses(kata, ring.pop, 8),
            refuses(kata, ring.pop, 0, "default"),
        ]
        assert seen == [True] * 3, (
            f"closed and drained: pop() / (8) / (0, default) raised Closed: {seen}"
        )
        left = [ring.try_pop(), ring.try_pop("nothing")]
        assert left == [None, "nothing"], f"closed and drained: try_pop gave {left}"
    waited = time.monotonic() - start
    assert waited == 0, f"pop on a closed and drained ring waited {waited} s"


@level(3)
def test_the_try_calls_of_a_closed_ring_use_no_lock(kata):
    """After close try_pop drains the ring, and try_push raises, while every lock of it is held."""
    ring = kata.SpscRingBuffer(2)
    ring.push("a")
    ring.close()
    timer_wakeups()  # where there is no explorer, it says so before any lock is held
    found = locks_within([ring, dict(vars(kata))], kata.__name__, {})
    held = [lock for lock in found if lock.acquire(blocking=False)]
    pops = Call(lambda: [ring.try_pop("nothing"), ring.try_pop("nothing")])
    settle()
    pushes = Call(refuses, kata, ring.try_push, "late")
    settle()
    waits = [name for name, side in (("try_pop", pops), ("try_push", pushes)) if not side.is_over()]
    for lock in held:
        lock.release()
    seen = [pops.result(), pushes.result()]
    assert not waits, f"the ring is closed, and {' and '.join(waits)} waits for a lock of it"
    assert seen == [["a", "nothing"], True], (
        f"a was pushed before close; two pops, and whether try_push raised Closed: {seen}"
    )


@level(3)
@pytest.mark.parametrize("side", ["push", "pop"])
def test_a_blocked_call_of_one_ring_is_nothing_to_another(kata, side):
    """Two rings share nothing: with both blocked, each is woken by its own news, and by no other."""
    rings = [kata.SpscRingBuffer(1) for _ in range(3)]
    if side == "push":
        for ring in rings[:2]:
            ring.push("old")
    blocked = []
    for ring in rings[:2]:
        blocked.append(Call(ring.push, "b") if side == "push" else Call(ring.pop))
        settle()
    expect_no_lock_in_the_try_calls(kata, rings[2])
    for number in (1, 0):
        rings[number].try_pop() if side == "push" else rings[number].try_push("a")
        settle()
        over = [call.is_over() for call in blocked]
        assert over == [number == 0, True], (
            f"{side} was blocked on rings 0 and 1, then ring {number} had news; returned have {over}"
        )
    seen = [call.result() for call in blocked]
    expected = [True, True] if side == "push" else ["a", "a"]
    assert seen == expected, f"the two blocked calls of {side} returned {seen}"


@level(3)
def test_closing_one_ring_closes_no_other(kata):
    """Two rings share nothing: one that is closed stays so, and those made before and after are open."""
    older, ring = kata.SpscRingBuffer(2), kata.SpscRingBuffer(2)
    ring.close()
    newer = kata.SpscRingBuffer(2)
    seen = [refuses(kata, one.try_push, "a") for one in (older, ring, newer)]
    assert seen == [False, True, False], (
        f"of three rings the second was closed, then the third made; try_push raised Closed: {seen}"
    )
    popped = [older.pop(0, "nothing"), refuses(kata, ring.pop), newer.pop(0, "nothing")]
    assert popped == ["a", True, "a"], (
        f"a was in the first and the third ring, the second is closed; pop gave {popped}"
    )


@level(3)
@pytest.mark.parametrize("timeout", [None, 64])
def test_close_wakes_a_blocked_consumer(kata, timeout):
    """A consumer that is blocked in pop when close comes wakes at once, with Closed."""
    ring = kata.SpscRingBuffer(1)
    popping = Call(refuses, kata, ring.pop, timeout)
    settle()
    closed_at = time.monotonic()
    ring.close()
    raised = popping.result()
    late = popping.ended() - closed_at
    assert raised, "a blocked pop returned when the ring was closed, instead of raising Closed"
    assert late <= LATE, f"the ring was closed, and the blocked pop raised Closed {late} s later"


@level(3)
@explore
@stress
@pytest.mark.parametrize("how", ["try_push", "push", "close"])
def test_no_wakeup_of_a_blocked_pop_is_lost(kata, how):
    """Whatever pop is just doing, an item or the end that comes then is seen."""
    ring = Watched(kata, 1)
    producer = Call(ring.calls, ("close",) if how == "close" else (how, "a"))
    ring.call("pop")
    producer.result()
    ring.check()


@level(3)
@explore
@stress
@pytest.mark.parametrize("how", ["try_pop", "pop"])
@pytest.mark.parametrize("capacity", [1, 2])
def test_no_wakeup_of_a_blocked_push_is_lost(kata, how, capacity):
    """Whatever push is just doing, room that comes then is seen."""
    ring = Watched(kata, capacity, filled=capacity)
    consumer = Call(ring.calls, (how,))
    ring.call("push", "a")
    consumer.result()
    ring.check()


@level(3)
@explore
@pytest.mark.parametrize("how", ["try_push", "close", "try_pop"])
def test_no_wakeup_of_a_call_with_a_timeout_is_lost(kata, how):
    """Whatever a push or pop with a timeout is just doing, news that come then are seen at once."""
    ring = kata.SpscRingBuffer(1)
    if how == "try_pop":
        ring.push("old")
    other = Call(getattr(ring, how), *["a"] * (how == "try_push"))
    start = time.monotonic()
    if how == "close":
        seen, expected = refuses(kata, ring.pop, 64), True
    elif how == "try_push":
        seen, expected = ring.pop(64, "default"), "a"
    else:
        seen, expected = ring.push("b", 64), True
    waited = time.monotonic() - start
    other.result()
    assert seen is expected, f"{how} came, and the call with a timeout gave {seen!r}"
    assert not simulated() or waited <= LATE, f"{how} came at once, the call took {waited} s"


@level(3)
@explore
@stress
def test_push_and_pop_keep_each_other_going(kata):
    """One pushes three items, the other pops three: both end, in order, through full and empty."""
    ring = Watched(kata, 2)
    producer = Call(ring.calls, ("push", "a"), ("push", "b"), ("push", "c"))
    ring.calls(("pop",), ("pop",), ("pop",))
    producer.result()
    ring.check()


@level(3)
@explore(preemptions=1)
def test_a_producer_that_blocks_twice_is_woken_twice(kata):
    """A producer that was woken may be asleep again before the one that woke it has gone on."""
    ring = Watched(kata, 1, filled=1)
    producer = Call(ring.calls, ("push", "a"), ("push", "b"))
    time.sleep(0)  # it does some of its steps, or falls asleep
    ring.calls(("pop",), ("pop",), ("pop",))
    producer.result()
    ring.check()


@level(3)
@explore
@stress
def test_nothing_is_lost_when_the_producer_closes_behind_its_items(kata):
    """A producer pushes, then closes: the consumer gets the item before pop raises Closed."""
    ring = Watched(kata, 1)
    producer = Call(ring.calls, ("push", "a"), ("close",))
    ring.calls(("pop",), ("pop",))
    producer.result()
    ring.check()


@level(3)
@explore
def test_an_item_that_comes_at_the_deadline_of_a_pop_is_popped_now_or_later(kata):
    """At the very deadline pop may take the item or not; if not, the next pop does."""
    time.monotonic()  # in virtual time alone
    ring = kata.SpscRingBuffer(2)

    def produce():
        time.sleep(1)
        ring.try_push("a")
        ring.try_push("b")

    producer = Call(produce)
    popped = [ring.pop(1, "default")]
    popped += [ring.pop(), ring.pop()] if popped == ["default"] else [ring.pop()]
    producer.result()
    start = time.monotonic()
    last = ring.pop(1, "nothing")
    waited = time.monotonic() - start
    assert [p for p in popped if p != "default"] == ["a", "b"], (
        f"a, b were pushed; popped were {popped}"
    )
    assert last == "nothing", f"both items were popped, and then {last!r} came out"
    assert waited >= 1, f"a pop on an empty ring was given 1 s and took {waited} s"


@level(3)
@explore
@pytest.mark.parametrize("then", ["try_pop", "pop"])
def test_an_item_that_comes_at_the_deadline_comes_out_before_Closed(kata, then):
    """An item, then close at the very deadline: pop gives the item or the default, and Closed later."""
    time.monotonic()  # in virtual time alone
    ring = kata.SpscRingBuffer(1)

    def produce():
        time.sleep(1)
        ring.try_push("a")
        ring.close()

    producer = Call(produce)
    try:
        popped = [ring.pop(1, "default")]
    except kata.Closed:
        popped = ["Closed"]
    producer.result()
    if popped == ["default"]:
        popped = [getattr(ring, then)()]
    assert popped == ["a"], f"a was pushed before close, and the consumer got {popped[0]!r}"
    assert refuses(kata, ring.pop), "closed and drained, but pop did not raise Closed"


@level(3)
@explore
def test_room_that_comes_at_the_deadline_of_a_push_is_used_or_not_but_never_both(kata):
    """At the very deadline push may store its item or not: True means stored, False means not."""
    time.monotonic()  # in virtual time alone
    ring = kata.SpscRingBuffer(1)
    ring.push("a")

    def consume():
        time.sleep(1)
        return ring.try_pop()

    consumer = Call(consume)
    pushed = ring.push("b", 1)
    first = consumer.result()
    second = ring.try_pop("nothing")
    assert type(pushed) is bool, f"push returned {pushed!r}, which is no bool"
    assert first == "a", f"a was in the ring, the consumer got {first!r}"
    expected = "b" if pushed else "nothing"
    assert second == expected, f"push returned {pushed}, and then try_pop gave {second!r}"
    ring.push("c")
    popping = Call(lambda: [ring.pop(), ring.pop()])
    pushed = ring.push("d")
    seen = popping.result()
    assert pushed and seen == ["c", "d"], f"c, d were pushed afterwards; popped were {seen}"


@level(3)
@explore(every_point=True, preemptions=1)
@pytest.mark.parametrize("side", ["push", "pop"])
def test_a_wakeup_that_comes_late_does_not_lengthen_a_timeout(kata, side):
    """A wakeup that was meant for an earlier call leaves the deadline of this one where it was."""
    ring = kata.SpscRingBuffer(1)
    if side == "push":
        ring.try_push("old")
    other = Call(ring.try_pop) if side == "push" else Call(ring.try_push, "a")
    time.sleep(0)
    freeze(
        other.thread
    )  # among others: when its work is done, and only the wakeup is still to come

    def go_on():
        time.sleep(1)
        thaw(other.thread)

    helper = Call(go_on)
    done = ring.try_push("b") if side == "push" else ring.try_pop() == "a"
    start = time.monotonic()
    again = ring.push("c", 2) if side == "push" else ring.pop(2) == "a"
    waited = time.monotonic() - start
    helper.result()
    other.result()
    least, most = (2, 2) if done else (0, 1)
    assert again is not done, (
        f"there was one to {side}; one call and then a second one gave {done}, {again}"
    )
    assert least <= waited <= most + LATE, f"{side} was given 2 s and took {waited} s"


@level(3)
@pytest.mark.parametrize("woken", [True, False])
def test_the_try_calls_use_no_lock_after_blocked_calls_have_ended(kata, woken):
    """When nobody blocks any more, woken or timed out, the try_ calls are wait-free again."""
    ring = kata.SpscRingBuffer(1)
    popping = Call(ring.pop, None if woken else 0.5)
    settle()
    if woken:
        ring.try_push("a")
    popping.result()
    ring.try_push("b")
    pushing = Call(ring.push, "c", None if woken else 0.5)
    settle()
    ring.try_pop()
    pushing.result()
    ring.try_pop()
    expect_no_lock_in_the_try_calls(kata, ring)


@level(3)
@explore(preemptions=1)
@pytest.mark.parametrize("side", ["push", "pop"])
def test_the_try_calls_use_no_lock_after_a_call_that_was_about_to_block(kata, side):
    """When a push or pop has ended that slept, was about to sleep or did not have to, nobody blocks."""
    ring = kata.SpscRingBuffer(1)
    if side == "push":
        ring.try_push("old")
    other = Call(ring.push, "a") if side == "push" else Call(ring.pop)
    time.sleep(0)  # it does some of its steps, or all
    ring.try_pop() if side == "push" else ring.try_push("a")
    other.result()
    ring.try_pop()
    expect_no_lock_in_the_try_calls(kata, ring)


@level(3)
@explore(every_point=True, preemptions=1)
def test_try_pop_finishes_while_close_is_stopped_anywhere(kata):
    """The producer is stopped at each step of close in turn: try_pop ends all the same."""
    ring = Watched(kata, 2, filled=1)
    producer = Call(ring.calls, ("close",))
    time.sleep(0)
    freeze(producer.thread)
    start = time.monotonic()
    ring.calls(("try_pop",), ("try_pop",))
    expect_no_time_since(start, "try_pop")
    thaw(producer.thread)
    producer.result()
    ring.check()


# -- level 4: batches ------------------------------------------------------------------------------


@level(4)
@pytest.mark.parametrize("capacity", [1, 3, 4])
def test_push_many_stores_as_many_as_fit(kata, capacity):
    """push_many stores the first items that fit, in order, and returns how many."""
    for shape in (list, tuple):
        ring = kata.SpscRingBuffer(capacity)
        for offset in range(2 * capacity):
            for size in range(capacity + 3):
                given = shape(range(size))
                stored = ring.push_many(given)
                assert stored == min(size, capacity), (
                    f"{size} items into {capacity} places: {stored!r}"
                )
                assert given == shape(range(size)), f"push_many changed the sequence to {given}"
                if shape is list:
                    given[:] = ["changed"] * size  # what was stored is stored
                popped = [ring.try_pop() for _ in range(stored)]
                assert popped == list(range(stored)), (
                    f"0, 1 ... were pushed (and the list changed afterwards), popped were {popped}"
                )
                assert ring.try_pop("nothing") == "nothing", "more came out than push_many said"
            ring.try_push(offset)  # the next round begins one slot further on
            ring.try_pop()


@level(4)
@pytest.mark.parametrize("capacity", [1, 3, 4])
def test_pop_many_returns_up_to_limit_items_in_order(kata, capacity):
    """pop_many returns a list of the oldest items, at most limit, and leaves the others."""
    ring = kata.SpscRingBuffer(capacity)
    for _ in range(capacity + 1):
        for limit in range(1, capacity + 3):
            ring.push_many(range(capacity))
            first = ring.pop_many(limit)
            rest = ring.pop_many(capacity + 1)
            assert type(first) is list, f"pop_many returned a {type(first).__name__}, not a list"
            assert first == list(range(min(limit, capacity))), (
                f"pop_many({limit}) of 0, 1 ...: {first}"
            )
            assert first + rest == list(range(capacity)), f"then pop_many gave {rest}"
            nothing = ring.pop_many(limit)
            assert type(nothing) is list and not nothing, (
                f"of an empty ring pop_many gave {nothing!r}"
            )
            nothing.append("the caller's")  # the next one is a new list
        ring.try_push("x")
        ring.try_pop()


@level(4)
@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_1_raises_ValueError(kata, limit):
    """pop_many with a limit below 1 raises ValueError and takes nothing, empty and closed or not."""
    ring = kata.SpscRingBuffer(2)
    with raises(ValueError, f"pop_many({limit})"):
        ring.pop_many(limit)
    ring.push_many(["a", "b"])
    with raises(ValueError, f"pop_many({limit})"):
        ring.pop_many(limit)
    assert ring.pop_many(2) == ["a", "b"], "pop_many raised ValueError, but took items"
    ring.close()
    with raises(ValueError, f"pop_many({limit})"):
        ring.pop_many(limit)


@level(4)
def test_any_limit_from_1_on_is_a_limit(kata):
    """pop_many with a huge limit returns what is there, be it 300 items, and costs no more than that."""
    for capacity in (3, 300):
        ring = kata.SpscRingBuffer(capacity)
        for size in (0, 1, capacity, capacity + 100):
            stored = ring.push_many(range(size))
            fits = min(size, capacity)
            assert stored == fits, f"{size} items into {capacity} places: {stored!r}"
            popped = ring.pop_many(sys.maxsize)
            assert popped == list(range(fits)), f"{fits} items were there, pop_many gave {popped}"


@level(4)
def test_batches_and_single_calls_mix(kata):
    """Batches fill up what single pushes left and the other way round; any object is an item."""
    ring = kata.SpscRingBuffer(4)
    items = [None, False, Liar(), Touchy()]
    ring.try_push("a")
    stored = ring.push_many(items)
    assert stored == 3, f"3 of 4 places were free, push_many of 4 items returned {stored!r}"
    assert ring.try_push("b") is False, "the ring was full, and try_push took another item"
    assert len(ring) == 4, f"the ring is full with 4 items, and len() is {len(ring)}"
    popped = [ring.try_pop(), *ring.pop_many(2), ring.pop()]
    expected = ["a", *items[:3]]
    wrong = [type(p).__name__ for p, e in zip(popped, expected, strict=True) if p is not e]
    assert not wrong, f"of a, None, False, Liar() these came out instead of another: {wrong}"


@level(4)
def test_any_object_goes_through_in_a_batch(kata):
    """None and false objects are items of a batch too, and none is compared or judged."""
    items = [Liar(), None, Touchy(), False, "", Touchy(), Liar()]
    for capacity in (1, 3, 7):
        ring = kata.SpscRingBuffer(capacity)
        for first in range(len(items)):
            batch = items[first:]
            stored = ring.push_many(batch)
            assert stored == min(capacity, len(batch)), (
                f"{len(batch)} items into {capacity} places: {stored!r}"
            )
            popped = ring.pop_many(capacity)
            given = [type(item).__name__ for item in batch[:stored]]
            seen = [type(item).__name__ for item in popped]
            same = len(popped) == stored and all(map(operator.is_, popped, batch))
            assert same, f"pushed in a batch were {given}, popped in a batch {seen}"


@level(4)
def test_push_many_after_close_raises_Closed_and_pop_many_drains(kata):
    """After close push_many raises Closed; pop_many drains what is there, then returns []."""
    ring = kata.SpscRingBuffer(3)
    ring.push_many(["a", "b"])
    ring.close()
    assert refuses(kata, ring.push_many, ["late"]), "push_many after close did not raise Closed"
    seen = [ring.pop_many(1), ring.pop_many(5), ring.pop_many(5)]
    assert seen == [["a"], ["b"], []], f"a, b were pushed before close; pop_many gave {seen}"
    assert refuses(kata, ring.pop), "closed and drained, but pop did not raise Closed"


@level(4)
@plain
@pytest.mark.parametrize("capacity", [1, 3])
def test_slots_emptied_by_pop_many_and_pop_keep_no_reference(kata, capacity):
    """Items that came out by pop_many or pop and were dropped are gone."""
    ring = kata.SpscRingBuffer(capacity)
    takes = [lambda limit=limit: ring.pop_many(limit) for limit in range(1, capacity + 1)]
    for take in [*takes, ring.pop, lambda: ring.pop(1)] * capacity:
        items = [Item() for _ in range(capacity)]
        refs = [weakref.ref(item) for item in items]
        ring.push_many(items)
        del items
        while len(ring):
            take()
            expected = [False] * (capacity - len(ring)) + [True] * len(ring)
            seen = alive(refs, expected)
            assert seen == expected, (
                f"{capacity - len(ring)} of {capacity} items were popped; alive are {seen}"
            )
        ring.push("x")  # the next round begins one slot further on
        ring.try_pop()


class CallingAnything(PushingAndPopping):
    """As before, with all of the calls, and len() after each."""

    @rule()
    def push(self):
        self.pushes("push", 0)

    @rule()
    def pop(self):
        self.pops("pop", 0)

    @rule(size=st.integers(1, 5))
    def push_many(self, size):
        items = [self.made + number for number in range(size)]
        fits = min(size, self.room())
        self.asks(fits, "push_many", items)
        self.queue += items[:fits]
        self.made += size

    @rule(limit=st.integers(1, 5))
    def pop_many(self, limit):
        self.asks(self.queue[:limit], "pop_many", limit)
        del self.queue[:limit]

    @precondition(lambda self: not self.closed)
    @rule()
    def close(self):
        self.script.insert(0, "from contextlib import suppress")
        self.asks(None, "close")
        self.closed = True

    @invariant()
    def len_counts(self):
        seen, expected = len(self.ring), len(self.queue)
        assert seen == expected, f"then len(ring) is {seen}, not {expected}"

    def asks(self, expected, method, *arguments):
        """As before; but after close a push raises Closed, and so does a pop that finds nothing."""
        if not self.closed or method in ("try_pop", "pop_many") or (method == "pop" and self.queue):
            super().asks(expected, method, *arguments)
            return
        call = f"ring.{method}({', '.join(map(str, arguments))})"
        self.wrote(f"with suppress(Closed): {call}")
        raised = refuses(self.kata, getattr(self.ring, method), *arguments)
        assert raised, f"after close {call} did not raise Closed"


@level(4)
@machine(examples=40, steps=16)
def test_any_sequence_of_calls_agrees_with_a_queue(kata):
    """Whatever one thread calls, each call returns what a plain queue of that size would."""
    return CallingAnything(kata)


@level(4)
@explore
@stress
@pytest.mark.parametrize("how", ["try_pop", "pop_many"])
@pytest.mark.parametrize("capacity, filled, turned", [(2, 0, 1), (3, 1, 0), (3, 2, 0)])
def test_a_pushed_batch_appears_at_once(kata, how, capacity, filled, turned):
    """The consumer sees all of a batch or nothing of it: push_many publishes once."""
    ring = Watched(kata, capacity, filled, turned)
    producer = Call(ring.calls, ("push_many", ("a", "b")))
    takes = (how, 3) if how == "pop_many" else (how,)
    ring.calls(*[takes] * (3 if how == "pop_many" else 3 + filled))
    producer.result()
    ring.check()


@level(4)
@explore
@stress
@pytest.mark.parametrize("how", ["try_push", "push_many"])
@pytest.mark.parametrize("capacity, filled, turned", [(2, 2, 0), (3, 2, 0), (2, 2, 1)])
def test_a_popped_batch_gives_its_room_back_at_once(kata, how, capacity, filled, turned):
    """The producer finds all the places of a batch free or none of them: pop_many publishes once."""
    ring = Watched(kata, capacity, filled, turned)
    consumer = Call(ring.calls, ("pop_many", 2))
    if how == "try_push":
        ring.calls(*[("try_push", item) for item in "abcd"])
    else:
        ring.calls(*[("push_many", (f"a{n}", f"b{n}", f"c{n}")) for n in range(3)])
    consumer.result()
    ring.check()


@level(4)
@explore(preemptions=1)
@pytest.mark.parametrize("how", ["push_many", "pop_many"])
def test_a_long_batch_appears_at_once_too(kata, how):
    """A batch of 40 items is there for a batch of the other side as a whole, or not at all."""
    ring = kata.SpscRingBuffer(40)
    if how == "push_many":
        other = Call(ring.push_many, range(40))
        time.sleep(0)  # it does some of its steps, or all
        moved = len(ring.pop_many(40))
    else:
        ring.push_many(range(40))
        other = Call(ring.pop_many, 40)
        time.sleep(0)
        moved = ring.push_many(range(40))
    other.result()
    side = "consumer got" if how == "push_many" else "producer found room for"
    assert moved in (0, 40), f"{how} moved 40 items, and meanwhile the {side} {moved} of them"


@level(4)
@explore
@stress
@pytest.mark.parametrize("filled", [0, 1, 2])
def test_batches_of_both_sides_agree_with_some_order(kata, filled):
    """push_many and pop_many at once, round the end of the ring: each is one step."""
    ring = Watched(kata, 2, filled)
    producer = Call(ring.calls, ("push_many", ("a", "b")), ("push_many", ("c", "d")))
    ring.calls(("pop_many", 1), ("pop_many", 2))
    producer.result()
    ring.check()


@level(4)
@explore
@stress
@pytest.mark.parametrize("capacity, filled", [(2, 0), (1, 0), (2, 1)])
def test_a_pushed_batch_wakes_a_blocked_pop(kata, capacity, filled):
    """Whatever pop is just doing, a batch that comes then is seen, though only a part of it fits."""
    ring = Watched(kata, capacity, filled)
    producer = Call(ring.calls, ("push_many", ("a", "b")))
    ring.calls(*[("pop",)] * capacity)
    producer.result()
    ring.check()


@level(4)
@explore
@stress
@pytest.mark.parametrize("capacity, filled", [(2, 2), (1, 1), (2, 1)])
def test_a_popped_batch_wakes_a_blocked_push(kata, capacity, filled):
    """Whatever push is just doing, the room that a batch leaves then is seen, be it under the limit."""
    ring = Watched(kata, capacity, filled)
    consumer = Call(ring.calls, ("pop_many", 2))
    ring.calls(*[("push", item) for item in "ab"[:capacity]])
    consumer.result()
    ring.check()


@level(4)
@explore
@stress
def test_nothing_is_lost_when_the_producer_closes_behind_a_batch(kata):
    """A producer pushes a batch, then closes: the consumer gets all of it before pop raises Closed."""
    ring = Watched(kata, 2)
    producer = Call(ring.calls, ("push_many", ("a", "b")), ("close",))
    ring.calls(("pop",), ("pop_many", 2), ("pop_many", 2), ("pop",))
    producer.result()
    ring.check()


@level(4)
@explore(every_point=True, preemptions=1)
@pytest.mark.parametrize("side", ["producer", "consumer"])
def test_the_try_calls_finish_while_a_batch_is_stopped_anywhere(kata, side):
    """The other side is stopped at each step of its batch in turn: the try_ calls end all the same."""
    ring = Watched(kata, 3, filled=1 if side == "producer" else 3)
    batch = ("push_many", ("a", "b")) if side == "producer" else ("pop_many", 2)
    other = Call(ring.calls, batch)
    time.sleep(0)
    freeze(other.thread)
    mine = ("try_pop",) if side == "producer" else ("try_push", "c")
    start = time.monotonic()
    ring.calls(mine, mine)
    expect_no_time_since(start, mine[0])
    thaw(other.thread)
    other.result()
    ring.check()
