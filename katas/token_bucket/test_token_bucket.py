"""What the suite demands of a token bucket, level by level, as the README promises it.

Each test is one sentence of the contract: sequential ones first, then edges, then concurrent ones.
Levels 1 to 3 give the bucket a clock that the test sets. Level 4 leaves it its own, which is virtual
like all time here: it moves only when every thread sleeps, so that a wait of an hour costs nothing,
and the moment at which a call returns is exact.

All times, rates and amounts are exact in binary, so that rounding decides nothing: a bucket may count
tokens, seconds of debt, or the time at which it was or will be full.
"""

import math
import numbers
import threading
import time
import types

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from harness.history import History, TokenBucket, assert_linearizable
from harness.machine import Machine
from harness.suite import raises, simulated, timer_wakeups

level = pytest.mark.level
explore = pytest.mark.explore
stress = pytest.mark.stress
machine = pytest.mark.machine
plain = pytest.mark.plain  # on real Python, not in the simulated world: for what takes many calls

NAN, INF = math.nan, math.inf
BAD = (0.0, -1.0, NAN, INF, -INF)
SLACK = 1 / 256  # seconds that a call may return late: some add a little to what they sleep


class Clock:
    """Shows the time that the test sets."""

    def __init__(self, now=0.0):
        self.now = now

    def __call__(self):
        return self.now


class Caller(threading.Thread):
    """Makes one call in a thread of its own, and notes what came of it and when."""

    def __init__(self, call, *args, **kwargs):
        super().__init__()
        self.call = lambda: call(*args, **kwargs)
        self.result = "still waiting"
        self.at = INF
        self.start()

    def run(self):
        self.result = self.call()
        if simulated():
            self.at = time.monotonic()


def number(seen):
    """A number that can be compared without asking the candidate; NaN for what is none."""
    return float(seen) if isinstance(seen, numbers.Real) else NAN


def check(seen, expected, call):
    """`seen` is what the contract says that `call` returns: True, False or a number of tokens."""
    right = seen is expected if isinstance(expected, bool) else number(seen) == expected
    assert right, f"{call} returned {seen!r}, not {expected!r}"


def left(bucket, expected, when):
    """So many tokens are there, or what has come in the moments by which a call may be late."""
    seen = bucket.available()
    right = expected <= number(seen) <= expected + 4 * SLACK
    assert right, f"{when}, available() returned {seen!r}, not {expected}"


def ended(caller, expected, at, call):
    """`caller` has returned `expected`, at the time `at`; both are looked at when it has ended."""
    caller.join()
    assert caller.result is expected, f"{call} returned {caller.result!r}, not {expected!r}"
    late = caller.at - at
    assert 0 <= late <= SLACK, (
        f"{call} returned {abs(late)} s too {'late' if late > 0 else 'early'}"
    )


def drained(kata, rate, capacity, **how):
    """A bucket from which everything has just been taken."""
    bucket = kata.TokenBucket(rate, capacity, **how)
    everything = bucket.try_acquire(capacity)
    check(everything, True, f"on a new bucket, try_acquire({capacity})")
    return bucket


# -- level 1: core ---------------------------------------------------------------------------------


@level(1)
@pytest.mark.parametrize("start", [0.0, 1000.0])
@pytest.mark.parametrize("capacity", [1.0, 5.0])
def test_a_new_bucket_is_full(kata, start, capacity):
    """A new bucket holds its whole capacity and not a token more, whatever the clock shows."""
    bucket = kata.TokenBucket(2.0, capacity, clock=Clock(start))
    seen = bucket.available()
    check(seen, capacity, f"on a new bucket of capacity {capacity}, available()")
    granted = bucket.try_acquire(capacity)
    check(granted, True, f"on a new bucket, try_acquire({capacity})")
    again = bucket.try_acquire(1.0)
    check(again, False, "on an emptied bucket, try_acquire(1.0)")


@level(1)
def test_try_acquire_takes_all_or_none(kata):
    """try_acquire takes all the tokens that were asked for, or returns False and takes none."""
    bucket = kata.TokenBucket(1.0, 4.0, clock=Clock())
    first = bucket.try_acquire(3.0)
    check(first, True, "with 4 tokens there, try_acquire(3.0)")
    for _ in range(2):
        refused = bucket.try_acquire(2.0)
        check(refused, False, "with 1 token there, try_acquire(2.0)")
        seen = bucket.available()
        check(seen, 1.0, "after try_acquire(2.0) was refused with 1 token there, available()")
    last = bucket.try_acquire(1.0)
    check(last, True, "with exactly 1 token there, try_acquire(1.0)")
    seen = bucket.available()
    check(seen, 0.0, "after all was taken, available()")


@level(1)
def test_one_token_is_taken_unless_said_otherwise(kata):
    """try_acquire() takes one token."""
    bucket = kata.TokenBucket(rate=1.0, capacity=3.0, clock=Clock())
    granted = bucket.try_acquire()
    check(granted, True, "on a full bucket, try_acquire()")
    seen = bucket.available()
    check(seen, 2.0, "after one try_acquire() on a bucket of 3, available()")
    granted = bucket.try_acquire(tokens=2.0)
    check(granted, True, "with 2 tokens there, try_acquire(tokens=2.0)")


@level(1)
@pytest.mark.parametrize(("rate", "unit"), [(1.0, 1), (4.0, 1), (2.0**-20, 1 << 20)])  # 12 days
def test_tokens_come_at_the_rate(kata, rate, unit):
    """The bucket gains `rate` tokens a second."""
    clock = Clock(1000.0)
    bucket = drained(kata, rate, 64.0, clock=clock)
    for second in range(unit, 5 * unit, unit):
        clock.now = 1000.0 + second
        seen = bucket.available()
        check(seen, rate * second, f"{second} s after it was emptied, at rate {rate}, available()")
    come = rate * unit
    granted = bucket.try_acquire(4 * come)
    check(granted, True, f"with {4 * come} tokens there, try_acquire({4 * come})")
    clock.now += unit
    granted = bucket.try_acquire(come)
    check(granted, True, f"{unit} s after it was emptied, at rate {rate}, try_acquire({come})")


@level(1)
@pytest.mark.parametrize("idle", [8.0, 4096.0])
@pytest.mark.parametrize("before", ["new", "emptied", "half full"])
def test_idling_never_gains_more_than_the_capacity(kata, idle, before):
    """However long nobody asks, the bucket holds `capacity` tokens at most, and they are granted once."""
    clock = Clock()
    bucket = kata.TokenBucket(1.0, 4.0, clock=clock)
    if before != "new":
        bucket.try_acquire(4.0 if before == "emptied" else 2.0)
    clock.now = idle
    granted = [bucket.try_acquire(1.0) for _ in range(6)]
    promised = [True] * 4 + [False] * 2
    assert granted == promised, (
        f"{before}, then idle for {idle} s, a bucket of 4 answered six requests at once: {granted}"
    )
    clock.now += 1.0
    seen = bucket.available()
    check(seen, 1.0, "a second after a bucket was emptied, at rate 1, available()")


