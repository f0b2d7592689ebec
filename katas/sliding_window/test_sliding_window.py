"""What the suite demands of the two sliding-window limiters, level by level, as the README promises it.

Each test is one sentence of the contract: sequential ones first, then edges, then concurrent ones.
The limiters get a clock that the test sets. All times are exact in binary and windows are powers of
two, so that rounding decides nothing: `now - window` and `oldest + window` are equally right.
"""

import math
import numbers
import threading
import time
import tracemalloc
from fractions import Fraction
from time import thread_time

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from harness.history import History, Model, assert_linearizable
from harness.machine import Machine
from harness.suite import raises

level = pytest.mark.level
explore = pytest.mark.explore
stress = pytest.mark.stress
machine = pytest.mark.machine
plain = pytest.mark.plain  # on real Python, not in the simulated world: for what takes many calls

BOTH = pytest.mark.parametrize("kind", ["SlidingWindowLog", "SlidingWindowCounter"])


class Clock:
    """Shows the time that the test sets."""

    def __init__(self, now=0.0):
        self.now = now

    def __call__(self):
        return self.now


class Caller(threading.Thread):
    """Makes one call in a thread of its own, and notes what came of it."""

    def __init__(self, call, *args):
        super().__init__()
        self.call = lambda: call(*args)
        self.result = "nothing yet"
        self.start()

    def run(self):
        self.result = self.call()


def number(seen):
    """A number that can be compared without asking the candidate; NaN for what is none."""
    return float(seen) if isinstance(seen, numbers.Real) else math.nan


def check(seen, expected, call):
    """`seen` is what the contract says that `call` returns: True, False or a number of seconds."""
    if isinstance(expected, bool):
        right = seen is expected
    else:
        right = number(seen) >= 0 and abs(number(seen) - expected) <= 1e-9 * expected
    assert right, f"{call} returned {seen!r}, not {expected!r}"


def answers(limiter, calls):
    """What so many calls of allow in a row return."""
    return [limiter.allow() for _ in range(calls)]


def expect(limiter, granted, refused, when):
    """The next calls of allow: so many are granted, and then so many are refused."""
    seen = answers(limiter, granted + refused)
    promised = [True] * granted + [False] * refused
    right = all(a is b for a, b in zip(seen, promised, strict=True))
    assert right, f"{when}, allow() returned {seen}, not {promised}"


# -- level 1: log ----------------------------------------------------------------------------------


@level(1)
@pytest.mark.parametrize("start", [0.0, 1.0, 1000.0, -1000.0])
@pytest.mark.parametrize("limit", [1, 3])
def test_limit_requests_are_allowed_at_once_and_no_more(kata, start, limit):
    """A new log allows `limit` requests at once, whatever the clock shows, and refuses the next."""
    limiter = kata.SlidingWindowLog(limit, 4.0, clock=Clock(start))
    expect(limiter, limit, 2, f"at {start}, on a new log with limit {limit}")


@level(1)
@pytest.mark.parametrize("start", [0.0, 1000.0, -1000.0, -4.0, 2.0**24 + 0.5])  # half a year
def test_a_request_counts_until_exactly_a_window_later(kata, start):
    """A request counts a moment less than `window` seconds after it, and not `window` seconds after."""
    clock = Clock(start)
    limiter = kata.SlidingWindowLog(1, 4.0, clock=clock)
    expect(limiter, 1, 0, "the first time")
    clock.now = start + 4 - 1 / 1024
    expect(limiter, 0, 1, "with limit 1, 1/1024 s less than a window after the only request")
    clock.now = start + 4
    expect(limiter, 1, 1, "with limit 1, exactly a window after the only request")


@level(1)
def test_each_request_counts_for_a_window_of_its_own(kata):
    """The window slides: requests stop counting one by one, in the order in which they were made."""
    clock = Clock()
    limiter = kata.SlidingWindowLog(3, 4.0, clock=clock)
    for now in (1.0, 3.0, 3.5):
        clock.now = now
        expect(limiter, 1, 0, f"with limit 3 and fewer requests before, at {now}")
    steps = ((4.0, 0), (5.0, 1), (6.0, 0), (7.0, 1), (7.5, 1), (8.0, 0), (9.0, 1))
    for now, granted in steps:
        clock.now = now
        expect(limiter, granted, 1, f"with limit 3, window 4, and a call at 1, 3 and 3.5, at {now}")


@level(1)
def test_refused_requests_do_not_count(kata):
    """A refused request does not count: whoever asks all the time is allowed as soon as the others."""
    clock = Clock()
    limiter = kata.SlidingWindowLog(2, 4.0, clock=clock)
    expect(limiter, 2, 2, "at 0, on a new log with limit 2")
    for step in range(1, 16):
        clock.now = step / 4
        expect(limiter, 0, 1, f"at {clock.now}, with window 4 and both requests made at 0")
    clock.now = 4.0
    expect(limiter, 2, 1, "a window after the two requests, with refused ones in between")


