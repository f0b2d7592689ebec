"""The same calls to both references, Python and C, come to the same, as far as the contract says."""

import threading
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.candidates import native
from harness.catalogue import Kata, load
from harness.grading.stress import Loader
from harness.native.bind import BINDING
from harness.native.compiler import NoCompilerError, find
from harness.tests.grading_tools import ROOT

KATAS = {kata.name: kata for kata in load(ROOT)}
Pair = tuple[ModuleType, ModuleType]
Call = tuple[str, tuple[Any, ...]]

same = settings(
    max_examples=150, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip


def modules(kata: Kata) -> Pair:
    """Both references, as Python modules."""
    try:
        find()
    except NoCompilerError as error:
        pytest.skip(error.line)
    adapter = native(kata, kata.solutions / f"{kata.name}.c", "c").path
    return Loader(kata.solution, kata.name).load(), Loader(adapter, kata.name).load()


@pytest.fixture
def pair(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Pair:
    name, mode = request.param
    monkeypatch.setenv(BINDING, mode)
    return modules(KATAS[name])


def of(name: str) -> Callable[..., Any]:
    """Bound in both ways; where Python's headers are absent, they are one."""
    modes = [pytest.param((name, mode), id=mode) for mode in ("api", "abi")]
    return pytest.mark.parametrize("pair", modes, indirect=True)


def outcome(call: Callable[..., Any], *arguments: object) -> Any:
    """What a call returns, or the name of what it raises."""
    try:
        return call(*arguments)
    except Exception as error:
        return type(error).__name__


def apply(thing: Any, calls: Sequence[Call]) -> list[object]:
    return [outcome(getattr(thing, name), *arguments) for name, arguments in calls]


def calls(**arguments: st.SearchStrategy[tuple[Any, ...]]) -> st.SearchStrategy[list[Call]]:
    """Lists of calls of the methods named, with such arguments."""
    each = [st.tuples(st.just(name), values) for name, values in arguments.items()]
    return st.lists(st.one_of(*each), max_size=30)


NONE: st.SearchStrategy[tuple[Any, ...]] = st.just(())
SIZES = st.one_of(st.integers(-2, 70), st.sampled_from([2**31, 2**63 - 1, 2**63, 2**64, 2**70]))
ALIGNS = st.one_of(st.integers(-1, 65), st.sampled_from([2**20, 2**63, 2**64]))


@of("bump_allocator")
@same
@given(
    capacity=st.integers(1, 200),
    todo=calls(alloc=st.tuples(SIZES, ALIGNS), reset=NONE, mark=NONE, rewind=st.tuples(SIZES)),
)
def test_arenas_agree_on_every_offset(pair: Pair, capacity: int, todo: list[Call]) -> None:
    ours, theirs = (module.Arena(capacity) for module in pair)
    assert apply(ours, todo) == apply(theirs, todo)
    assert ours.used == theirs.used


@of("free_list_allocator")
@same
@given(heap=st.integers(96, 400), sizes=st.lists(st.integers(-1, 60), max_size=12))
def test_heaps_agree_on_errors_and_keep_what_is_written(
    pair: Pair, heap: int, sizes: list[int]
) -> None:
    """Where blocks stand, and which one is refused for room, is theirs to choose."""
    both = [module.FreeListAllocator(heap) for module in pair]
    for size in sizes:
        got = [outcome(allocator.malloc, size) for allocator in both]
        assert [one == "ValueError" for one in got] == [size < 1] * 2
        for allocator, ptr in zip(both, got, strict=True):
            assert outcome(allocator.free, -8) == outcome(allocator.free, heap) == "ValueError"
            if type(ptr) is int:
                _keeps(allocator, ptr, size)


def _keeps(allocator: Any, ptr: int, size: int) -> None:
    content = bytes([size]) * size
    allocator.memory[ptr : ptr + size] = content
    grown = allocator.realloc(ptr, size + 8)
    kept = ptr if grown is None else grown
    assert bytes(allocator.memory[kept : kept + size]) == content


AMOUNTS = st.integers(1, 4 * 64).map(lambda n: n / 64)
STEPS = st.lists(st.tuples(st.integers(-64, 256).map(lambda n: n / 64), AMOUNTS), max_size=40)


@of("token_bucket")
@same
@given(rate=st.sampled_from([0.25, 0.5, 1.0, 2.0, 8.0]), steps=STEPS)
def test_buckets_agree_on_every_token(
    pair: Pair, rate: float, steps: list[tuple[float, float]]
) -> None:
    now = 1024.0
    ours, theirs = (module.TokenBucket(rate, 4.0, clock=lambda: now) for module in pair)
    for passed, amount in steps:
        now += passed
        assert ours.try_acquire(amount) == theirs.try_acquire(amount)
        assert theirs.available() == pytest.approx(ours.available(), rel=1e-6, abs=1e-6)


@of("sliding_window")
@same
@given(
    kind=st.sampled_from(["SlidingWindowLog", "SlidingWindowCounter"]),
    limit=st.integers(1, 5),
    window=st.sampled_from([1.0, 4.0, 64.0]),
    steps=st.lists(st.integers(-64, 1024).map(lambda n: n / 64), max_size=40),
)
def test_limiters_agree_on_every_request(
    pair: Pair, kind: str, limit: int, window: float, steps: list[float]
) -> None:
    now = 1024.0
    ours, theirs = (getattr(module, kind)(limit, window, clock=lambda: now) for module in pair)
    for passed in steps:
        now += passed
        assert theirs.retry_after() == pytest.approx(ours.retry_after(), rel=1e-9, abs=1e-9)
        assert ours.allow() == theirs.allow()


ACCOUNTS = st.integers(0, 2)
TRANSFERS = st.tuples(ACCOUNTS, ACCOUNTS, st.integers(-1, 60))


@of("ordered_lock_transfer")
@same
@given(todo=st.lists(st.one_of(TRANSFERS, st.lists(TRANSFERS, max_size=4)), max_size=12))
def test_banks_agree_on_every_balance(pair: Pair, todo: list[Any]) -> None:
    banks = [[module.Account(number, 50) for number in range(3)] for module in pair]
    for one in todo:
        seen = []
        for module, bank in zip(pair, banks, strict=True):
            many = [
                (bank[a], bank[b], cents) for a, b, cents in (one if type(one) is list else [one])
            ]
            if type(one) is list:
                seen.append(outcome(module.transfer_all, many))
            else:
                seen.append(outcome(module.try_transfer, *many[0], 0.0))
        assert seen[0] == seen[1]
        assert [a.balance for a in banks[0]] == [a.balance for a in banks[1]]
        assert pair[0].total(banks[0]) == pair[1].total(banks[1])


ITEMS = st.one_of(st.none(), st.integers())


@of("spsc_ring_buffer")
@same
@given(
    capacity=st.integers(1, 5),
    todo=calls(
        try_push=st.tuples(ITEMS),
        try_pop=st.tuples(st.just("default")),
        __len__=NONE,
        push=st.tuples(ITEMS, st.just(0.0)),
        pop=st.tuples(st.just(0.0), st.just("default")),
        push_many=st.tuples(st.lists(ITEMS, min_size=1, max_size=7)),
        pop_many=st.tuples(st.integers(0, 7)),
        close=NONE,
    ),
)
def test_rings_agree_on_every_item(pair: Pair, capacity: int, todo: list[Call]) -> None:
    ours, theirs = (module.SpscRingBuffer(capacity) for module in pair)
    assert apply(ours, todo) == apply(theirs, todo)


@of("thread_pool")
@settings(same, max_examples=40)
@given(tasks=st.lists(st.tuples(st.integers(-2, 2), st.booleans()), max_size=8))
def test_pools_agree_on_the_order_of_tasks(pair: Pair, tasks: list[tuple[int, bool]]) -> None:
    orders = []
    for module in pair:
        ran: list[int] = []
        gate = threading.Event()
        with module.ThreadPool(1) as pool:
            pool.submit(gate.wait, priority=-9)
            futures = [
                pool.submit(ran.append, number, priority=urgency)
                for number, (urgency, _) in enumerate(tasks)
            ]
            cancelled = [
                future.cancel() for future, (_, drop) in zip(futures, tasks, strict=True) if drop
            ]
            gate.set()
        orders.append((ran, cancelled, [future.cancelled() for future in futures]))
    assert orders[0] == orders[1]