@level(1)
@pytest.mark.parametrize(
    "arguments",
    [(bad, 1.0) for bad in BAD] + [(1.0, bad) for bad in BAD],
    ids=lambda arguments: "-".join(map(str, arguments)),
)
def test_bad_rates_and_capacities_raise_ValueError(kata, arguments):
    """A rate or capacity that is not positive, or NaN, or infinite, raises ValueError."""
    with raises(ValueError, f"TokenBucket{arguments}"):
        kata.TokenBucket(*arguments)


@level(1)
@pytest.mark.parametrize("tokens", [0.0, -1.0, 4.5, 5.0, NAN, INF, -INF])
@pytest.mark.parametrize("left", [4.0, 0.0])
def test_bad_amounts_raise_ValueError_and_change_nothing(kata, tokens, left):
    """Asking for 0 tokens or fewer, or for more than ever fit, raises ValueError and takes nothing."""
    bucket = kata.TokenBucket(1.0, 4.0, clock=Clock())
    if not left:
        bucket.try_acquire(4.0)
    with raises(ValueError, f"try_acquire({tokens})"):
        bucket.try_acquire(tokens)
    seen = bucket.available()
    check(seen, left, f"after try_acquire({tokens}) raised, available()")


@level(1)
def test_try_acquire_never_blocks(kata):
    """try_acquire returns at once, granted or refused; it waits for nothing."""
    bucket = kata.TokenBucket(1.0, 1.0, clock=Clock())
    for expected in (True, False, False):
        start = time.monotonic()
        granted = bucket.try_acquire(1.0)
        took = time.monotonic() - start
        check(granted, expected, "one of three calls of try_acquire(1.0) on a bucket of 1")
        assert took == 0, f"try_acquire waited {took} s"


@level(1)
def test_time_comes_from_the_clock_that_was_given(kata):
    """The time is what `clock` shows, and nothing else."""
    clock = Clock()
    bucket = drained(kata, 1.0, 8.0, clock=clock)
    time.sleep(4)
    seen = bucket.available()
    check(seen, 0.0, "4 s later by another clock, but none by its own, available()")
    clock.now = 3.0
    seen = bucket.available()
    check(seen, 3.0, "3 s later by its own clock, available()")


@level(1)
def test_the_clock_is_time_monotonic_unless_said_otherwise(kata):
    """Without a `clock` real seconds count."""
    bucket = drained(kata, 1.0, 8.0)
    time.sleep(4)
    seen = bucket.available()
    check(seen, 4.0, "4 s after it was emptied, without a clock of its own, available()")


@level(1)
def test_two_buckets_share_nothing(kata):
    """What is taken from one bucket is not missing in another."""
    clocks = Clock(), Clock()
    first, second = (kata.TokenBucket(1.0, 4.0, clock=clock) for clock in clocks)
    first.try_acquire(3.0)
    seen = second.available()
    check(seen, 4.0, "on a full bucket, after 3 tokens were taken from another, available()")
    clocks[1].now = 2.0
    second.try_acquire(4.0)
    seen = first.available()
    check(seen, 1.0, "with 1 token left, after another bucket's clock moved, available()")
    clocks[0].now = 1.0
    seen = first.available()
    check(seen, 2.0, "a second later, by a clock that is behind another bucket's, available()")


class Model:
    """What the contract says, as plainly as it can be said; no threads, no waiting."""

    def __init__(self, rate, capacity, now):
        self.rate = rate
        self.capacity = self.level = capacity
        self.latest = now

    def at(self, now):
        if now > self.latest:
            self.level = min(self.capacity, self.level + self.rate * (now - self.latest))
            self.latest = now

    def try_acquire(self, tokens):
        granted = tokens <= self.level
        self.level -= tokens if granted else 0
        return granted

    def available(self):
        return self.level


class Asking(Machine):
    """A bucket and its model, asked the same at the same times: they give the same answers."""

    def __init__(self, kata):
        super().__init__()
        self.kata = kata

    def make(self, rate, capacity, now):
        self.clock = Clock()
        self.shows(now)
        self.wrote(f"bucket = TokenBucket({rate}, {capacity}, clock=lambda: now)")
        self.bucket = self.kata.TokenBucket(rate, capacity, clock=self.clock)
        self.model = Model(rate, capacity, now)

    def shows(self, now):
        self.clock.now = now
        self.wrote(f"now = {now}")

    def asked(self, method, *tokens):
        call = f"{method}({', '.join(map(str, tokens))})"
        self.wrote(f"bucket.{call}")
        self.model.at(self.clock.now)
        expected = getattr(self.model, method)(*tokens)
        seen = getattr(self.bucket, method)(*tokens)
        check(seen, expected, f"at {self.clock.now}, {call}")

    @rule()
    def available(self):
        self.asked("available")


class InWholeTokens(Asking):
    """Whole tokens, and whole seconds that go by."""

    @initialize(rate=st.sampled_from([1.0, 2.0]), capacity=st.integers(1, 6))
    def new_bucket(self, rate, capacity):
        self.make(rate, float(capacity), 0.0)

    @rule(seconds=st.integers(1, 8))
    def time_goes_by(self, seconds):
        self.shows(self.clock.now + seconds)

    @rule(tokens=st.integers(1, 6))
    def try_acquire(self, tokens):
        self.asked("try_acquire", min(float(tokens), self.model.capacity))


@level(1)
@machine(examples=30, steps=12)
def test_any_calls_are_answered_as_the_contract_says(kata):
    """Whatever is asked when, in whole tokens and seconds, the answers are those of the contract."""
    return InWholeTokens(kata)


# -- level 2: time ---------------------------------------------------------------------------------


@level(2)
@pytest.mark.parametrize("start", [512.5, 2.0**24 + 0.5, -512.5])  # the second: half a year
@pytest.mark.parametrize("asked", ["often", "once"])
def test_fractions_of_tokens_are_kept(kata, asked, start):
    """A token that comes in eight parts is there after the eighth, whether one asks often or once."""
    clock = Clock(start)
    bucket = drained(kata, 1.0, 4.0, clock=clock)
    for eighth in range(1, 25):
        clock.now = start + eighth / 8
        if asked == "once" and eighth < 24:
            continue
        granted = bucket.try_acquire(1.0)
        due = asked == "once" or eighth % 8 == 0
        check(granted, due, f"{eighth}/8 s after it was emptied, at rate 1, try_acquire(1.0)")
    seen = bucket.available()
    check(
        seen,
        2.0 if asked == "once" else 0.0,
        f"3 s after it was emptied, asked {asked}, available()",
    )


@level(2)
def test_fractions_may_be_asked_for(kata):
    """Amounts, capacities and rates may be fractions."""
    clock = Clock()
    bucket = kata.TokenBucket(0.25, 1.5, clock=clock)
    granted = bucket.try_acquire(1.25)
    check(granted, True, "with 1.5 tokens there, try_acquire(1.25)")
    refused = bucket.try_acquire(0.5)
    check(refused, False, "with 0.25 tokens there, try_acquire(0.5)")
    clock.now = 1.0
    granted = bucket.try_acquire(0.5)
    check(granted, True, "with 0.5 tokens there, try_acquire(0.5)")
    clock.now = 100.0
    seen = bucket.available()
    check(seen, 1.5, "after 99 s at rate 0.25, on a bucket of 1.5, available()")