@level(1)
def test_nothing_is_left_over_from_long_ago(kata):
    """After a long pause the log allows `limit` requests, neither fewer nor more."""
    clock = Clock()
    limiter = kata.SlidingWindowLog(3, 2.0, clock=clock)
    for pause in (0.0, 64.0, 2.0, 4096.0):
        clock.now += pause
        expect(limiter, 3, 1, f"with limit 3 and window 2, after a pause of {pause} s")


BAD = [(0, 1.0), (-1, 1.0), (1, 0.0), (1, -1.0), (1, math.nan)]
NAMES = ["-".join(map(str, arguments)) for arguments in BAD]


@level(1)
@pytest.mark.parametrize("arguments", BAD, ids=NAMES)
def test_bad_arguments_raise_ValueError(kata, arguments):
    """limit < 1, or a window that is not positive, or NaN, raises ValueError."""
    with raises(ValueError, f"SlidingWindowLog{arguments}"):
        kata.SlidingWindowLog(*arguments)


@level(1)
def test_time_comes_from_the_clock_that_was_given(kata):
    """The time is what `clock` shows, and nothing else; allow waits for nothing."""
    clock = Clock()
    limiter = kata.SlidingWindowLog(1, 4.0, clock=clock)
    expect(limiter, 1, 1, "on a new log with limit 1")
    time.sleep(8)
    expect(limiter, 0, 1, "8 s later by another clock, but none by its own")
    start = time.monotonic()
    clock.now = 4.0
    expect(limiter, 1, 1, "a window later by its own clock")
    took = time.monotonic() - start
    assert took == 0, f"allow waited {took} s"


@level(1)
def test_the_clock_is_time_monotonic_unless_said_otherwise(kata):
    """Without a `clock` real seconds count."""
    limiter = kata.SlidingWindowLog(1, 4.0)
    expect(limiter, 1, 1, "on a new log with limit 1")
    time.sleep(4)
    expect(limiter, 1, 1, "a window later, without a clock of its own")


@level(1)
def test_two_logs_share_nothing(kata):
    """What one log has allowed does not count for another."""
    clock = Clock()
    first, *others = (
        kata.SlidingWindowLog(limit=1, window=4.0, clock=its)
        for its in (clock, clock, Clock(1000.0))
    )
    expect(first, 1, 1, "on a new log with limit 1")
    for other in others:
        expect(other, 1, 1, "on another log with limit 1")
    clock.now = 3.0
    expect(first, 0, 1, "3 s after its only request, with another log's clock far ahead")
    clock.now = 4.0
    expect(first, 1, 1, "a window after its only request, with another log's clock far ahead")


class LogModel:
    """What the contract says of the log, as plainly as it can be said."""

    def __init__(self, limit, window, now):
        self.limit, self.window, self.latest = limit, window, now
        self.allowed = []

    def at(self, now):
        self.latest = max(self.latest, now)

    def counting(self):
        return [past for past in self.allowed if past > self.latest - self.window]

    def allow(self):
        granted = len(self.counting()) < self.limit
        if granted:
            self.allowed.append(self.latest)
        return granted

    def retry_after(self):
        counting = self.counting()
        full = len(counting) >= self.limit
        return counting[-self.limit] + self.window - self.latest if full else 0.0