@level(2)
def test_a_fraction_of_many_tokens_is_kept_too(kata):
    """A fraction counts in a large bucket as it does in a small one."""
    clock = Clock()
    bucket = kata.TokenBucket(1.0, 2.0**20, clock=clock)
    granted = bucket.try_acquire(1 / 512)
    check(granted, True, "on a full bucket of 2**20, try_acquire(1/512)")
    for past, missing in ((0.0, 1 / 512), (1 / 512, 0.0)):
        clock.now = past
        seen = bucket.available()
        check(
            seen, 2.0**20 - missing, f"{past} s after 1/512 of 2**20 tokens was taken, available()"
        )


@level(2)
def test_a_moment_too_early_is_too_early(kata):
    """A token is not there a moment before its time, and it is there at its time."""
    clock = Clock()
    bucket = drained(kata, 1.0, 2.0, clock=clock)
    clock.now = 1 - 1 / 1024
    refused = bucket.try_acquire(1.0)
    check(refused, False, "1/1024 s before the token is there, try_acquire(1.0)")
    clock.now = 1.0
    granted = bucket.try_acquire(1.0)
    check(granted, True, "at the time when the token is there, try_acquire(1.0)")


@level(2)
def test_a_thousandth_of_a_second_counts_too(kata):
    """Time is credited however little of it has gone by: at a high rate tokens come at once."""
    clock = Clock(512.0)
    bucket = drained(kata, 4096.0, 8.0, clock=clock)
    clock.now += 1 / 1024
    granted = bucket.try_acquire(3.0)  # of 4, as some round the time down
    check(granted, True, "1/1024 s after it was emptied, at rate 4096, try_acquire(3.0)")


@level(2)
@plain
@pytest.mark.parametrize("part", range(16))
def test_polling_very_often_admits_as_much_as_polling_rarely(kata, part):
    """Over a million polls what is granted and left is what the rate promises, within 1e-6."""
    # Each poll brings a millionth of a token. The million is polled in sixteen parts, each at the times at
    # which the one before it would have gone on: with slow arithmetic, or another thread that is asked each
    # time, all of it takes as long as a hang.
    polls, rate, amount = 1 << 16, 1 / 1024, 1 / 1024
    start = polls * part
    clock = Clock(start / 1024)
    bucket = drained(kata, rate, 1.0, clock=clock)
    try_acquire, granted = bucket.try_acquire, 0
    for poll in range(start + 1, start + polls + 1):
        clock.now = poll / 1024
        if try_acquire(amount):
            granted += 1
    total, promised = granted * amount + number(bucket.available()), rate * polls / 1024
    assert abs(total - promised) <= 1e-6 * promised, (
        f"{polls} polls in {polls / 1024} s at rate {rate}: {total} tokens were granted or left, "
        f"not {promised}"
    )


LOOKS = {
    "available()": lambda bucket: bucket.available(),
    "a granted try_acquire": lambda bucket: bucket.try_acquire(1.0),
    "a refused try_acquire": lambda bucket: bucket.try_acquire(8.0),
}


@level(2)
@pytest.mark.parametrize("look", LOOKS)
def test_a_clock_that_steps_back_neither_adds_nor_removes_tokens(kata, look):
    """While the clock is behind its latest reading, the bucket is what it was at that reading."""
    clock = Clock(100.0)
    bucket = drained(kata, 1.0, 8.0, clock=clock)
    clock.now = 104.0
    LOOKS[look](bucket)
    left = 3.0 if "granted" in look else 4.0
    for now in (101.0, 103.5, 90.0, 104.0):
        clock.now = now
        seen = bucket.available()
        check(seen, left, f"back at {now}, with {left} tokens at {look} at 104.0, available()")
    clock.now = 90.0
    granted = bucket.try_acquire(left)
    check(
        granted, True, f"back at 90.0, with {left} tokens at {look} at 104.0, try_acquire({left})"
    )


@level(2)
@pytest.mark.parametrize("look", LOOKS)
def test_time_is_credited_again_only_past_the_latest_reading(kata, look):
    """After a step back, the same seconds are not credited a second time."""
    clock = Clock(100.0)
    bucket = drained(kata, 1.0, 8.0, clock=clock)
    clock.now = 104.0
    LOOKS[look](bucket)
    left = 3.0 if "granted" in look else 4.0
    clock.now = 96.0
    granted = bucket.try_acquire(left)
    check(granted, True, f"back at 96.0, with {left} tokens at 104.0, try_acquire({left})")
    for now, expected in ((100.0, 0), (103.0, 0), (-1e5, 0), (98.0, 0), (104.0, 0), (105.0, 1)):
        clock.now = now
        seen = bucket.available()
        check(
            seen, expected, f"emptied at 96.0 after {look} at 104.0, and now at {now}, available()"
        )


class InFractions(Asking):
    """Fractions of tokens and of seconds, and a clock that goes where it likes."""

    @initialize(rate=st.sampled_from([0.25, 0.5, 1.0, 4.0]), capacity=st.integers(1, 24))
    def new_bucket(self, rate, capacity):
        self.make(rate, capacity / 4, 64.0)

    @rule(past=st.integers(0, 1024))
    def clock_shows(self, past):
        self.shows(64.0 + past / 64)

    @rule(tokens=st.integers(1, 24))
    def try_acquire(self, tokens):
        self.asked("try_acquire", min(tokens / 4, self.model.capacity))


@level(2)
@machine(examples=60, steps=12)
def test_any_calls_are_answered_as_the_contract_says_whatever_the_clock_does(kata):
    """In fractions, and with a clock that steps back too, the answers are those of the contract."""
    return InFractions(kata)


# -- level 3: threads ------------------------------------------------------------------------------


@level(3)
@explore
@stress
def test_the_last_token_is_granted_to_one_of_two(kata):
    """Two threads ask for the last token: one is granted it, the other is refused."""
    bucket = kata.TokenBucket(1.0, 1.0, clock=Clock())
    other = Caller(bucket.try_acquire, 1.0)
    mine = bucket.try_acquire(1.0)
    other.join()
    results = [mine, other.result]
    assert sorted(map(repr, results)) == ["False", "True"], (
        f"two threads asked for the only token and got {results}"
    )
    seen = bucket.available()
    check(seen, 0.0, "after the only token was granted, available()")


@level(3)
@explore
@stress
def test_nobody_is_refused_what_is_there_for_both(kata):
    """Two threads ask for what is there for both: both are granted it, and all of it is gone."""
    bucket = kata.TokenBucket(1.0, 4.0, clock=Clock())
    other = Caller(bucket.try_acquire, 1.0)
    mine = bucket.try_acquire(3.0)
    other.join()
    check(mine, True, "with 4 tokens for requests of 1 and of 3 at once, try_acquire(3.0)")
    check(other.result, True, "with 4 tokens for requests of 1 and of 3 at once, try_acquire(1.0)")
    seen = bucket.available()
    check(seen, 0.0, "after 1 and 3 of 4 tokens were granted, available()")


@level(3)
@explore
@stress
@pytest.mark.parametrize("other_call", ["try_acquire", "available"])
def test_a_second_is_credited_once_however_calls_meet(kata, other_call):
    """Whoever comes first after a while credits the time, and nobody does so again."""
    clock = Clock()
    bucket = drained(kata, 1.0, 8.0, clock=clock)
    clock.now = 4.0
    other = Caller(getattr(bucket, other_call))
    mine = bucket.try_acquire(1.0)
    other.join()
    check(mine, True, "4 s after the bucket was emptied, at rate 1, try_acquire(1.0)")
    if other_call == "try_acquire":
        check(other.result, True, "4 s after the bucket was emptied, at rate 1, try_acquire()")
    else:
        seen = other.result
        assert number(seen) in (3.0, 4.0), (
            f"with 4 tokens, or 3 left, available() returned {seen!r}"
        )
    left = 2.0 if other_call == "try_acquire" else 3.0
    seen = bucket.available()
    check(seen, left, f"after 4 tokens came and {4 - left} were granted, available()")


@level(3)
@explore
@stress
def test_two_who_look_at_once_credit_a_second_once(kata):
    """available() in two threads at once: the time is credited once, though nobody takes anything."""
    clock = Clock()
    bucket = drained(kata, 1.0, 8.0, clock=clock)
    clock.now = 3.0
    other = Caller(bucket.available)
    bucket.available()
    other.join()
    check(number(other.result), 3.0, "3 s after the bucket was emptied, at rate 1, available()")
    seen = bucket.available()
    check(seen, 3.0, "3 s after the bucket was emptied, when two threads had looked, available()")


@level(3)
@explore
@stress
@pytest.mark.parametrize("other_call", ["try_acquire", "available"])
def test_a_thread_that_is_late_with_its_reading_of_the_clock_does_no_harm(kata, other_call):
    """A call that read the clock, and was overtaken by one that read it later, mints no tokens."""
    clock = Clock()
    bucket = drained(kata, 1.0, 64.0, clock=clock)
    clock.now = 8.0
    other = Caller(getattr(bucket, other_call))
    clock.now = 16.0
    mine = bucket.try_acquire(16.0)
    other.join()
    clock.now = 20.0
    seen = number(bucket.available())
    granted = 16.0 * (mine is True) + 1.0 * (other_call == "try_acquire" and other.result is True)
    assert seen + granted == 20.0, (
        f"in 20 s at rate 1, {granted} tokens were granted and {seen} are left: not 20 in all"
    )
    if other_call == "available":
        check(mine, True, "16 s after the bucket was emptied, at rate 1, try_acquire(16.0)")


@level(3)
def test_a_bucket_does_not_wait_for_another(kata):
    """Two buckets share nothing, not even a lock: one answers while another reads a slow clock."""
    slow = kata.TokenBucket(1.0, 4.0, clock=lambda: time.sleep(8) or 0.0)
    other = kata.TokenBucket(1.0, 4.0, clock=Clock())
    start = time.monotonic()
    caller = Caller(slow.try_acquire)
    time.sleep(1)
    granted = other.try_acquire(4.0)
    took = time.monotonic() - start - 1
    caller.join()
    check(granted, True, "on a full bucket, while another bucket reads its clock, try_acquire(4.0)")
    assert took == 0, f"while another bucket read its clock, try_acquire waited {took} s"


@level(3)
@explore
def test_nobody_is_refused_who_is_overtaken_twice(kata):
    """Three threads ask for what is there for all: whoever is overtaken by both others is granted it too."""
    bucket = kata.TokenBucket(1.0, 4.0, clock=Clock())
    others = [Caller(bucket.try_acquire), Caller(bucket.try_acquire)]
    mine = bucket.try_acquire()
    for other in others:
        other.join()
    results = [mine, *(other.result for other in others)]
    assert all(result is True for result in results), (
        f"three threads asked for one of 4 tokens each, and were told {results}"
    )


@level(3)
@explore
def test_calls_from_threads_are_answered_as_in_some_order(kata):
    """What threads are told agrees with some order of their calls and of the clock's steps."""
    clock, history = Clock(), History()
    bucket = drained(kata, 1.0, 8.0, clock=clock)
    clock.now = 2.0

    def advance(seconds):
        clock.now = 2.0 + seconds

    def one():
        history.call_as("try_acquire", bucket.try_acquire, 3.0)
        history.call_as("try_acquire", bucket.try_acquire, 1.0)

    history.call_as("try_acquire", lambda tokens: True, 8.0)
    history.call_as("advance", lambda seconds: None, 2.0)
    first = Caller(one)
    second = Caller(lambda: history.call_as("try_acquire", bucket.try_acquire, 2.0))
    history.call(advance, 2.0)
    first.join()
    second.join()
    history.call_as("available", lambda: number(bucket.available()))
    assert_linearizable(history, TokenBucket(1.0, 8.0))


# -- level 4: blocking -----------------------------------------------------------------------------


@level(4)
def test_acquire_takes_what_is_there_without_waiting(kata):
    """acquire returns True at once when the tokens are there, and takes them."""
    bucket = kata.TokenBucket(1.0, 4.0)
    start = time.monotonic()
    for arguments, left in (((), 3.0), ((2.0,), 1.0), ((1.0, 8.0), 0.0)):
        granted = bucket.acquire(*arguments)
        check(granted, True, f"with {left} tokens more there, acquire{arguments}")
        seen = bucket.available()
        check(seen, left, f"after acquire{arguments}, available()")
    took = time.monotonic() - start
    assert took == 0, f"the tokens were there, yet acquire waited {took} s"


@level(4)
@pytest.mark.parametrize("ahead", [-512.0, 0.0, 4096.0])
@pytest.mark.parametrize("timeout", [None, 64.0])
def test_acquire_sleeps_until_the_tokens_are_there_and_no_longer(kata, ahead, timeout):
    """acquire returns True at the moment when the tokens are there, whatever time the clock shows."""
    bucket = kata.TokenBucket(2.0, 8.0, clock=lambda: time.monotonic() + ahead)
    bucket.try_acquire(7.0)
    start = time.monotonic()
    call = f"with 1 token there, at rate 2, acquire(4.0, timeout={timeout})"
    ended(Caller(bucket.acquire, 4.0, timeout), True, start + 1.5, call)
    ended(
        Caller(bucket.acquire, tokens=8.0, timeout=timeout),
        True,
        start + 5.5,
        "acquire(8.0) after that",
    )
    left(bucket, 0.0, "at the moment when acquire took all that was there")


RARE = 2.0**-17  # a token takes a day and a half: who looks once a day is found out


@level(4)
@pytest.mark.parametrize("timeout", [None, 2.0**24])
def test_acquire_does_not_poll(kata, timeout):
    """A waiter sleeps until its tokens are there: it does not wake now and then to look."""
    bucket = drained(kata, RARE, 16.0)
    start = time.monotonic()
    waiter = Caller(bucket.acquire, 16.0, timeout)
    ended(waiter, True, start + 16 / RARE, "at rate 2**-17, acquire(16.0)")
    woke = timer_wakeups()
    assert woke <= 3, f"nobody else came or went in 24 days, but the waiter woke {woke} times"