class CounterModel:
    """What the contract says of the counter, in exact fractions."""

    def __init__(self, limit, window, now):
        self.limit, self.window, self.latest = limit, Fraction(window), Fraction(now)
        self.counts = {}  # by the window's number

    def at(self, now):
        self.latest = max(self.latest, Fraction(now))

    def estimate(self, at):
        window = at // self.window
        elapsed = at - window * self.window
        previous = self.counts.get(window - 1, 0)
        return self.counts.get(window, 0) + previous * (1 - elapsed / self.window)

    def fits(self, at):
        return self.estimate(at) + 1 <= self.limit

    def allow(self):
        granted = self.fits(self.latest)
        if granted:
            number_ = self.latest // self.window
            self.counts[number_] = self.counts.get(number_, 0) + 1
        return granted

    def retry_after(self):
        """The least time at which the estimate has fallen far enough: it falls in straight lines."""
        if self.fits(self.latest):
            return 0.0
        for number_ in (self.latest // self.window, self.latest // self.window + 1):
            room = self.limit - 1 - self.counts.get(number_, 0)
            previous = self.counts.get(number_ - 1, 0)
            if room >= 0:
                faded = 1 - Fraction(room, previous) if previous > room else 0
                at = max(self.latest, (number_ + faded) * self.window)
                return float(at - self.latest)
        raise AssertionError(
            "the suite's model is wrong: the next window's requests fade in any case"
        )


MODELS = {"SlidingWindowLog": LogModel, "SlidingWindowCounter": CounterModel}


class Allowing(Machine):
    """A limiter and its model, asked the same at the same times: they give the same answers."""

    def __init__(self, kata, kind):
        super().__init__()
        self.limiters = getattr(kata, kind)
        self.kind = kind

    @initialize(limit=st.integers(1, 5), window=st.sampled_from([0.5, 2.0, 4.0]))
    def make(self, limit, window):
        self.clock, self.window = Clock(), window
        self.shows(1024.0)
        self.wrote(f"limiter = {self.kind}({limit}, {window}, clock=lambda: now)")
        self.limiter = self.limiters(limit, window, clock=self.clock)
        self.model = MODELS[self.kind](limit, window, self.clock.now)

    def shows(self, now):
        self.clock.now = now
        self.wrote(f"now = {now}")

    def asked(self, method):
        self.wrote(f"limiter.{method}()")
        self.model.at(self.clock.now)
        expected = getattr(self.model, method)()
        seen = getattr(self.limiter, method)()
        check(seen, expected, f"at {self.clock.now}, {method}()")

    @rule(parts=st.integers(1, 16) | st.integers(1, 48))
    def time_goes_by(self, parts):
        self.shows(self.clock.now + parts * self.window / 16)

    @rule()
    def allow(self):
        self.asked("allow")


class Asking(Allowing):
    """As before, and one asks when to come again."""

    @rule()
    def retry_after(self):
        self.asked("retry_after")


class SteppingBack(Asking):
    """As before, and the clock steps back."""

    @rule(parts=st.integers(1, 16))
    def clock_steps_back(self, parts):
        self.shows(max(1024.0, self.clock.now - parts * self.window / 16))


@level(1)
@machine(examples=30, steps=16)
def test_any_calls_of_allow_are_answered_as_the_contract_says(kata):
    """Whenever it is asked, the log allows what fits into the window that ends then."""
    return Allowing(kata, "SlidingWindowLog")


# -- level 2: retry_after, memory, cost ------------------------------------------------------------


@level(2)
def test_retry_after_is_0_while_there_is_room(kata):
    """retry_after is 0.0 when allow would succeed now."""
    clock = Clock(512.0)
    limiter = kata.SlidingWindowLog(2, 4.0, clock=clock)
    for request in range(2):
        seen = limiter.retry_after()
        check(seen, 0.0, f"with limit 2, after {request} requests, retry_after()")
        expect(limiter, 1, 0, f"with limit 2, after {request} requests")
    for later in (4.0, 5.0, 4096.0):
        clock.now = 512.0 + later
        seen = limiter.retry_after()
        check(seen, 0.0, f"{later} s after the last request, with window 4, retry_after()")


@level(2)
def test_retry_after_says_when_the_oldest_request_stops_counting(kata):
    """When the log is full, retry_after is the time until the oldest request stops counting."""
    clock = Clock()
    limiter = kata.SlidingWindowLog(2, 4.0, clock=clock)
    for clock.now in (1.0, 2.5):
        expect(limiter, 1, 0, f"with limit 2, at {clock.now}")
    for now, left in ((2.5, 2.5), (3.0, 2.0), (4.5, 0.5), (5 - 1 / 64, 1 / 64)):
        clock.now = now
        seen = limiter.retry_after()
        check(
            seen,
            left,
            f"at {now}, with limit 2, window 4 and requests at 1.0 and 2.5, retry_after()",
        )
    clock.now = 5.0
    seen = limiter.retry_after()
    check(seen, 0.0, "a window after the oldest request, retry_after()")
    expect(limiter, 1, 1, "after retry_after() was 0.0 with requests at 1.0 and 2.5, at 5.0")
    seen = limiter.retry_after()
    check(seen, 1.5, "at 5.0, with limit 2, window 4 and requests at 2.5 and 5.0, retry_after()")


@level(2)
def test_asking_when_to_retry_changes_nothing(kata):
    """retry_after neither counts as a request nor makes one stop counting."""
    clock = Clock()
    limiter = kata.SlidingWindowLog(2, 4.0, clock=clock)
    for _ in range(5):
        limiter.retry_after()
    expect(limiter, 2, 1, "after 5 calls of retry_after on a new log with limit 2")
    clock.now = 3.0
    for _ in range(5):
        seen = limiter.retry_after()
        check(seen, 1.0, "3 s after both requests, with window 4, retry_after()")
    expect(limiter, 0, 1, "3 s after both requests, after retry_after")


@level(2)
@machine(examples=30, steps=16)
def test_any_calls_are_answered_as_the_contract_says(kata):
    """Whenever it is asked, the log says what is allowed, and when the next one would be."""
    return Asking(kata, "SlidingWindowLog")


def growth(calls):
    """Bytes that stay allocated after the calls have been made as often again."""
    tracemalloc.start()
    try:
        calls()
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(4):
            calls()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


CALLS = 2000  # a time and its place take 32 bytes: 8000 of them would be a quarter of a megabyte
ROOM = 64 * 1024  # bytes


@level(2)
@plain
@pytest.mark.parametrize("calls", ["refused", "allowed", "asked"])
def test_memory_does_not_grow_with_the_number_of_calls(kata, calls):
    """The log keeps at most `limit` times, however many requests are refused or allowed, or asked for."""
    clock = Clock()
    limiter = kata.SlidingWindowLog(4, 1.0, clock=clock)

    def many():
        for _ in range(CALLS):
            clock.now += 0.5 if calls == "allowed" else 1 / 1024
            limiter.allow()
            if calls == "asked":
                limiter.retry_after()
            else:
                limiter.allow()

    grown = growth(many)
    assert grown < ROOM, (
        f"{4 * CALLS} times {calls}, with limit 4, and {grown} bytes more are in use"
    )


@level(2)
@plain
def test_the_answers_are_the_same_after_many_calls(kata):
    """Of ten thousand requests as many are allowed as of the first few."""
    clock = Clock()
    limiter = kata.SlidingWindowLog(4, 1.0, clock=clock)
    for half in range(5000):
        clock.now = half / 2
        free = 0 if half % 2 else 4
        expect(
            limiter, free, 1, f"with limit 4 and window 1, at {clock.now}, after {3 * half} calls"
        )


def fastest(limiter, clock, step):
    """The least processor time that 64 calls took, of many: what disturbs only makes it longer."""
    best = math.inf
    for _ in range(20):
        start = thread_time()
        for _ in range(64):
            clock.now += step
            limiter.allow()
        best = min(best, thread_time() - start)
    return best


@level(2)
@plain
def test_a_refused_call_costs_the_same_however_many_requests_count(kata):
    """A refused call of allow takes no longer with thousands of requests in the window than with one."""
    clock = Clock()
    one, full = (kata.SlidingWindowLog(limit, 64.0, clock=clock) for limit in (1, 1 << 12))
    for _ in range(1 << 12):
        granted = full.allow()
        check(granted, True, f"one of the first {1 << 12} allow() with that limit")
    expect(full, 0, 1, f"with limit {1 << 12}, after as many requests")
    one.allow()
    times = fastest(full, clock, 0.0) / fastest(one, clock, 0.0)
    assert times < 20, (
        f"with {1 << 12} requests in a full window allow took {times:.0f} times as long as with one"
    )


@level(2)
@plain
def test_allow_costs_the_same_however_many_requests_count(kata):
    """A call of allow takes no longer with a quarter of a million requests in the window than with one."""
    clock = Clock()
    limit = 1 << 18
    with_one = fastest(kata.SlidingWindowLog(1, 256.0, clock=clock), clock, 1 / 1024)
    limiter = kata.SlidingWindowLog(limit, 256.0, clock=clock)
    # A search through all of them shows with a few thousand, and would take minutes to fill the rest;
    # moving all of them down by one is so fast that only a full log shows it.
    for many in (4096, limit):
        for _ in range(many):
            clock.now += 1 / 1024
            limiter.allow()
        times = fastest(limiter, clock, 1 / 1024) / with_one
        assert times < 20, (
            f"with {many} requests in the window allow took {times:.0f} times as long as with one"
        )
    expect(limiter, 0, 1, f"with limit {limit}, as many requests in the window")


# -- level 3: counter ------------------------------------------------------------------------------


@level(3)
@pytest.mark.parametrize("arguments", BAD, ids=NAMES)
def test_bad_arguments_of_a_counter_raise_ValueError(kata, arguments):
    """limit < 1, or a window that is not positive, or NaN, raises ValueError."""
    with raises(ValueError, f"SlidingWindowCounter{arguments}"):
        kata.SlidingWindowCounter(*arguments)


@level(3)
@pytest.mark.parametrize("start", [0.0, 1000.0, 1003.5])
def test_a_new_counter_allows_limit_requests(kata, start):
    """A new counter allows `limit` requests, whatever the clock shows, and refuses the next."""
    limiter = kata.SlidingWindowCounter(3, 4.0, clock=Clock(start))
    seen = limiter.retry_after()
    check(seen, 0.0, "on a new counter, retry_after()")
    expect(limiter, 3, 2, f"at {start}, on a new counter with limit 3")


@level(3)
def test_the_previous_window_weighs_less_and_less(kata):
    """The previous window's requests count by the share of that window that is still within reach."""
    clock = Clock(8.0)
    limiter = kata.SlidingWindowCounter(4, 4.0, clock=clock)
    expect(limiter, 4, 1, "in the first window, with limit 4")
    for now, granted in ((12.0, 0), (12.75, 0), (13.0, 1), (13.75, 0), (14.0, 1), (16.0, 2)):
        clock.now = now
        expect(limiter, granted, 1, f"with limit 4, windows of 4 s and 4 requests at 8.0, at {now}")


@level(3)
def test_a_window_that_is_not_full_weighs_what_it_has(kata):
    """The weight is that of the requests that were made, not of those that were possible."""
    clock = Clock(8.0)
    limiter = kata.SlidingWindowCounter(4, 4.0, clock=clock)
    expect(limiter, 2, 0, "in the first window, with limit 4")
    clock.now = 12.0
    expect(limiter, 2, 1, "at the start of the next window, after 2 requests in the one before")
    clock.now = 14.0
    expect(limiter, 1, 1, "in the middle of it, with 2 requests in it and 2 in the one before")


@level(3)
def test_a_part_of_a_request_is_too_much(kata):
    """The estimate is not rounded: estimate + 1 must be at most the limit."""
    clock = Clock(8.0)
    limiter = kata.SlidingWindowCounter(4, 4.0, clock=clock)
    expect(limiter, 4, 0, "in the first window, with limit 4")
    for now in (12 + 1 / 1024, 12.5, 13 - 1 / 1024):
        clock.now = now
        expect(
            limiter, 0, 1, f"with limit 4 and 4 requests in the window before, {now - 12} s into it"
        )
    clock.now = 13.0
    expect(limiter, 1, 1, "with limit 4 and 4 requests in the window before, exactly 1 s into it")


@level(3)
@pytest.mark.parametrize("start", [1000.0, 1003.0, 0.0, 3.0, -1.0, -9.0])
def test_windows_start_at_multiples_of_the_window(kata, start):
    """Windows start at multiples of `window` on the clock, whenever the counter was made or first used."""
    clock = Clock(start)
    limiter = kata.SlidingWindowCounter(4, 4.0, clock=clock)
    expect(limiter, 4, 1, f"on a new counter with limit 4, at {start}")
    clock.now = start - start % 4 + 4
    expect(limiter, 0, 1, f"when the window of 4 s began in which {clock.now} lies")
    clock.now += 1.0
    expect(limiter, 1, 1, "a quarter into a window, with limit 4 and 4 requests in the one before")
    clock.now += 3.0
    expect(limiter, 3, 1, "when the next window began, with one request in the one before")


@level(3)
@pytest.mark.parametrize("idle", [8.0, 8.5, 11.0, 12.0, 4096.0])
def test_after_an_idle_window_nothing_counts(kata, idle):
    """What is older than the previous window counts nothing."""
    clock = Clock(16.0)
    limiter = kata.SlidingWindowCounter(3, 4.0, clock=clock)
    expect(limiter, 3, 1, "in the first window, with limit 3")
    clock.now = 16.0 + idle
    seen = limiter.retry_after()
    check(seen, 0.0, f"{idle} s after the start of a full window of 4 s, retry_after()")
    expect(limiter, 3, 1, f"{idle} s after the start of a full window of 4 s")


@level(3)
def test_refused_requests_do_not_count_in_a_counter(kata):
    """A refused request counts neither in its own window nor in the next."""
    clock = Clock(16.0)
    limiter = kata.SlidingWindowCounter(2, 4.0, clock=clock)
    expect(limiter, 2, 6, "in the first window, with limit 2")
    clock.now = 22.0
    expect(
        limiter, 1, 6, "half into the next window, with limit 2 and 2 requests in the one before"
    )
    clock.now = 24.0
    expect(limiter, 1, 1, "when the next window began, with one request in the one before")


@level(3)
def test_a_counter_says_when_to_retry(kata):
    """retry_after is the time until the estimate has fallen to limit - 1, in this window or the next."""
    clock = Clock(8.0)
    limiter = kata.SlidingWindowCounter(4, 4.0, clock=clock)
    expect(limiter, 4, 0, "in the first window, with limit 4")
    steps = ((8.0, 5.0), (10.5, 2.5), (12.0, 1.0), (12.75, 0.25), (13.0, 0.0))
    for now, left in steps:
        clock.now = now
        seen = limiter.retry_after()
        check(
            seen, left, f"at {now}, with limit 4, windows of 4 s and 4 requests at 8, retry_after()"
        )
    expect(limiter, 1, 1, "at 13.0, where retry_after() was 0.0")
    for now, left in ((13.0, 1.0), (13.5, 0.5), (14.0, 0.0), (14.5, 0.0)):
        clock.now = now
        seen = limiter.retry_after()
        check(seen, left, f"at {now}, after another request at 13.0, retry_after()")


@level(3)
@pytest.mark.parametrize("start", [16.0, 17.5])
def test_a_counter_with_limit_1_says_when_to_retry(kata, start):
    """With limit 1, retry_after is the time until the window after the request's own is over."""
    clock = Clock(start)
    limiter = kata.SlidingWindowCounter(1, 4.0, clock=clock)
    expect(limiter, 1, 1, "on a new counter with limit 1")
    for now in (start, 19.0, 20.0, 22.0, 24 - 1 / 64):
        clock.now = now
        seen = limiter.retry_after()
        check(
            seen,
            24.0 - now,
            f"at {now}, with limit 1, windows of 4 s and one at {start}, retry_after()",
        )
        expect(limiter, 0, 1, f"at {now}, before retry_after() is over")
    clock.now = 24.0
    expect(limiter, 1, 1, "at 24.0, when retry_after() is over")


@level(3)
@plain
def test_a_counters_memory_does_not_grow_with_the_requests_that_count(kata):
    """The counter needs the same memory for ten thousand requests in one window as for one."""
    clock = Clock(8.0)
    limiter = kata.SlidingWindowCounter(5 * CALLS, 1.0, clock=clock)

    def many():
        for _ in range(CALLS):
            clock.now += 2.0**-16
            told[limiter.allow()] += 1

    told = {True: 0, False: 0}
    grown = growth(many)
    assert grown < ROOM, f"with {5 * CALLS} requests in a window {grown} bytes more are in use"
    assert not told[False], f"with limit {5 * CALLS}, of as many requests allow told: {told}"
    expect(limiter, 0, 1, f"with limit {5 * CALLS} and as many requests in the window")


@level(3)
@plain
def test_a_window_counts_as_many_requests_as_the_limit_has(kata):
    """With a limit of more than 65536 so many requests are allowed in one window, and then no more."""
    limit = (1 << 16) + 1
    limiter = kata.SlidingWindowCounter(limit, 1.0, clock=Clock(8.0))
    allow = limiter.allow
    granted = sum(1 for _ in range(limit) if allow() is True)
    assert granted == limit, f"with limit {limit}, of as many calls allow() allowed {granted}"
    expect(limiter, 0, 1, f"with limit {limit} and as many requests in the window")


@level(3)
@plain
def test_a_counters_memory_does_not_grow(kata):
    """The counter needs the same memory however many windows go by."""
    clock = Clock()
    limiter = kata.SlidingWindowCounter(2, 1.0, clock=clock)

    def many():
        for _ in range(CALLS):
            clock.now += 0.5
            limiter.allow()
            limiter.allow()
            limiter.retry_after()

    grown = growth(many)
    assert grown < ROOM, (
        f"after {12 * CALLS} calls in {2 * CALLS} windows {grown} bytes more are in use"
    )


@level(3)
def test_two_counters_share_nothing(kata):
    """What one counter has allowed does not count for another."""
    clock, ahead = Clock(), Clock(1000.0)
    limiters = [
        kata.SlidingWindowCounter(limit=1, window=4.0, clock=its) for its in (clock, clock, ahead)
    ]
    for limiter in limiters:
        expect(limiter, 1, 1, "on a new counter with limit 1, whatever others have allowed")
    for later, granted in ((4.0, 0), (8.0, 1)):
        clock.now, ahead.now = later, 1000.0 + later
        for limiter in limiters:
            expect(limiter, granted, 1, f"with limit 1, {later} s after the start of a full window")


@level(3)
@machine(examples=60, steps=20)
def test_any_calls_of_a_counter_are_answered_as_the_contract_says(kata):
    """Whenever it is asked, the counter decides by its estimate, and says when that has fallen."""
    return Asking(kata, "SlidingWindowCounter")


# -- level 4: threads, and clocks that step back ---------------------------------------------------


@level(4)
@BOTH
def test_a_clock_that_steps_back_admits_no_more(kata, kind):
    """While the clock is behind its latest reading, what is allowed is what was at that reading."""
    clock = Clock(8.0)
    limiter = getattr(kata, kind)(2, 4.0, clock=clock)
    expect(limiter, 2, 1, "at 8.0, with limit 2")
    for now in (7.0, 5.0, 3.0, 0.0, -1e5, 8.0):
        clock.now = now
        expect(limiter, 0, 1, f"with limit 2, window 4 and 2 requests at 8.0, and back at {now}")
    clock.now = 16.0
    expect(limiter, 1, 0, "two windows later, at 16.0")
    for now in (9.0, 4.0):
        clock.now = now
        expect(
            limiter, 0 if now == 4.0 else 1, 1, f"with limit 2 and one at 16.0, and back at {now}"
        )
    clock.now = 20.0 - 1 / 64
    expect(
        limiter, 0, 1, "at 20 - 1/64, with 2 requests that were made after the clock had shown 16.0"
    )


@level(4)
@BOTH
@pytest.mark.parametrize("reader", ["allow", "retry_after"])
def test_retry_after_counts_from_the_latest_reading(kata, kind, reader):
    """While the clock is behind its latest reading, retry_after is what it was at that reading."""
    # A reading of 0 is one too.
    for start, latest, counted in ((8.0, 12.0, 12.0), (-4.0, 0.0, 8.0)):
        clock = Clock(start)
        limiter = getattr(kata, kind)(1, 8.0, clock=clock)
        expect(limiter, 1, 0, f"at {start}, with limit 1")
        clock.now = latest
        Caller(getattr(limiter, reader)).join()  # whichever thread it was that read it
        left = 4.0 if kind == "SlidingWindowLog" else counted
        for now in (latest - 2, start, latest - 11, -1e5, latest):
            clock.now = now
            seen = limiter.retry_after()
            check(seen, left, f"back at {now}, after a call of {reader} at {latest}, retry_after()")
        clock.now = latest + 1
        seen = limiter.retry_after()
        check(
            seen,
            left - 1,
            f"at {clock.now}, after a call of {reader} at {latest}, retry_after()",
        )


@level(4)
@BOTH
@machine(examples=30, steps=16)
def test_any_calls_are_answered_as_the_contract_says_whatever_the_clock_does(kata, kind):
    """With a clock that steps back too, the answers are those for its latest reading."""
    return SteppingBack(kata, kind)


@level(4)
@explore
@stress
@BOTH
def test_the_last_place_is_given_to_one_of_two(kata, kind):
    """Two threads ask for the last place in the window: one is allowed, the other is refused."""
    limiter = getattr(kata, kind)(1, 4.0, clock=Clock(8.0))
    other = Caller(limiter.allow)
    mine = limiter.allow()
    other.join()
    results = [mine, other.result]
    assert sorted(map(repr, results)) == ["False", "True"], (
        f"two threads called allow with room for one, and were told {results}"
    )


@level(4)
@explore
@stress
@BOTH
def test_nobody_is_refused_where_both_fit(kata, kind):
    """Two threads ask at once where there is room for both: both are allowed, and then it is full."""
    limiter = getattr(kata, kind)(2, 4.0, clock=Clock(8.0))
    other = Caller(limiter.allow)
    mine = limiter.allow()
    other.join()
    check(mine, True, "with room for two, one of two calls of allow at once")
    check(other.result, True, "with room for two, one of two calls of allow at once")
    expect(limiter, 0, 1, "with limit 2, after two threads were allowed")


@level(4)
@explore
@stress
@BOTH
def test_places_that_come_free_are_given_once(kata, kind):
    """Two threads that both come first after a pause find the same places free, and share them."""
    clock = Clock(8.0)
    limiter = getattr(kata, kind)(2, 4.0, clock=clock)
    expect(limiter, 2, 1, "at 8.0, with limit 2")
    clock.now = 16.0
    other = Caller(limiter.allow)
    mine = limiter.allow()
    other.join()
    check(mine, True, "two windows later, one of two calls of allow at once")
    check(other.result, True, "two windows later, one of two calls of allow at once")
    expect(limiter, 0, 1, "with limit 2, after two threads were allowed")


@level(4)
@explore
@stress
@BOTH
def test_a_question_meanwhile_does_no_harm(kata, kind):
    """retry_after in one thread and allow in another: neither disturbs the other."""
    clock = Clock(8.0)
    limiter = getattr(kata, kind)(1, 4.0, clock=clock)
    expect(limiter, 1, 1, "at 8.0, with limit 1")
    clock.now = 16.0
    other = Caller(limiter.retry_after)
    mine = limiter.allow()
    other.join()
    check(mine, True, "two windows after the only request, allow()")
    full = 4.0 if kind == "SlidingWindowLog" else 8.0
    seen = number(other.result)
    assert seen in (0.0, full), (
        f"with limit 1, before or after the request at 16.0, retry_after() returned {other.result!r}"
    )
    expect(limiter, 0, 1, "with limit 1, after it was allowed in one thread")


@level(4)
@explore
@stress
@BOTH
def test_two_questions_at_once_do_no_harm(kata, kind):
    """retry_after in two threads at once: what no longer counts is dropped once, and nothing else is."""
    clock = Clock(8.0)
    limiter = getattr(kata, kind)(2, 4.0, clock=clock)
    for clock.now in (8.0, 10.0):
        expect(limiter, 1, 0, f"at {clock.now}, with limit 2")
    clock.now = 13.0
    other = Caller(limiter.retry_after)
    mine = limiter.retry_after()
    other.join()
    room = kind == "SlidingWindowLog"
    for seen in (mine, other.result):
        check(seen, 0.0 if room else 1.0, "at 13.0, with requests at 8.0 and 10.0, retry_after()")
    expect(limiter, int(room), 1, "at 13.0, with limit 2, when two threads had called retry_after")


@level(4)
@explore
@BOTH
def test_nobody_is_refused_who_is_overtaken_twice(kata, kind):
    """Three threads ask at once where there is room for all: whoever is overtaken twice is allowed too."""
    limiter = getattr(kata, kind)(4, 4.0, clock=Clock(8.0))
    others = [Caller(limiter.allow), Caller(limiter.allow)]
    results = [limiter.allow()]
    for other in others:
        other.join()
        results.append(other.result)
    assert all(result is True for result in results), (
        f"three threads called allow with room for four, and were told {results}"
    )


@level(4)
@BOTH
@pytest.mark.parametrize("call", ["allow", "retry_after"])
def test_a_limiter_does_not_wait_for_another(kata, kind, call):
    """Two limiters share nothing, not even a lock: one answers while another reads a slow clock."""
    slow = getattr(kata, kind)(2, 4.0, clock=lambda: time.sleep(8) or 8.0)
    other = getattr(kata, kind)(2, 4.0, clock=Clock(8.0))
    start = time.monotonic()
    caller = Caller(getattr(slow, call))
    time.sleep(1)
    answer = getattr(other, call)()
    took = time.monotonic() - start - 1
    caller.join()
    expected = True if call == "allow" else 0.0
    check(answer, expected, f"on a new limiter, while another reads its clock, {call}()")
    assert took == 0, f"while another limiter read its clock, {call} waited {took} s"


@level(4)
@explore
@BOTH
def test_a_thread_that_is_late_with_its_reading_of_the_clock_admits_no_more(kata, kind):
    """A call that read the clock, and was overtaken by one that read it later, admits no more."""
    clock = Clock(8.0)
    limiter = getattr(kata, kind)(2, 4.0, clock=clock)
    expect(limiter, 1, 0, "at 8.0, with limit 2")
    other = Caller(limiter.allow)
    clock.now = 16.0
    mine = [limiter.allow(), limiter.allow()]
    other.join()
    after = limiter.allow()
    late = other.result is True
    assert mine[0] is True and after is False, (
        f"with limit 2, at 16.0, while another thread called allow: it was told {mine}, then {after}"
    )
    assert mine[1] is True or late, f"two places were free at 16.0, but one thread was told {mine}"
    clock.now = 20.0 - 1 / 64
    expect(limiter, 0, 1, "less than a window after 16.0, where two were allowed")


class Requests(Model):
    """A limiter as a model of harness.history: the clock's reading, and the requests that were allowed."""

    description = "a limiter"
    initial = ()

    def __init__(self, kind, limit, window, now):
        self.kind, self.limit, self.window = kind, limit, window
        self.initial = (now, ())

    def _plainly(self, state):
        now, allowed = state
        model = MODELS[self.kind](self.limit, self.window, now)
        if self.kind == "SlidingWindowLog":
            model.allowed = list(allowed)
        else:
            model.counts = dict(allowed)
        return model

    def _frozen(self, now, model):
        log = self.kind == "SlidingWindowLog"
        return now, tuple(model.allowed) if log else tuple(model.counts.items())

    def allow(self, state):
        model = self._plainly(state)
        result = model.allow()
        return [(result, self._frozen(state[0], model))]

    def advance(self, state, now):
        return [(None, (now, state[1]))]


@level(4)
@explore
@BOTH
def test_calls_from_threads_are_answered_as_in_some_order(kata, kind):
    """What threads are told agrees with some order of their calls and of the clock's steps."""
    clock, history = Clock(8.0), History()
    limiter = getattr(kata, kind)(2, 4.0, clock=clock)

    def advance(now):
        clock.now = now

    def twice():
        history.call_as("allow", limiter.allow)
        history.call_as("allow", limiter.allow)

    history.call_as("allow", limiter.allow)
    first = Caller(twice)
    history.call(advance, 14.0)
    second = Caller(lambda: history.call_as("allow", limiter.allow))
    history.call(advance, 16.0)
    first.join()
    second.join()
    history.call_as("allow", limiter.allow)
    history.call_as("allow", limiter.allow)
    assert_linearizable(history, Requests(kind, 2, 4.0, 8.0))


@level(4)
@explore
def test_a_late_reading_is_not_weighed_in_a_later_window(kata):
    """A call that read the clock in one window, and decides in the next, is refused where both are full."""
    clock = Clock(8.0)
    limiter = kata.SlidingWindowCounter(2, 4.0, clock=clock)
    expect(limiter, 2, 0, "at 8.0, with limit 2")
    clock.now = 11.0
    late = Caller(limiter.allow)
    clock.now = 12.0
    left = limiter.retry_after()
    late.join()
    check(left, 2.0, "with limit 2, windows of 4 s and 2 requests at 8.0, at 12.0, retry_after()")
    check(late.result, False, "with limit 2 and 2 requests at 8.0, at 11.0 or 12.0, allow()")


@level(4)
@explore
def test_a_request_counts_from_when_it_was_allowed(kata):
    """A request that was allowed after a wait for its turn counts from then, not from its call."""
    clock = Clock(8.0)
    limiter = kata.SlidingWindowLog(1, 8.0, clock=clock)
    expect(limiter, 1, 1, "at 8.0, with limit 1")
    clock.now = 15.0
    late = Caller(limiter.allow)
    clock.now = 16.0
    limiter.retry_after()
    late.join()
    clock.now = 24.0 - 1 / 64
    if late.result is True:  # at 16.0 or later, since the place was taken before
        expect(limiter, 0, 1, "less than a window after 16.0, before which no request fitted")


@level(4)
@explore
@pytest.mark.parametrize(
    ("kind", "limit", "answers"),
    [("SlidingWindowLog", 1, (1.0, 0.0, 8.0)), ("SlidingWindowCounter", 2, (5.0, 0.0))],
)
def test_retry_after_is_of_one_moment(kata, kind, limit, answers):
    """What retry_after says was true at one moment, also where a request comes in between."""
    clock = Clock(8.0)
    limiter = getattr(kata, kind)(limit, 8.0, clock=clock)
    expect(limiter, limit, 1, f"at 8.0, with limit {limit}")
    clock.now = 15.0
    asker = Caller(limiter.retry_after)
    clock.now = 24.0
    mine = limiter.allow()
    asker.join()
    check(mine, True, "two windows after the only requests, allow()")
    said = number(asker.result)
    assert any(math.isclose(said, answer, rel_tol=1e-9, abs_tol=1e-9) for answer in answers), (
        f"at 15.0, and at 24.0 before and after a request, retry_after() was one of {answers}; "
        f"it said {asker.result!r}"
    )