@level(4)
def test_those_in_line_do_not_poll(kata):
    """Who waits behind others wakes when they go, not now and then to look."""
    bucket = drained(kata, RARE, 16.0)
    start = time.monotonic()
    waiters = []
    for tokens, timeout in ((16.0, None), (4.0, 2.0**24), (4.0, None)):
        waiters.append(Caller(bucket.acquire, tokens, timeout))
        time.sleep(1 / 8)
    for waiter, due in zip(waiters, (16.0, 20.0, 24.0), strict=True):
        ended(waiter, True, start + due / RARE, "at rate 2**-17, the waiter for 16, 4 or 4 tokens")
    woke = timer_wakeups()
    assert woke <= 24, f"three waiters came and went in 36 days, but they woke {woke} times"


@level(4)
def test_a_short_wait_is_slept_too(kata):
    """A wait of a thousandth of a second is a sleep of that length: nobody spins, or sleeps for longer."""
    bucket = drained(kata, 1024.0, 8.0)
    start = time.monotonic()
    for due in range(1, 5):
        waiter = Caller(bucket.acquire)
        ended(waiter, True, start + due / 1024, f"call {due} of acquire() at rate 1024")


@level(4)
@explore
def test_who_comes_first_is_served_first(kata):
    """A large request is not overtaken by small ones that came later."""
    bucket = drained(kata, 1.0, 4.0)
    start = time.monotonic()
    waiters = []
    for tokens in (4.0, 1.0, 1.0):
        waiters.append(Caller(bucket.acquire, tokens))
        time.sleep(1 / 8)
    dues = [4.0, 5.0, 6.0]
    for waiter, due in zip(waiters, dues, strict=True):
        ended(
            waiter,
            True,
            start + due,
            f"of three waiters for 4, 1 and 1 tokens, that due at {due} s",
        )
    left(bucket, 0.0, "when all have been served")


@level(4)
def test_a_long_line_is_served_in_its_order_too(kata):
    """However many wait in line, each is served when its turn comes."""
    bucket = drained(kata, 1.0, 1.0)
    start = time.monotonic()
    waiters = []
    for _ in range(24):
        waiters.append(Caller(bucket.acquire))
        time.sleep(1 / 64)
    for due, waiter in enumerate(waiters, 1):
        ended(waiter, True, start + due, f"acquire() of number {due} of 24 in line, at rate 1,")


@level(4)
@pytest.mark.parametrize("call", ["try_acquire", "acquire"])
def test_a_try_does_not_overtake_a_waiter(kata, call):
    """While one waits, try_acquire and acquire(timeout=0) return False at once and take nothing."""
    bucket = drained(kata, 1.0, 4.0)
    start = time.monotonic()
    waiter = Caller(bucket.acquire, 4.0)
    time.sleep(1 / 8)
    gone = Caller(bucket.acquire, 1.0, 1 / 8)
    ended(gone, False, start + 1 / 4, "behind one who waits till 4.0, acquire(1.0, 1/8) at 1/8")
    for elapsed in (0.5, 2.0, 3.5):
        time.sleep(start + elapsed - time.monotonic())
        granted = bucket.try_acquire(1.0) if call == "try_acquire" else bucket.acquire(1.0, 0)
        took = time.monotonic() - start - elapsed
        check(granted, False, f"with {elapsed} tokens there and one who waits for 4, {call}(1.0)")
        assert took == 0, f"{call} was held up for {took} s by one who waits"
    ended(waiter, True, start + 4.0, "acquire(4.0) on a bucket just emptied, at rate 1")
    time.sleep(1)
    granted = bucket.try_acquire(1.0)
    check(granted, True, "a second after the last waiter was served, try_acquire(1.0)")


@level(4)
@pytest.mark.parametrize("ahead", [-512.0, 0.0, 4096.0])
def test_acquire_returns_False_after_the_timeout(kata, ahead):
    """After `timeout` seconds acquire returns False, having taken nothing, and nobody waits any more."""
    bucket = drained(kata, 1.0, 8.0, clock=lambda: time.monotonic() + ahead)
    start = time.monotonic()
    waiter = Caller(bucket.acquire, 8.0, 2.5)
    ended(waiter, False, start + 2.5, "on a bucket just emptied, at rate 1, acquire(8.0, 2.5)")
    left(bucket, 2.5, "after acquire timed out in 2.5 s at rate 1")
    granted = bucket.try_acquire(2.5)
    check(granted, True, "with 2.5 tokens there and nobody waiting any more, try_acquire(2.5)")
    ended(Caller(bucket.acquire, 1.0, 4.0), True, start + 3.5, "acquire(1.0, 4.0) after that")


@level(4)
def test_a_timeout_of_0_is_one_try(kata):
    """With timeout=0 acquire takes what is there and returns True, or returns False at once."""
    bucket = kata.TokenBucket(1.0, 4.0)
    start = time.monotonic()
    for tokens, expected in ((3.0, True), (2.0, False), (1.0, True), (1.0, False)):
        granted = bucket.acquire(tokens, timeout=0)
        check(
            granted, expected, f"of a bucket of 4, taken 3, 2, 1, 1 in turn, acquire({tokens}, 0)"
        )
    took = time.monotonic() - start
    assert took == 0, f"acquire with timeout=0 waited {took} s"
    seen = bucket.available()
    check(seen, 0.0, "after 3 and 1 of 4 tokens were taken, available()")
    for later, expected in ((1 - 1 / 1024, False), (1.0, True)):
        time.sleep(start + later - time.monotonic())
        granted = bucket.acquire(1.0, 0)
        check(granted, expected, f"{later} s after all was taken, at rate 1, acquire(1.0, 0)")


@level(4)
def test_a_waiter_behind_others_times_out_in_time(kata):
    """One who waits behind others gives up after its own timeout; nobody else is touched by that."""
    bucket = drained(kata, 1.0, 8.0)
    start = time.monotonic()
    first = Caller(bucket.acquire, 8.0)
    time.sleep(1 / 8)
    second = Caller(bucket.acquire, 1.0, 2.0)
    time.sleep(1 / 8)
    third = Caller(bucket.acquire, 2.0)
    ended(second, False, start + 2.125, "behind one who waits till 8.0, acquire(1.0, 2.0) at 0.125")
    ended(first, True, start + 8.0, "acquire(8.0), with one behind it who gave up,")
    ended(third, True, start + 10.0, "acquire(2.0), with one before it who gave up,")


@level(4)
@pytest.mark.parametrize("tokens", [1.0, 4.0])
def test_those_behind_move_up_when_the_first_gives_up(kata, tokens):
    """When the first times out, the next is granted at once what is there, or sleeps until it is."""
    bucket = drained(kata, 1.0, 8.0)
    start = time.monotonic()
    first = Caller(bucket.acquire, 8.0, 2.0)
    time.sleep(1 / 8)
    second = Caller(bucket.acquire, tokens)
    time.sleep(1 / 8)
    third = Caller(bucket.acquire, 1.0)
    ended(first, False, start + 2.0, "on a bucket just emptied, at rate 1, acquire(8.0, 2.0)")
    due = max(2.0, tokens)
    ended(second, True, start + due, f"acquire({tokens}) behind one who gave up at 2.0")
    due = max(2.0, tokens + 1.0)
    ended(third, True, start + due, f"acquire(1.0) behind one for {tokens} and one who gave up")


@level(4)
def test_the_timeout_is_for_the_whole_call(kata):
    """A waiter that others wake keeps its deadline: their coming and going does not move it."""
    bucket = drained(kata, 1.0, 32.0)
    start = time.monotonic()
    others = [Caller(bucket.acquire, 32.0, 1.0)]
    time.sleep(1 / 8)
    waiter = Caller(bucket.acquire, 31.0, 4.0)
    for timeout in (1.5, 2.0, 2.5):
        time.sleep(1 / 8)
        others.append(Caller(bucket.acquire, 1.0, timeout))
    ended(
        waiter,
        False,
        start + 4.125,
        "while others before and behind it gave up, acquire(31.0, 4.0)",
    )
    for other in others:
        other.join()


@level(4)
def test_the_next_in_line_is_told_whoever_came_and_went(kata):
    """Whoever leaves, and in whatever order, the one whose turn it is gets to know."""
    bucket = drained(kata, 1.0, 4.0)
    start = time.monotonic()
    callers = []
    for tokens, timeout in ((4.0, None), (1.0, None), (1.0, 1.0), (1.0, 2.0), (1.0, None)):
        callers.append(Caller(bucket.acquire, tokens, timeout))
        time.sleep(1 / 8)
    results = ((True, 4.0), (True, 5.0), (False, 1.25), (False, 2.375), (True, 6.0))
    for place, (caller, (granted, at)) in enumerate(zip(callers, results, strict=True), 1):
        ended(caller, granted, start + at, f"number {place} in line, of whom 3 and 4 gave up,")


@level(4)
@pytest.mark.parametrize("timeout", [-1.0, -1 / 1024, NAN])
@pytest.mark.parametrize("left", [4.0, 0.0])
def test_bad_timeouts_raise_ValueError_and_change_nothing(kata, timeout, left):
    """A timeout that is negative or NaN raises ValueError: nothing is taken, and nobody waits."""
    time.monotonic()  # in virtual time alone: on a real clock the bucket goes on filling
    bucket = kata.TokenBucket(1.0, 4.0) if left else drained(kata, 1.0, 4.0)
    with raises(ValueError, f"acquire(1.0, {timeout})"):
        bucket.acquire(1.0, timeout)
    seen = bucket.available()
    check(seen, left, f"after acquire(1.0, {timeout}) raised, available()")
    time.sleep(1)
    granted = bucket.try_acquire(1.0)
    check(granted, True, f"a second after acquire(1.0, {timeout}) raised, try_acquire(1.0)")


@level(4)
@pytest.mark.parametrize("tokens", [0.0, -1.0, 4.5, NAN, INF])
def test_bad_amounts_raise_ValueError_in_acquire_too(kata, tokens):
    """acquire of an amount that can never be granted raises ValueError and does not wait for it."""
    bucket = drained(kata, 1.0, 4.0)
    start = time.monotonic()
    with raises(ValueError, f"acquire({tokens}, 8.0)"):
        bucket.acquire(tokens, 8.0)
    took = time.monotonic() - start
    assert took == 0, f"acquire({tokens}) waited {took} s before it raised"
    time.sleep(1)
    granted = bucket.try_acquire(1.0)
    check(granted, True, f"a second after acquire({tokens}) raised, try_acquire(1.0)")


BAD_CALLS = [("try_acquire", (bad,)) for bad in (0.0, 4.5)]
BAD_CALLS += [("acquire", (bad, timeout)) for bad in (0.0, 4.5) for timeout in (0, 8.0)]
BAD_CALLS += [("acquire", (1.0, -1.0))]


@level(4)
@pytest.mark.parametrize(("call", "arguments"), BAD_CALLS)
def test_bad_arguments_raise_ValueError_while_somebody_waits_too(kata, call, arguments):
    """Bad arguments raise ValueError at the call, whoever waits: nobody is refused, or waits, for that."""
    bucket = drained(kata, 1.0, 4.0)
    start = time.monotonic()
    waiter = Caller(bucket.acquire, 4.0)
    time.sleep(1)
    try:
        told = repr(getattr(bucket, call)(*arguments))
    except ValueError:
        told = "ValueError"
    took = time.monotonic() - start - 1
    assert told == "ValueError", f"behind one who waits, {call}{arguments} returned {told}"
    assert took == 0, f"behind one who waits, {call}{arguments} waited {took} s before it raised"
    ended(waiter, True, start + 4.0, "acquire(4.0) on a bucket just emptied, at rate 1")


@level(4)
def test_one_thread_may_wait_in_line_again_and_again(kata):
    """A thread that was served before waits for its turn and its tokens the next time as well."""
    bucket = drained(kata, 1.0, 4.0)
    start = time.monotonic()
    for served in (0.0, 3.0, 6.0):
        ahead = Caller(bucket.acquire, 2.0)
        time.sleep(1 / 8)
        mine = bucket.acquire(1.0, 8.0)
        late = time.monotonic() - start - served - 3
        check(mine, True, "behind one who waits for 2 tokens, acquire(1.0, 8.0)")
        assert 0 <= late <= 1 / 8, (
            f"one thread waited in line three times; at {served + 3} s its turn was due, and its call "
            f"returned {abs(late)} s too {'late' if late > 0 else 'early'}"
        )
        ended(ahead, True, start + served + 2, "acquire(2.0), with one behind it,")


@level(4)
def test_acquire_credits_nothing_until_the_clock_is_past_its_latest_reading(kata):
    """Who comes when the clock has stepped back gets the tokens when it is past the latest time shown."""
    shown = types.SimpleNamespace(ahead=0.0)
    bucket = kata.TokenBucket(1.0, 8.0, clock=lambda: time.monotonic() + shown.ahead)
    bucket.try_acquire(4.0)
    start = time.monotonic()
    shown.ahead = -8.0
    granted = bucket.acquire(3.0, 0)
    check(granted, True, "8 s behind the latest reading, with 4 tokens there, acquire(3.0, 0)")
    waiter = Caller(bucket.acquire, 2.0)
    ended(
        waiter, True, start + 9.0, "8 s behind the latest reading, with 1 token there, acquire(2.0)"
    )
    left(bucket, 0.0, "1 s past the latest reading, when all had been granted")


@level(4)
def test_what_comes_while_one_waits_is_kept(kata):
    """Tokens that come beyond those for which one waits, as when the clock jumps ahead, are kept."""
    shown = types.SimpleNamespace(ahead=0.0)
    bucket = drained(kata, 1.0, 8.0, clock=lambda: time.monotonic() + shown.ahead)
    start = time.monotonic()
    waiter = Caller(bucket.acquire, 2.0)
    time.sleep(0.5)
    shown.ahead = 3.0
    ended(waiter, True, start + 2.0, "acquire(2.0), while the clock jumped ahead by 3 s,")
    left(bucket, 3.0, "5 s of the clock after a bucket was emptied, when 2 tokens were granted")


@level(4)
def test_looking_while_somebody_waits_disturbs_nobody(kata):
    """While one waits, available() returns at once, and the waiter is served when it is due."""
    bucket = drained(kata, 1.0, 4.0)
    start = time.monotonic()
    waiter = Caller(bucket.acquire, 4.0)
    for elapsed in (0.5, 2.0, 3.5):
        time.sleep(start + elapsed - time.monotonic())
        bucket.available()
        took = time.monotonic() - start - elapsed
        assert took == 0, f"available() was held up for {took} s by one who waits"
    ended(waiter, True, start + 4.0, "acquire(4.0) on a bucket just emptied, at rate 1")
    left(bucket, 0.0, "when the waiter was served, after looks in between")


class Ticking(Clock):
    """Shows a later time whenever it is asked."""

    def __call__(self):
        self.now += 1 / 64
        return self.now


@level(4)
def test_no_time_is_lost_between_two_readings_of_the_clock(kata):
    """What acquire credits is the time up to the reading that it notes, though the clock goes on."""
    clock = Ticking()
    before = clock.now
    bucket = drained(kata, 1.0, 16.0, clock=clock)
    emptied = clock.now
    granted = sum(1 for _ in range(256) if bucket.acquire(1.0, 0) is True)
    asked = clock.now
    total = granted + number(bucket.available())
    assert asked - emptied <= total <= clock.now - before, (
        f"in {asked - emptied} s at rate 1, asked with timeout 0, {total} tokens were granted or left"
    )


@level(4)
def test_nobody_waits_at_two_buckets(kata):
    """One who waits at one bucket is no waiter at another, and nobody waits behind it there."""
    first, second = drained(kata, 1.0, 4.0), kata.TokenBucket(1.0, 4.0)
    start = time.monotonic()
    waiter = Caller(first.acquire, 2.0)
    time.sleep(1)
    granted = second.try_acquire(4.0)
    check(granted, True, "on a full bucket, while one waits at another, try_acquire(4.0)")
    another = Caller(second.acquire, 0.5)
    ended(another, True, start + 1.5, "alone at its bucket, emptied at 1.0, acquire(0.5)")
    ended(waiter, True, start + 2.0, "on a bucket just emptied, at rate 1, acquire(2.0)")


class Line:
    """What the contract says of callers that come one by one and wait in line."""

    def __init__(self, rate, capacity):
        self.bucket = Model(rate, capacity, 0.0)
        self.bucket.level = 0.0
        self.waiting = []
        self.results = {}  # caller: what it was told, and when

    def comes(self, caller, at, tokens, timeout):
        self.until(at)
        if timeout == 0:
            self.results[caller] = (not self.waiting and self.bucket.try_acquire(tokens), at)
        else:
            self.waiting.append((caller, tokens, INF if timeout is None else at + timeout))
            self.serve()

    def until(self, end):
        """All that happens before `end`; then it is `end`."""
        while self.waiting:
            missing = self.waiting[0][1] - self.bucket.level
            due = self.bucket.latest + missing / self.bucket.rate
            now = min(due, min(deadline for _, _, deadline in self.waiting))
            if now > end:
                break
            self.bucket.at(now)
            self.serve()
            for caller, _, deadline in self.waiting:
                if deadline <= now:
                    self.results[caller] = (False, now)
            self.waiting = [entry for entry in self.waiting if entry[2] > now]
            self.serve()
        if end < INF:
            self.bucket.at(end)

    def serve(self):
        while self.waiting and self.bucket.try_acquire(self.waiting[0][1]):
            caller, *_ = self.waiting.pop(0)
            self.results[caller] = (True, self.bucket.latest)


TIMEOUTS = [None, 0, 0.25, 0.5, 1.0, 2.0, 4.0]


class Waiting(Machine):
    """Callers who come one by one, at an emptied bucket: each is told what `Line` says, in time.

    They come at quarters of a second, and tokens are due at such times too. No two other things
    coincide: timeouts end a little later, each by another amount, and so late come those who only try.
    """

    def __init__(self, kata):
        super().__init__("from threading import Thread", "from time import sleep")
        self.kata = kata
        self.callers = []
        self.right = True

    @initialize(rate=st.sampled_from([1.0, 2.0]), capacity=st.integers(2, 12))
    def make(self, rate, capacity):
        self.capacity = capacity / 2
        self.wrote(f"bucket = TokenBucket({rate}, {self.capacity})")
        self.wrote(f"bucket.try_acquire({self.capacity})")
        self.bucket = drained(self.kata, rate, self.capacity)
        self.line = Line(rate, self.capacity)
        self.start, self.now, self.last = time.monotonic(), 0.0, 0.0

    @rule(quarters=st.integers(1, 12), halves=st.integers(1, 12), timeout=st.sampled_from(TIMEOUTS))
    def one_comes(self, quarters, halves, timeout):
        self.now += quarters / 4
        little, tokens = (len(self.callers) + 1) / 128, min(halves / 2, self.capacity)
        at = self.now + (little if timeout == 0 else 0)
        wait = timeout and timeout + little
        self.wrote(f"sleep({at - self.last})")
        self.wrote(f"Thread(target=lambda: print(bucket.acquire({tokens}, {wait}))).start()")
        self.last = at
        self.until(at)
        self.line.comes(len(self.callers), at, tokens, wait)
        self.callers.append(Caller(self.bucket.acquire, tokens, wait))
        self.until(self.now + 1 / 8)  # between two moments at which anything is due

    def until(self, at):
        time.sleep(self.start + at - time.monotonic())

    @invariant()
    def all_are_told_in_time(self):
        """Whoever is to be told something by now has been told it in time; the others wait."""
        self.right = False
        self.line.until(time.monotonic() - self.start)
        for number_, caller in enumerate(self.callers):
            call = f"the acquire() of caller number {number_ + 1}"
            if number_ in self.line.results:
                expected, at = self.line.results[number_]
                ended(caller, expected, self.start + at, call)
            else:
                seen = caller.result
                assert seen == "still waiting", f"{call} returned {seen!r} too early"
        self.right = True

    def teardown(self):
        if self.right and self.callers:
            self.line.until(INF)
            self.all_are_told_in_time()


@level(4)
@machine(examples=60, steps=6)
def test_any_line_of_callers_is_served_as_the_contract_says(kata):
    """Whoever comes when, for how much and how long, each is told what the contract says, in time."""
    return Waiting(kata)


@level(4)
@explore
def test_two_who_come_at_once_are_both_served(kata):
    """Two who ask at once for one token each, with one there, are served now and a second later."""
    bucket = kata.TokenBucket(1.0, 1.0)
    start = time.monotonic()
    callers = [Caller(bucket.acquire), Caller(bucket.acquire, 1.0, 8.0)]
    for caller in callers:
        caller.join()
    results = [caller.result for caller in callers]
    assert results[0] is True and results[1] is True, f"the two were told {results}"
    times = sorted(caller.at - start for caller in callers)
    late = (times[0], times[1] - 1)
    assert all(0 <= by <= SLACK for by in late), f"the two were served at {times} s, not at 0 and 1"
    time.sleep(1)
    granted = bucket.try_acquire(1.0)
    check(granted, True, "a second after both were served, try_acquire(1.0)")


@level(4)
@explore
@pytest.mark.parametrize("timeout", [0, 8.0])
def test_acquire_and_try_acquire_do_not_take_the_same_token(kata, timeout):
    """One thread calls acquire, another try_acquire: the one token that is there goes to one of them."""
    bucket = kata.TokenBucket(1.0, 1.0)
    start = time.monotonic()
    other = Caller(bucket.acquire, 1.0, timeout)
    mine = bucket.try_acquire(1.0)
    call = f"when try_acquire(1.0) returned {mine!r}, with 1 token there, acquire(1.0, {timeout})"
    waited = 1.0 if timeout and mine is True else 0.0
    ended(other, bool(timeout) or mine is not True, start + waited, call)
    left(bucket, 0.0, "when acquire(1.0) and try_acquire(1.0) had returned")


@level(4)
@explore
def test_looking_as_one_is_served_credits_nothing_twice(kata):
    """available() at the very moment when a waiter's tokens come credits them once."""
    bucket = drained(kata, 1.0, 8.0)
    start = time.monotonic()
    waiter = Caller(bucket.acquire, 2.0)
    time.sleep(2)
    bucket.available()
    ended(waiter, True, start + 2.0, "acquire(2.0), while another thread looked,")
    left(bucket, 0.0, "when the 2 tokens that had come were granted")


@level(4)
@explore
def test_a_timeout_at_the_very_moment_of_the_grant_loses_nothing(kata):
    """Whether the grant or the timeout comes first, tokens are taken if and only if acquire says so."""
    bucket = drained(kata, 1.0, 8.0)
    waiter = Caller(bucket.acquire, 2.0, 2.0)
    time.sleep(2)
    mine = bucket.try_acquire(1.0)
    waiter.join()
    taken = 2.0 * (waiter.result is True) + 1.0 * (mine is True)
    told = f"acquire(2.0) returned {waiter.result!r} and try_acquire(1.0) {mine!r}"
    left(bucket, 2.0 - taken, f"when 2 tokens had come, {told}")


@level(4)
@explore
def test_one_who_comes_as_the_first_gives_up_is_served(kata):
    """One who joins the line at the moment when the first times out is not forgotten."""
    bucket = drained(kata, 1.0, 8.0)
    start = time.monotonic()
    first = Caller(bucket.acquire, 8.0, 1.0)
    time.sleep(1)
    second = Caller(bucket.acquire, 2.0)
    ended(first, False, start + 1.0, "on a bucket just emptied, at rate 1, acquire(8.0, 1.0)")
    ended(second, True, start + 2.0, "acquire(2.0), called as the one before it gave up,")


@level(4)
@explore
def test_one_who_comes_as_the_first_is_served_is_not_forgotten(kata):
    """One who joins the line at the moment when the first is served gets its tokens in time too."""
    bucket = drained(kata, 1.0, 8.0)
    start = time.monotonic()
    first = Caller(bucket.acquire, 1.0)
    time.sleep(1)
    second = Caller(bucket.acquire, 1.0, 8.0)
    ended(first, True, start + 1.0, "on a bucket just emptied, at rate 1, acquire(1.0)")
    ended(second, True, start + 2.0, "acquire(1.0), called as the one before it was served,")


@level(4)
@explore
@pytest.mark.parametrize("call", ["try_acquire", "acquire"])
def test_nobody_slips_in_while_the_line_moves_up(kata, call):
    """As the first gives up and the next is about to be served, a newcomer does not get in between."""
    bucket = drained(kata, 1.0, 8.0)
    start = time.monotonic()
    first = Caller(bucket.acquire, 8.0, 1.0)
    time.sleep(1 / 8)
    second = Caller(bucket.acquire, 1.0)
    time.sleep(7 / 8)
    newcomer = Caller(getattr(bucket, call), 1.0)
    ended(first, False, start + 1.0, "on a bucket just emptied, at rate 1, acquire(8.0, 1.0)")
    ended(second, True, start + 1.0, "acquire(1.0), second in line, when the first gave up at 1.0,")
    late = call == "acquire"
    ended(
        newcomer,
        late,
        start + 1.0 + late,
        f"{call}(1.0) at 1.0, behind one who waits for the 1 token,",
    )


@level(4)
@explore
def test_two_who_give_up_at_once_hand_the_line_over(kata):
    """When two time out together, the one behind them is served as if they had never come."""
    bucket = drained(kata, 1.0, 8.0)
    start = time.monotonic()
    pair = [Caller(bucket.acquire, 8.0, 1.0)]
    pair.append(Caller(bucket.acquire, 8.0, 1.0))
    time.sleep(1 / 8)
    last = Caller(bucket.acquire, 2.0)
    for caller in pair:
        ended(caller, False, start + 1.0, "on a bucket just emptied, at rate 1, acquire(8.0, 1.0)")
    ended(last, True, start + 2.0, "acquire(2.0) behind two who gave up together")


@level(4)
@explore
def test_two_who_give_up_at_once_behind_the_first_do_no_harm(kata):
    """When two time out together behind one who sleeps, both return False, and the first is served in time."""
    bucket = drained(kata, 1.0, 8.0)
    start = time.monotonic()
    first = Caller(bucket.acquire, 4.0)
    time.sleep(1 / 8)
    pair = [Caller(bucket.acquire, 1.0, 7 / 8)]
    pair.append(Caller(bucket.acquire, 1.0, 7 / 8))
    for caller in pair:
        ended(caller, False, start + 1.0, "behind one who waits till 4.0, acquire(1.0, 7/8) at 1/8")
    ended(first, True, start + 4.0, "acquire(4.0), when two behind it had given up together")


@level(4)
@explore
def test_a_call_that_came_too_late_is_not_taken_for_the_next(kata):
    """One who gives up as its turn comes, and gets in line again, waits for its turn like all others."""
    bucket = drained(kata, 1.0, 4.0)
    start = time.monotonic()

    def twice():
        return bucket.acquire(4.0, 7 / 8), bucket.acquire(1.0)

    first = Caller(bucket.acquire, 4.0, 1.0)
    time.sleep(1 / 8)
    second = Caller(twice)
    time.sleep(1 / 8)
    third = Caller(bucket.acquire, 3.0)
    ended(first, False, start + 1.0, "on a bucket just emptied, at rate 1, acquire(4.0, 1.0)")
    ended(third, True, start + 3.0, "acquire(3.0) behind two who gave up together")
    second.join()
    assert second.result == (False, True), f"acquire returned {second.result}, not (False, True)"
    late = second.at - start - 4.0
    assert 0 <= late <= SLACK, f"acquire(1.0) behind acquire(3.0) was served {late} s too late"
