"""What the suite demands of a thread pool, level by level, as the README promises it.

Each test is one sentence of the contract: sequential ones first, then edges, then concurrent ones.
Sleeping here is virtual: `settle()` returns when no thread can do anything more, whatever it costs.

Two things that a right pool may do either way are left open on purpose: the place of a task that its
owner cancelled may come free at once or when a worker reaches it, and a task may be handed to an idle
worker directly. Tests that look at waiting tasks therefore keep every worker busy first.
"""

import concurrent.futures
import queue
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.suite import timer_wakeups

level = pytest.mark.level
explore = pytest.mark.explore
stress = pytest.mark.stress
plain = pytest.mark.plain
abandons = pytest.mark.abandons  # levels 1 and 2 know no shutdown: their workers may stay


def settle():
    """Returns when every other thread sleeps or has ended."""
    time.sleep(1)


def outlast():
    """As `settle`, and days later, at which waits end that are too short for ever.

    Workers may look for work now and then: with such ones it ends when they have done so often.
    """
    before = timer_wakeups()
    for seconds in (1, 64, 2**12, 2**18):
        time.sleep(seconds)
        if timer_wakeups() - before >= 16:
            return


def hold(pool, workers=1):
    """Keeps `workers` workers busy until the returned event is set; returns when they are."""
    running = threading.Semaphore(0)
    release = threading.Event()

    def task():
        running.release()
        release.wait()

    for _ in range(workers):
        pool.submit(task)
    for _ in range(workers):
        running.acquire()
    return release


def let_in(pool, submits):
    """How many of so many submits get in while the only worker is busy; in the end all have run."""
    release = hold(pool)
    outcomes = [spawn(pool.submit, lambda: "ran") for _ in range(submits)]
    settle()
    entered = sum(outcome.done() for outcome in outcomes)
    release.set()
    for outcome in outcomes:
        outcome.result().result()
    return entered


def spawn(call, *args, **kwargs):
    """Makes the call in a thread of its own; the future returned here tells how it ended."""
    outcome = concurrent.futures.Future()

    def body():
        try:
            result = call(*args, **kwargs)
        except NotImplementedError:  # the stub's: it ends the thread, and is seen there
            raise
        except Exception as error:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)

    threading.Thread(target=body).start()
    return outcome


def started_by(make):
    """What `make` returns, and the threads that are there since."""
    before = threading.enumerate()
    made = make()
    return made, [thread for thread in threading.enumerate() if thread not in before]


def raised_by(call, *args, **kwargs):
    """The exception that the call raises, or None."""
    try:
        call(*args, **kwargs)
    except NotImplementedError:  # the stub's: it is a RuntimeError, but not the one that is meant
        raise
    except Exception as error:
        return error
    return None


def alive(threads):
    """The names of those that still run."""
    return [thread.name for thread in threads if thread.is_alive()]


class Uncomparable:
    """A task that cannot be compared with another one, as functions cannot."""

    def __init__(self, name, ran):
        self.name = name
        self.ran = ran

    def __call__(self):
        self.ran.append(self.name)


class FalseTask:
    """A task that is false, empty, and equal to everything."""

    def __call__(self):
        return "ran"

    def __bool__(self):
        return False

    def __len__(self):
        return 0

    def __eq__(self, other):
        return True

    __hash__ = None


class OwnBaseException(BaseException):
    """Not an Exception: `except Exception` does not see it."""


# -- level 1: core ---------------------------------------------------------------------------------


@level(1)
@abandons
def test_submit_returns_a_future_that_carries_the_result(kata):
    """submit returns a concurrent.futures.Future that carries what the task returned."""
    pool = kata.ThreadPool(2)
    for value in (object(), None, False, ValueError("returned, not raised")):
        future = pool.submit(lambda value=value: value)
        assert isinstance(future, concurrent.futures.Future), (
            f"submit returned a {type(future).__name__}, not a concurrent.futures.Future"
        )
        result = future.result()
        assert result is value, f"the task returned {value!r}, the future carries {result!r}"


@level(1)
@abandons
def test_the_task_gets_its_arguments_as_they_were_given(kata):
    """The task is called with exactly the arguments given to submit, whatever their names."""

    def task(*args, **kwargs):
        return args, kwargs

    pool = kata.ThreadPool(num_workers=1, max_pending=None)
    first, second = [], {}
    args, kwargs = pool.submit(task, first, second).result()
    seen = [id(arg) for arg in args], kwargs
    assert seen == ([id(first), id(second)], {}), (
        f"submit(task, [], {{}}) called the task with {args!r} and {kwargs!r}"
    )
    names = {"self", "fn", "args", "kwargs", "future", "task", "func", "pool", "timeout", "wait"}
    args, kwargs = pool.submit(task, **dict.fromkeys(names, first)).result()
    assert (args, set(kwargs)) == ((), names), (
        f"keyword arguments named {sorted(names)} reached the task as {args!r} and {kwargs!r}"
    )


@level(1)
@abandons
def test_whatever_can_be_called_is_a_task(kata):
    """Any callable is a task: nobody asks whether it is true, or compares it with anything."""
    pool = kata.ThreadPool(1)
    for _ in range(2):
        future = pool.submit(FalseTask())
        settle()
        assert future.done(), "a callable object that is false and equal to everything was not run"
        result = future.result()
        assert result == "ran", f"the task returned 'ran', the future carries {result!r}"


@level(1)
@abandons
@pytest.mark.parametrize(
    "kind",
    [
        ValueError,
        RuntimeError,
        StopIteration,
        queue.Empty,
        concurrent.futures.CancelledError,
        OwnBaseException,
        KeyboardInterrupt,
        SystemExit,
        GeneratorExit,
    ],
)
def test_the_future_carries_the_exception_and_the_worker_survives_it(kata, kind):
    """The future carries the exception that the task raised; the worker goes on with the next."""
    error = kind("raised by the task")

    def task():
        raise error

    pool = kata.ThreadPool(1)
    worker = pool.submit(threading.current_thread).result()
    carried = pool.submit(task).exception()
    assert carried is error, f"the task raised {error!r}, the future carries {carried!r}"
    after = pool.submit(threading.current_thread).result()
    assert after is worker, (
        f"after {kind.__name__} another thread than the worker ran the next task"
    )


@level(1)
@pytest.mark.parametrize(
    "arguments",
    [(0,), (-1,), (0, 1), (1, 0), (2, -1)],
    ids=lambda arguments: "-".join(map(str, arguments)),
)
def test_bad_arguments_are_refused_and_start_no_thread(kata, arguments):
    """num_workers < 1 or max_pending < 1 raises ValueError, and no thread is left."""
    before = threading.active_count()
    error = raised_by(kata.ThreadPool, *arguments)
    assert isinstance(error, ValueError), (
        f"ThreadPool{arguments} must raise ValueError; it raised {error!r}"
    )
    settle()
    extra = threading.active_count() - before
    assert extra == 0, f"ThreadPool{arguments} raised ValueError but left {extra} threads running"


@level(1)
@abandons
@pytest.mark.parametrize("workers", [1, 3, 70])
def test_the_constructor_starts_the_threads_and_no_other_thread_runs_a_task(kata, workers):
    """The constructor starts exactly num_workers threads, which run all tasks."""
    settle()  # where there is no explorer, it says so before there are threads to abandon
    before = threading.enumerate()
    pool, crew = started_by(lambda: kata.ThreadPool(workers))
    assert len(crew) == workers, (
        f"ThreadPool({workers}) started {len(crew)} threads; exactly {workers} were asked for"
    )
    release = hold(pool, workers)
    futures = [pool.submit(threading.current_thread) for _ in range(2 * workers)]
    settle()
    count = sum(future.done() for future in futures)
    assert count == 0, f"{workers} workers were busy, yet {count} more tasks have run"
    release.set()
    for future in futures:
        thread = future.result()
        assert thread in crew, f"a task ran in {thread.name}, which the constructor did not start"
    extra = [thread.name for thread in threading.enumerate() if thread not in before + crew]
    assert not extra, f"threads were started after the constructor: {extra}"


@level(1)
@abandons
def test_the_threads_stay_however_long_they_have_nothing_to_do(kata):
    """The threads are reused after any pause: none leaves, and none is started instead."""
    pool, crew = started_by(lambda: kata.ThreadPool(1))
    for pause in (settle, outlast):  # a pool that ends idle threads may keep them for a minute
        pause()
        assert alive(crew), "there was nothing to do for a while, and the worker left"
        thread = pool.submit(threading.current_thread).result()
        assert thread in crew, f"a task ran in {thread.name}, which the constructor did not start"


@level(1)
@abandons
def test_one_worker_runs_the_tasks_in_the_order_submitted(kata):
    """Tasks are taken in the order submitted."""
    pool = kata.ThreadPool(1)
    release = hold(pool)
    ran = []
    futures = [pool.submit(ran.append, number) for number in range(8)]
    release.set()
    for future in futures:
        future.result()
    assert ran == list(range(8)), f"submitted 0 to 7 in order, but they ran as {ran}"


@level(1)
@abandons
def test_whichever_worker_comes_free_takes_the_oldest_task(kata):
    """Tasks are taken from one queue: the next free worker takes the oldest, whichever it is."""
    for busy in (0, 1):
        pool = kata.ThreadPool(2)
        releases = [hold(pool), hold(pool)]
        started = []

        def task(name, gate, started=started):
            started.append(name)
            gate.wait()

        gate = threading.Event()
        futures = [pool.submit(task, name, gate) for name in ("first", "second", "third")]
        releases[1 - busy].set()
        settle()
        assert started == ["first"], (
            f"one of two workers came free and three tasks wait: started were {started}, "
            "not just the first"
        )
        gate.set()
        for future in futures:
            future.result()
        assert started == ["first", "second", "third"], (
            f"one worker was busy all the time, the other one took the tasks in the order {started}"
        )


@level(1)
@abandons
def test_a_worker_takes_one_task_at_a_time_from_a_long_queue(kata):
    """However many tasks wait, none is kept behind one that runs while another worker is free."""
    pool = kata.ThreadPool(2)
    releases = [hold(pool), hold(pool)]
    gate = threading.Event()
    pool.submit(gate.wait)
    futures = [pool.submit(lambda: None) for _ in range(64)]
    for release in releases:
        release.set()
    settle()
    left = sum(not future.done() for future in futures)
    gate.set()
    assert left == 0, f"one of two workers was busy, and the other one left {left} of 64 tasks"


@level(1)
@abandons
def test_a_task_may_submit_further_tasks(kata):
    """A task may submit further tasks, which run when it has ended."""
    pool = kata.ThreadPool(1)
    expected = object()
    inner = pool.submit(lambda: pool.submit(lambda: expected)).result()
    assert inner.result() is expected, "the inner task's future carries something else"


@level(1)
@abandons
@pytest.mark.parametrize("helped", [False, True])
@pytest.mark.parametrize("fails", [False, True])
def test_a_callback_of_a_future_may_submit_a_task(kata, fails, helped):
    """A future is completed without holding up the pool: its callback may submit, or have it done."""
    pool = kata.ThreadPool(1)
    follow_up = concurrent.futures.Future()
    release = hold(pool)
    future = pool.submit(int, "not a number" if fails else "1")

    def follow(done):
        if helped:
            follow_up.set_result(spawn(pool.submit, lambda: "followed").result())
        else:
            follow_up.set_result(pool.submit(lambda: "followed"))

    future.add_done_callback(follow)
    release.set()
    result = follow_up.result().result()
    assert result == "followed", f"the task submitted by the callback gave {result!r}"


@level(1)
@abandons
def test_two_pools_share_nothing(kata):
    """A task of one pool is never run by another pool, nor kept waiting by it."""
    first, second = kata.ThreadPool(1), kata.ThreadPool(1)
    hold(first)
    waiting = first.submit(lambda: None)
    other = second.submit(lambda: "ran").result()
    assert other == "ran", "the second pool did not run its task"
    settle()
    assert not waiting.done(), "the first pool's worker is busy, yet another pool ran its task"


@level(1)
@abandons
@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["first", "second"])
def test_a_task_wakes_a_worker_of_its_own_pool(kata, order):
    """Two pools share nothing: with both idle, a task wakes a worker of the pool that it is for."""
    pools = [kata.ThreadPool(1), kata.ThreadPool(1)]
    settle()
    for number in order:
        future = pools[number].submit(lambda: "ran")
        settle()
        assert future.done(), f"two pools were idle, and a task of pool {number} was not run"


@level(1)
@abandons
@explore
@stress
def test_a_task_submitted_to_an_idle_or_waking_pool_is_run(kata):
    """Whatever the worker is just doing, a task submitted to it is run."""
    pool = kata.ThreadPool(1)
    first = pool.submit(lambda: 1)
    second = pool.submit(lambda: 2)
    results = [first.result(), second.result()]
    assert results == [1, 2], f"the futures carry {results}, the tasks returned [1, 2]"
    third = pool.submit(lambda: 3).result()
    assert third == 3, f"the future carries {third}, the task returned 3"


@level(1)
@abandons
@explore(schedules=300)  # a worker told only when the queue was empty: found within 40
@stress
def test_as_many_tasks_run_at_once_as_there_are_workers(kata):
    """Up to num_workers tasks run at once: two tasks that wait for each other both end."""
    pool = kata.ThreadPool(2)
    met = [threading.Event(), threading.Event()]

    def task(mine):
        met[mine].set()
        met[1 - mine].wait()
        return mine

    futures = [pool.submit(task, mine) for mine in (0, 1)]
    results = [future.result() for future in futures]
    assert results == [0, 1], f"the futures carry {results}, the tasks returned [0, 1]"


@level(1)
@abandons
@explore(schedules=400)  # a task looked at and removed in two steps: found within 60
@stress
def test_every_task_runs_once_with_two_submitters_and_two_workers(kata):
    """Every task runs exactly once and its own future carries its result."""
    pool = kata.ThreadPool(2)
    runs = {0: [], 1: []}

    def task(name):
        runs[name].append(name)
        return name

    other = spawn(pool.submit, task, 1)
    mine = pool.submit(task, 0)
    results = [mine.result(), other.result().result()]
    assert results == [0, 1], f"the futures carry {results}, the tasks returned [0, 1]"
    assert runs == {0: [0], 1: [1]}, f"each task was submitted once, the runs were {runs}"


@level(1)
@abandons
@explore(schedules=300)  # a number drawn outside the lock: found within 130
@stress
def test_the_order_of_one_submitter_is_kept_when_two_submit(kata):
    """Tasks are taken in the order submitted: each of two submitters finds his own in order."""
    pool = kata.ThreadPool(1)
    ran = []

    def submit_two(name):
        futures = [pool.submit(ran.append, (name, number)) for number in (1, 2)]
        return [future.result() for future in futures]

    other = spawn(submit_two, "B")
    submit_two("A")
    other.result()
    for name in ("A", "B"):
        own = [number for who, number in ran if who == name]
        assert own == [1, 2], f"{name} submitted 1 before 2, but {ran} is how the worker ran them"


# -- level 2: bounded queue ------------------------------------------------------------------------


@level(2)
@abandons
@pytest.mark.parametrize("room", [1, 2, 3])
def test_max_pending_tasks_may_wait_while_the_workers_run_others(kata, room):
    """submit does not block while fewer than max_pending tasks wait; running ones do not count."""
    pool = kata.ThreadPool(2, max_pending=room)
    release = hold(pool, 2)
    futures = [pool.submit(lambda number=number: number) for number in range(room)]
    release.set()
    results = [future.result() for future in futures]
    assert results == list(range(room)), f"the futures carry {results}"


@level(2)
@abandons
@pytest.mark.parametrize("room", [1, 3])
def test_submit_blocks_while_max_pending_tasks_wait(kata, room):
    """submit blocks until there is room, and is then accepted."""
    pool = kata.ThreadPool(1, max_pending=room)
    release = hold(pool)
    ran = []
    for number in range(room):
        pool.submit(ran.append, number)
    extra = spawn(pool.submit, ran.append, "extra")
    settle()
    assert not extra.done(), f"{room} tasks were waiting, and one more submit did not block"
    assert not ran, f"the only worker was busy, yet these tasks ran: {ran}"
    release.set()
    extra.result().result()
    assert ran == [*range(room), "extra"], f"the tasks ran as {ran}"


@level(2)
@abandons
def test_each_pool_has_its_own_bound(kata):
    """Two pools share nothing: each lets as many tasks wait as its own max_pending says."""
    bounds = [2, 3, 1]
    pools = [kata.ThreadPool(1, max_pending=room) for room in bounds]
    gate = threading.Event()
    for pool in pools:
        pool.submit(gate.wait)
    settle()
    tries = [[spawn(pool.submit, lambda: None) for _ in range(4)] for pool in pools]
    settle()
    entered = [sum(outcome.done() for outcome in outcomes) for outcomes in tries]
    gate.set()
    assert entered == bounds, f"three pools with max_pending {bounds} let {entered} tasks wait"


@level(2)
@abandons
def test_a_task_that_raises_frees_its_place_once(kata):
    """After a task that raised as many tasks may wait as before, and no more."""
    pool = kata.ThreadPool(1, max_pending=2)
    for _ in range(2):
        pool.submit(int, "not a number").exception()
    entered = let_in(pool, 4)
    assert entered == 2, f"max_pending=2; after two tasks that raised, {entered} could wait"


@level(2)
@abandons
@plain  # thousands of calls, also into a pool whose submit takes time linear in what waits
def test_without_max_pending_no_submit_blocks(kata):
    """Without max_pending no submit blocks, however many tasks wait; the same thread runs them all."""
    pool = kata.ThreadPool(1)
    worker = pool.submit(threading.current_thread).result()
    release = hold(pool)
    accepted = []

    def submit_many():
        for _ in range(1500):
            accepted.append(pool.submit(threading.current_thread))

    submitter = threading.Thread(target=submit_many, daemon=True)
    submitter.start()
    count = -1
    while submitter.is_alive() and len(accepted) > count:
        count = len(accepted)
        submitter.join(3)  # a watchdog: one submit takes a fraction of a second
    count = len(accepted)
    release.set()
    assert count == 1500, f"{count} tasks were waiting, and the next submit blocked"
    accepted[-1].result()
    undone = sum(not future.done() for future in accepted)
    assert undone == 0, f"{undone} of 1500 futures are not done although the last one is"
    others = sum(future.result() is not worker for future in accepted)
    assert others == 0, f"the pool has one thread, but {others} of 1500 tasks ran in another one"


@level(2)
@abandons
def test_a_task_may_submit_to_its_own_bounded_pool_while_there_is_room(kata):
    """The task that runs does not count: with nothing waiting it can submit without blocking."""
    pool = kata.ThreadPool(1, max_pending=1)
    inner = pool.submit(lambda: pool.submit(lambda: "inner")).result()
    assert inner.result() == "inner", "the inner task's future carries something else"


@level(2)
@abandons
def test_a_task_that_submits_waits_for_room_like_everybody(kata):
    """At most max_pending tasks wait: submit blocks when a task of the pool calls it, too."""
    pool = kata.ThreadPool(2, max_pending=1)
    release = hold(pool)
    ran = []
    submitting = pool.submit(lambda: [pool.submit(ran.append, number) for number in range(2)])
    settle()
    assert not submitting.done(), (
        "one task was waiting, and the next submit by a task did not block"
    )
    assert not ran, f"one worker was busy, the other one in submit, yet these tasks ran: {ran}"
    release.set()
    for future in submitting.result():
        future.result()
    assert sorted(ran) == [0, 1], f"a task submitted 0 and 1, the tasks ran as {ran}"


@level(2)
@abandons
def test_a_blocked_submit_sleeps_and_does_not_wake_on_a_timer(kata):
    """A submit that is blocked for room sleeps: it does not wake to look again."""
    pool = kata.ThreadPool(1, max_pending=1)
    release = hold(pool)
    pool.submit(lambda: None)
    extra = spawn(pool.submit, lambda: "extra")
    for seconds in (1, 128, 2**20):  # the short one first, which a fast poller makes quick to find
        before = timer_wakeups()
        time.sleep(seconds)
        woken = timer_wakeups() - before
        assert woken == 0, (
            f"a submit was blocked for {seconds} s, and a timer woke it {woken} times"
        )
    release.set()
    assert extra.result().result() == "extra", "the blocked submit's task gave something else"


@level(2)
@abandons
@explore(preemptions=1, schedules=100)  # a place freed when the task has run: 80
@pytest.mark.parametrize("places", [1, 2])
def test_each_place_freed_lets_one_blocked_submitter_in(kata, places):
    """One place freed lets one blocked submitter in, and no second one."""
    pool = kata.ThreadPool(places, max_pending=places)
    first = hold(pool, places)
    second = threading.Event()
    for _ in range(places):
        pool.submit(second.wait)
    blocked = [spawn(pool.submit, lambda: "in") for _ in range(places + 1)]
    settle()
    first.set()
    settle()
    entered = sum(outcome.done() for outcome in blocked)
    assert entered == places, (
        f"workers took {places} waiting tasks; {entered} of {places + 1} blocked submitters got in"
    )
    second.set()
    for outcome in blocked:
        assert outcome.result().result() == "in", "a blocked submit's task gave something else"


@level(2)
@abandons
@explore(preemptions=1, schedules=300)  # room checked in another lock round: 50
def test_two_submitters_do_not_both_take_the_last_place(kata):
    """At most max_pending tasks wait, however two submitters and a worker interleave."""
    pool = kata.ThreadPool(1, max_pending=1)
    first = hold(pool)
    second = threading.Event()
    pool.submit(second.wait)
    first.set()  # a place comes free while two submitters want it
    rivals = [spawn(pool.submit, lambda: "in") for _ in range(2)]
    settle()
    entered = sum(outcome.done() for outcome in rivals)
    assert entered == 1, f"one place came free, and {entered} of 2 submitters got in"
    second.set()
    for outcome in rivals:
        assert outcome.result().result() == "in", "a submit's task gave something else"


@level(2)
@abandons
@explore(preemptions=1, schedules=100)  # idle workers counted as places: within 20
def test_a_burst_into_an_idle_pool_stays_within_the_bound(kata):
    """Idle workers are no places: one task runs, max_pending wait, and the next submit blocks."""
    pool = kata.ThreadPool(1, max_pending=1)
    gate = threading.Event()
    burst = [spawn(pool.submit, gate.wait) for _ in range(3)]
    settle()
    accepted = sum(outcome.done() for outcome in burst)
    assert accepted == 2, (
        f"3 submits came at once; with one worker and max_pending=1 two get in, but {accepted} did"
    )
    gate.set()
    for outcome in burst:
        outcome.result().result()


@level(2)
@abandons
@explore(schedules=300)  # one condition with notify: the default schedule already
@stress
def test_no_wakeup_is_lost_between_submitters_and_workers(kata):
    """Two submitters, two workers and one place: every submit returns, every task runs."""
    pool = kata.ThreadPool(2, max_pending=1)

    def submit_two():
        return [pool.submit(lambda number=number: number) for number in (1, 2)]

    other = spawn(submit_two)
    futures = submit_two() + other.result()
    results = [future.result() for future in futures]
    assert results == [1, 2, 1, 2], f"the futures carry {results}, the tasks returned [1, 2, 1, 2]"


# -- level 3: graceful shutdown --------------------------------------------------------------------


@level(3)
def test_shutdown_waits_until_every_accepted_task_has_run(kata):
    """Every task accepted before shutdown runs to its end, and shutdown waits for that."""
    pool, crew = started_by(lambda: kata.ThreadPool(2))
    release = hold(pool, 2)
    ran = []
    futures = [pool.submit(ran.append, number) for number in range(4)]
    ending = spawn(pool.shutdown)
    outlast()
    assert not ending.done(), "shutdown returned while tasks were running"
    release.set()
    ending.result()
    assert sorted(ran) == [0, 1, 2, 3], f"tasks 0 to 3 were accepted, but only {ran} ran"
    undone = sum(not future.done() for future in futures)
    assert undone == 0, f"shutdown returned while {undone} futures were not done"
    assert not alive(crew), f"shutdown returned while workers were alive: {alive(crew)}"


@level(3)
@pytest.mark.parametrize("room", [None, 2])
def test_shutdown_without_wait_returns_at_once_and_drops_nothing(kata, room):
    """shutdown(wait=False) returns while tasks run and wait; they run to their end all the same."""
    pool, crew = started_by(lambda: kata.ThreadPool(2, room))
    release = hold(pool, 2)
    futures = [pool.submit(lambda number=number: number) for number in range(2)]
    pool.shutdown(wait=False)
    assert not any(future.done() for future in futures), "the workers were busy, yet a task ended"
    release.set()
    results = [future.result() for future in futures]
    assert results == [0, 1], f"the futures carry {results}, the tasks returned [0, 1]"
    pool.shutdown()
    assert not alive(crew), f"the second shutdown waits, but left {alive(crew)} alive"


@level(3)
@pytest.mark.parametrize("busy", [False, True])
def test_shutdown_without_wait_takes_no_time(kata, busy):
    """shutdown(wait=False) returns at once: it gives the workers no time to end first."""
    pool = kata.ThreadPool(2)
    settle()
    release = hold(pool, 2 * busy)
    start = time.monotonic()
    pool.shutdown(wait=False)
    waited = time.monotonic() - start
    release.set()
    assert waited == 0, f"shutdown(wait=False) waited {waited} s before it returned"
    pool.shutdown()


@level(3)
@pytest.mark.parametrize("wait", [False, True])
def test_submit_after_shutdown_raises(kata, wait):
    """submit after shutdown raises RuntimeError, and its task is not run."""
    pool = kata.ThreadPool(1)
    pool.shutdown(wait)
    ran = []
    error = raised_by(pool.submit, ran.append, "late")
    assert isinstance(error, RuntimeError), (
        f"submit after shutdown must raise RuntimeError; it raised {error!r}"
    )
    pool.shutdown()
    assert not ran, "submit raised RuntimeError, but its task was run"


@level(3)
def test_submit_after_shutdown_raises_even_where_there_is_no_room(kata):
    """A submit to a full pool that is being shut down raises at once: it does not wait for room."""
    pool = kata.ThreadPool(1, max_pending=1)
    release = hold(pool)
    pool.submit(lambda: None)
    pool.shutdown(wait=False)
    error = raised_by(pool.submit, lambda: None)
    assert isinstance(error, RuntimeError), (
        f"submit after shutdown must raise RuntimeError; it raised {error!r}"
    )
    release.set()
    pool.shutdown()


@level(3)
def test_a_task_that_still_runs_cannot_submit_after_shutdown(kata):
    """submit after shutdown raises RuntimeError for the pool's own tasks too."""
    pool = kata.ThreadPool(1)
    running, go = threading.Event(), threading.Event()

    def task():
        running.set()
        go.wait()
        pool.submit(lambda: None)

    future = pool.submit(task)
    running.wait()
    pool.shutdown(wait=False)
    go.set()
    error = future.exception()
    assert isinstance(error, RuntimeError), (
        f"a task called submit after shutdown and got {error!r}, not RuntimeError"
    )
    pool.shutdown()


@level(3)
@pytest.mark.parametrize("wait", [False, True])
@pytest.mark.parametrize("submitters", [1, 5])
def test_a_blocked_submit_raises_when_the_pool_shuts_down(kata, submitters, wait):
    """A submit that is blocked for room raises RuntimeError when shutdown comes."""
    pool = kata.ThreadPool(1, max_pending=1)
    release = hold(pool)
    pending = pool.submit(lambda: "accepted")
    ran = []
    blocked = [spawn(pool.submit, ran.append, "late") for _ in range(submitters)]
    settle()
    ending = spawn(pool.shutdown, wait)
    settle()
    asleep = sum(not outcome.done() for outcome in blocked)
    assert asleep == 0, f"shutdown came, but {asleep} of {submitters} blocked submits still sleep"
    for outcome in blocked:
        error = outcome.exception()
        assert isinstance(error, RuntimeError), (
            f"a submit blocked when shutdown came ended with {error!r}, not RuntimeError"
        )
    release.set()
    ending.result()
    for _ in range(3):  # again, and now there is nobody left to tell
        pool.shutdown()
    assert pending.result() == "accepted", "the task that was accepted before did not run"
    assert not ran, "a blocked submit raised RuntimeError, but its task was run"


@level(3)
def test_a_task_that_is_blocked_in_submit_gets_an_error_too(kata):
    """A submit that a task of the pool is blocked in raises RuntimeError when shutdown comes."""
    pool = kata.ThreadPool(1, max_pending=1)
    ran = []
    future = pool.submit(lambda: [pool.submit(ran.append, number) for number in range(2)])
    settle()
    pool.shutdown(wait=False)
    error = future.exception()
    assert isinstance(error, RuntimeError), (
        f"a task was blocked in submit when shutdown came; it got {error!r}, not RuntimeError"
    )
    pool.shutdown()
    assert ran == [0], f"0 was accepted and 1 was refused, but the tasks ran as {ran}"


@level(3)
def test_shutdown_ends_idle_workers_however_many_there_are(kata):
    """shutdown wakes every worker that sleeps, and each one ends."""
    pool, crew = started_by(lambda: kata.ThreadPool(7))
    settle()
    pool.shutdown()
    assert not alive(crew), f"shutdown returned while {alive(crew)} were alive"


@level(3)
def test_shutdown_may_be_called_again(kata):
    """Calling shutdown again is harmless."""
    pool = kata.ThreadPool(2)
    future = pool.submit(lambda: "ran")
    for wait in (True, True, False, True):
        pool.shutdown(wait=wait)
    assert future.result() == "ran", "the task accepted before did not run"


@level(3)
@pytest.mark.parametrize("first_waits", [False, True])
def test_a_second_shutdown_waits_too(kata, first_waits):
    """A second shutdown(wait=True) also returns only when no worker is alive."""
    pool, crew = started_by(lambda: kata.ThreadPool(1))
    release = hold(pool)
    first = spawn(pool.shutdown, wait=first_waits)
    settle()
    again = spawn(pool.shutdown)
    settle()
    assert not again.done(), "a second shutdown(wait=True) returned while a task was running"
    release.set()
    again.result()
    assert not alive(crew), f"a second shutdown returned while {alive(crew)} were alive"
    first.result()


@level(3)
def test_shutdown_without_wait_returns_at_once_while_another_one_waits(kata):
    """shutdown(wait=False) returns at once, also while another thread is in shutdown(wait=True)."""
    pool = kata.ThreadPool(1)
    release = hold(pool)
    waiting = spawn(pool.shutdown)
    settle()
    pool.shutdown(wait=False)
    assert not waiting.done(), "shutdown(wait=True) returned while a task was running"
    release.set()
    waiting.result()


@level(3)
def test_a_task_of_another_pool_waits_for_shutdown_like_everybody(kata):
    """shutdown(wait=True) waits for each thread that is no worker of this pool, if of another."""
    pool, crew = started_by(lambda: kata.ThreadPool(1))
    other = kata.ThreadPool(1)
    release = hold(pool)
    ending = other.submit(pool.shutdown)
    settle()
    assert not ending.done(), "shutdown(wait=True) in another pool's task did not wait"
    release.set()
    error = ending.exception()
    assert error is None, f"shutdown in a task of another pool raised {error!r}"
    assert not alive(crew), f"shutdown returned while {alive(crew)} were alive"
    other.shutdown()


@level(3)
@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_may_shut_its_pool_down_without_waiting(kata, workers):
    """A task may call shutdown(wait=False); what was accepted before still runs."""
    pool, crew = started_by(lambda: kata.ThreadPool(workers))
    release = hold(pool, workers)
    ending = pool.submit(pool.shutdown, wait=False)
    behind = pool.submit(lambda: "ran")
    release.set()
    assert ending.exception() is None, f"shutdown in a task raised {ending.exception()!r}"
    assert behind.result() == "ran", "the task accepted before shutdown did not run"
    pool.shutdown()
    assert not alive(crew), f"shutdown returned while {alive(crew)} were alive"


@level(3)
def test_the_with_statement_gives_the_pool_and_waits_at_its_end(kata):
    """`with` gives the pool itself, and leaves when every task has run and no worker is alive."""
    pool, crew = started_by(lambda: kata.ThreadPool(2))
    with pool as inside:
        assert inside is pool, "`with pool as p` gave something else than the pool"
        futures = [inside.submit(lambda number=number: number) for number in range(4)]
    undone = sum(not future.done() for future in futures)
    assert undone == 0, f"the with block was left while {undone} futures were not done"
    assert not alive(crew), f"the with block was left while {alive(crew)} were alive"
    error = raised_by(pool.submit, lambda: None)
    assert isinstance(error, RuntimeError), (
        f"submit after the with block must raise RuntimeError; it raised {error!r}"
    )


@level(3)
@pytest.mark.parametrize("kind", [LookupError, KeyboardInterrupt])
def test_an_exception_passes_through_the_with_statement(kata, kind):
    """__exit__ waits for what was accepted, whatever was raised, and swallows nothing."""
    pool, crew = started_by(lambda: kata.ThreadPool(1))
    error = kind("raised in the with block")
    seen = None
    try:
        with pool:
            release = hold(pool)
            future = pool.submit(lambda: "ran")
            spawn(release.set)
            raise error
    except kind as caught:
        seen = caught
    assert seen is error, "the exception raised in the with block did not come out of it"
    assert future.done(), "the with block was left before the accepted task had run"
    assert future.result() == "ran", "the accepted task's future carries something else"
    assert not alive(crew), f"the with block was left while {alive(crew)} were alive"


@level(3)
def test_shutting_one_pool_down_leaves_another_alone(kata):
    """Two pools share nothing: the shutdown of one neither ends nor awaits the other."""
    first, second = kata.ThreadPool(1), kata.ThreadPool(1)
    release = hold(second)
    first.shutdown()
    future = second.submit(lambda: "ran")
    release.set()
    assert future.result() == "ran", "the second pool did not run its task"
    second.shutdown()


@level(3)
@explore
@stress
@pytest.mark.parametrize("tasks", [0, 1, 2])
def test_no_worker_is_alive_when_shutdown_returns(kata, tasks):
    """Whatever the workers are just doing, shutdown returns when all tasks ran and none is alive."""
    pool, crew = started_by(lambda: kata.ThreadPool(2))
    futures = [pool.submit(lambda number=number: number) for number in range(tasks)]
    pool.shutdown()
    assert not alive(crew), f"shutdown returned while {alive(crew)} were alive"
    for number, future in enumerate(futures):
        assert future.done(), f"shutdown returned while task {number} was not done"
        assert future.result() == number, f"the future of task {number} carries another result"


@level(3)
@explore
@stress
def test_two_shutdowns_at_once_both_wait(kata):
    """shutdown(wait=True) from two threads at once: each returns when no worker is alive."""
    pool, crew = started_by(lambda: kata.ThreadPool(1))
    pool.submit(lambda: None)

    def end():
        pool.shutdown()
        return alive(crew)

    other = spawn(end)
    left = end() + other.result()
    assert not left, f"shutdown returned while {left} were alive"


@level(3)
@explore
@stress
def test_a_submit_that_races_with_shutdown_raises_or_is_run(kata):
    """A submit that meets shutdown raises RuntimeError, or returns a future that completes."""
    pool = kata.ThreadPool(1)
    outcome = spawn(pool.submit, lambda: "ran")
    pool.shutdown()
    error = outcome.exception()
    if error is None:
        result = outcome.result().result()
        assert result == "ran", f"the accepted task's future carries {result!r}"
    else:
        assert isinstance(error, RuntimeError), f"submit raised {error!r}, not RuntimeError"


@level(3)
@explore(schedules=300)  # a flag looked at before the lock: within 180
@stress
def test_a_submitter_that_waits_for_room_and_shutdown_never_miss_each_other(kata):
    """However room, submit and shutdown meet, each submit returns a good future or raises."""
    pool = kata.ThreadPool(1, max_pending=1)
    futures = [pool.submit(lambda: "ran")]
    outcomes = [spawn(pool.submit, lambda: "ran") for _ in range(2)]
    pool.shutdown()
    for outcome in outcomes:
        error = outcome.exception()
        assert error is None or isinstance(error, RuntimeError), f"submit raised {error!r}"
        if error is None:
            futures.append(outcome.result())
    results = [future.result() for future in futures]
    assert all(result == "ran" for result in results), f"the futures carry {results}"


# -- level 4: priorities ---------------------------------------------------------------------------


@level(4)
def test_the_smallest_priority_starts_first_and_equal_ones_keep_their_order(kata):
    """Among waiting tasks the smallest priority starts first; equals keep submission order."""
    priorities = [5, 0, 3, -2, 0, 5, -2, 3, 0, 0, 5, -2]
    ran = []
    with kata.ThreadPool(1) as pool:
        release = hold(pool)
        for number, priority in enumerate(priorities):
            pool.submit(Uncomparable((priority, number), ran), priority=priority)
        release.set()
    expected = sorted((priority, number) for number, priority in enumerate(priorities))
    assert ran == expected, f"as (priority, number) the tasks ran as {ran}, not as {expected}"


@level(4)
def test_the_default_priority_is_0(kata):
    """A task submitted without a priority has priority 0."""
    ran = []
    with kata.ThreadPool(1) as pool:
        release = hold(pool)
        pool.submit(ran.append, "after", priority=1)
        pool.submit(ran.append, "default")
        pool.submit(ran.append, "before", priority=-1)
        release.set()
    assert ran == ["before", "default", "after"], f"priorities 1, none and -1 ran as {ran}"


@level(4)
def test_the_priority_is_not_an_argument_of_the_task(kata):
    """priority is for the pool: the task does not get it."""

    def task(*args, **kwargs):
        return args, kwargs

    with kata.ThreadPool(1) as pool:
        seen = pool.submit(task, 1, priority=3, other=2).result()
    assert seen == ((1,), {"other": 2}), f"the task was called with {seen}"


@level(4)
def test_equal_priorities_keep_their_order_when_tasks_come_and_go(kata):
    """Equal priorities keep submission order, also against tasks submitted while others ran."""
    ran = []
    with kata.ThreadPool(1) as pool:

        def task(name, follow_ups):
            ran.append(name)
            for follow_up in follow_ups:
                pool.submit(task, follow_up, "", priority=1)

        release = hold(pool)
        for name, follow_ups in (("a", "de"), ("b", "fg"), ("c", "h")):
            pool.submit(task, name, follow_ups, priority=1)
        release.set()
        settle()
    assert "".join(ran) == "abcdefgh", f"submitted were a to h in order, but they ran as {ran}"


@level(4)
def test_an_urgent_task_overtakes_those_that_wait_already(kata):
    """A task submitted later with a smaller priority starts before all that wait."""
    ran = []
    with kata.ThreadPool(1) as pool:

        def task(name):
            ran.append(name)
            if name == "first":
                pool.submit(task, "urgent", priority=-1)

        release = hold(pool)
        for name in ("first", "second", "third"):
            pool.submit(task, name)
        release.set()
        settle()
    expected = ["first", "urgent", "second", "third"]
    assert ran == expected, f"the tasks ran as {ran}, not as {expected}"


@level(4)
def test_any_int_is_a_priority(kata):
    """Priorities are ints of any size, and every task runs before shutdown ends."""
    huge = sys.maxsize**2
    priorities = [huge, 0, -huge, sys.maxsize + 1, sys.maxsize, -sys.maxsize - 1, -sys.maxsize - 2]
    ran = []
    with kata.ThreadPool(1) as pool:
        release = hold(pool)
        for priority in priorities:
            pool.submit(ran.append, priority, priority=priority)
        pool.shutdown(wait=False)
        release.set()
    assert ran == sorted(priorities), f"the tasks ran as {ran}, not as {sorted(priorities)}"


@level(4)
def test_the_next_free_worker_takes_the_most_urgent_task(kata):
    """With several workers too, the one that comes free takes the smallest priority."""
    with kata.ThreadPool(2) as pool:
        releases = [hold(pool), hold(pool)]
        started = []
        gate = threading.Event()

        def task(priority):
            started.append(priority)
            gate.wait()

        for priority in (3, 1, 2):
            pool.submit(task, priority, priority=priority)
        releases[0].set()
        settle()
        first = list(started)
        gate.set()
        releases[1].set()
    assert first == [1], f"3, 1 and 2 were waiting when a worker came free: it started {first}"


@level(4)
@pytest.mark.parametrize("priority", [-1, 0, 7])
def test_max_pending_counts_tasks_of_all_priorities(kata, priority):
    """At most max_pending tasks wait, whatever their priorities: the urgent ones have no place of their own."""
    with kata.ThreadPool(1, max_pending=4) as pool:
        release = hold(pool)
        for waiting in (3, 0, 1, 5):  # one each in front of, between and behind the others
            pool.submit(lambda: None, priority=waiting)
        extra = spawn(pool.submit, lambda: "ran", priority=priority)
        settle()
        entered = extra.done()
        release.set()
        result = extra.result().result()
    assert not entered, (
        f"four tasks were waiting, and a submit with priority={priority} did not block"
    )
    assert result == "ran", f"the blocked submit's task gave {result!r}"


@level(4)
def test_a_blocked_submit_overtakes_nothing_that_waits(kata):
    """A submit blocks until there is room: the task whose start makes the room is one that waited."""
    ran = []
    with kata.ThreadPool(1, max_pending=1) as pool:
        release = hold(pool)
        pool.submit(ran.append, "waiting", priority=1)
        blocked = spawn(pool.submit, ran.append, "blocked", priority=0)
        settle()
        release.set()
        blocked.result().result()
    assert ran == ["waiting", "blocked"], (
        f"max_pending=1, one task waited and a submit was blocked; the tasks ran as {ran}"
    )


@level(4)
@pytest.mark.parametrize("priority", [1, 5])
def test_a_task_that_waited_for_room_has_its_own_priority(kata, priority):
    """A submit that was blocked is no other: its task starts when its priority says so."""
    ran = []
    gate = threading.Event()
    with kata.ThreadPool(1, max_pending=2) as pool:
        release = hold(pool)
        pool.submit(gate.wait)  # once a worker has taken it, there is room
        pool.submit(ran.append, 3, priority=3)
        blocked = spawn(pool.submit, ran.append, priority, priority=priority)
        settle()
        release.set()
        settle()
        gate.set()
        blocked.result().result()
    assert ran == sorted([3, priority]), (
        f"priority 3 waited, {priority} came when there was room; the tasks ran as {ran}"
    )


@level(4)
@plain  # thousands of calls
def test_priorities_decide_however_many_tasks_there_are(kata):
    """Among more than a thousand tasks, too, the smallest priority starts first, equals in order."""
    ran = []
    with kata.ThreadPool(1) as pool:
        release = hold(pool)
        for number in range(1200):
            pool.submit(ran.append, (number % 3, number), priority=number % 3)
        release.set()
    expected = sorted((number % 3, number) for number in range(1200))
    pairs = zip(ran, expected, strict=False)
    wrong = next((f"{was} where {due} was due" for was, due in pairs if was != due), "none")
    assert ran == expected, (
        f"of 1200 tasks {len(ran)} ran; as (priority, number) the first out of order: {wrong}"
    )


@level(4)
@settings(max_examples=50)
@given(priorities=st.lists(st.integers(-3, 3), max_size=12))
def test_any_list_of_priorities_runs_in_stable_order(kata, priorities):
    """Whatever the priorities, waiting tasks start as a stable sort has them."""
    ran = []
    with kata.ThreadPool(1) as pool:
        release = hold(pool)
        for number, priority in enumerate(priorities):
            pool.submit(ran.append, (priority, number), priority=priority)
        release.set()
    expected = sorted((priority, number) for number, priority in enumerate(priorities))
    assert ran == expected, f"as (priority, number) the tasks ran as {ran}, not as {expected}"


# -- level 5: cancellation -------------------------------------------------------------------------


@level(5)
@pytest.mark.parametrize("names", [[0, 1, 2, 3], [0, 0, 0, 0]], ids=["different", "equal"])
def test_a_future_cancelled_while_its_task_waits_is_never_run(kata, names):
    """A future cancelled while its task waits is never run; the others are, also equal ones."""
    ran = []
    with kata.ThreadPool(1) as pool:
        release = hold(pool)
        futures = [pool.submit(ran.append, name) for name in names]
        for number in (0, 2):
            assert futures[number].cancel(), "cancel() returned False although the task waits"
        release.set()
    assert ran == names[1::2], (
        f"the first and the third of {names} were cancelled while they waited; these ran: {ran}"
    )
    states = [future.cancelled() for future in futures]
    assert states == [True, False, True, False], f"cancelled() gives {states} for 0 to 3"


@level(5)
def test_a_running_task_cannot_be_cancelled(kata):
    """Only waiting tasks can be cancelled: a running one carries its result in the end."""
    with kata.ThreadPool(1) as pool:
        running, go = threading.Event(), threading.Event()

        def task():
            running.set()
            go.wait()
            return "result"

        future = pool.submit(task)
        running.wait()
        cancelled = future.cancel()
        go.set()
        after = pool.submit(lambda: "alive").result()
    assert not cancelled, "cancel() returned True for a task that was running"
    assert future.result() == "result", "the running task's future does not carry its result"
    assert after == "alive", "the worker did not run the next task"


@level(5)
def test_a_waiter_on_a_cancelled_future_wakes(kata):
    """A thread that waits for the result wakes with CancelledError when its future is cancelled."""
    with kata.ThreadPool(1) as pool:
        release = hold(pool)
        future = pool.submit(lambda: None)
        waiter = spawn(future.result)
        settle()
        future.cancel()
        settle()
        woken = waiter.done()
        release.set()
    assert woken, "result() still sleeps although its future was cancelled"
    error = waiter.exception()
    assert isinstance(error, concurrent.futures.CancelledError), f"result() raised {error!r}"


@level(5)
@pytest.mark.parametrize("how", ["wait", "as_completed"])
@pytest.mark.parametrize("then", ["idle", "busy", "shut"])
def test_wait_and_as_completed_see_a_cancelled_future_when_a_worker_reaches_it(kata, how, then):
    """wait and as_completed see a future cancelled by its owner once a worker has reached it."""
    pool = kata.ThreadPool(1)
    release = hold(pool)
    future = pool.submit(lambda: None)
    future.cancel()
    if how == "wait":
        watcher = spawn(lambda: concurrent.futures.wait([future]).done)
    else:
        watcher = spawn(lambda: list(concurrent.futures.as_completed([future])))
    settle()
    gate = threading.Event()
    if then == "busy":  # with the task behind the cancelled one
        pool.submit(gate.wait)
    if then == "shut":
        pool.shutdown(wait=False)
    release.set()
    settle()
    seen = watcher.done()
    gate.set()
    assert seen, f"concurrent.futures.{how} still sleeps: nobody told it of the cancel"
    assert len(watcher.result()) == 1, f"{how} returned {watcher.result()}"
    pool.shutdown()


@level(5)
@plain  # thousands of calls
def test_a_worker_gets_past_any_number_of_cancelled_tasks(kata):
    """However many cancelled tasks stand in a row, a worker reaches the one behind them."""
    with kata.ThreadPool(1) as pool:
        worker = pool.submit(threading.current_thread).result()
        release = hold(pool)
        for future in [pool.submit(lambda: None) for _ in range(1500)]:
            future.cancel()
        behind = pool.submit(lambda: "ran")
        release.set()
        while worker.is_alive() and not behind.done():
            concurrent.futures.wait([behind], 1)
        assert behind.done(), "1500 tasks were cancelled, and the one behind them was not run"
    assert behind.result() == "ran", "the task behind the cancelled ones gave something else"


@level(5)
@pytest.mark.parametrize("room", [2, 3])
def test_cancelled_tasks_free_their_places_when_a_worker_reaches_them(kata, room):
    """A cancelled task stops counting against max_pending at the latest when a worker reaches it."""
    with kata.ThreadPool(1, max_pending=room) as pool:
        release = hold(pool)
        for _ in range(room - 1):
            pool.submit(lambda: None).cancel()
        gate = threading.Event()
        pool.submit(gate.wait)  # once a worker runs this one, it has been past the cancelled ones
        blocked = [spawn(pool.submit, lambda: "ran") for _ in range(room)]
        settle()
        release.set()
        settle()
        entered = sum(outcome.done() for outcome in blocked)
        gate.set()
    assert entered == room, (
        f"{room} places came free; {entered} of {room} blocked submitters got in"
    )
    for outcome in blocked:
        assert outcome.result().result() == "ran", "a submit's task gave something else"


@level(5)
def test_a_cancelled_task_frees_its_place_only_once(kata):
    """After a cancel the bound holds as before: no more than max_pending tasks wait."""
    with kata.ThreadPool(1, max_pending=2) as pool:
        release = hold(pool)
        for _ in range(2):
            future = pool.submit(lambda: None)
            future.cancel()
            future.cancel()  # again, which changes nothing
        release.set()
        settle()
        release = hold(pool)
        for _ in range(2):
            pool.submit(lambda: None)
        extra = spawn(pool.submit, lambda: None)
        settle()
        entered = extra.done()
        release.set()
    assert not entered, "max_pending=2 and 2 tasks wait, and after a cancel a third one got in"


@level(5)
def test_a_cancel_that_changes_nothing_frees_no_place(kata):
    """cancel() of a task that runs, or has run, leaves the bound as it is."""
    with kata.ThreadPool(1, max_pending=2) as pool:
        running, go = threading.Event(), threading.Event()

        def task():
            running.set()
            go.wait()

        future = pool.submit(task)
        running.wait()
        future.cancel()
        go.set()
        future.result()
        future.cancel()
        entered = let_in(pool, 4)
    assert entered == 2, f"max_pending=2; after two cancels too late, {entered} could wait"


@level(5)
@explore(schedules=100)  # a place freed by worker and owner: within 60
@pytest.mark.parametrize("owners", [1, 2])
def test_cancels_and_a_worker_free_a_place_once(kata, owners):
    """Whoever meets whom: a cancelled task frees the one place that it had, and only once."""
    pool = kata.ThreadPool(1, max_pending=1)
    future = pool.submit(lambda: None)
    others = [spawn(future.cancel) for _ in range(owners - 1)]
    future.cancel()
    for other in others:
        other.result()
    entered = let_in(pool, 2)
    assert entered == 1, f"max_pending=1; after {owners} cancelled a task, {entered} could wait"
    pool.shutdown()


@level(5)
def test_a_full_queue_may_be_rid_of_cancelled_tasks_without_harm(kata):
    """Whoever removes cancelled tasks, wait() sees them, and the rest starts as before."""
    priorities = [7, 1, 2, 4, 5, 0, 3, 6]  # a heap of them shows if it is not mended
    ran = []
    with kata.ThreadPool(1, max_pending=8) as pool:
        release = hold(pool)
        futures = {p: pool.submit(ran.append, p, priority=p) for p in priorities}
        dead = [futures[1], futures[6]]
        for future in dead:
            future.cancel()
        watcher = spawn(concurrent.futures.wait, dead)
        late = spawn(pool.submit, ran.append, 8, priority=8)
        settle()
        release.set()
        late.result().result()
        settle()
        seen = watcher.done()
    assert ran == [0, 2, 3, 4, 5, 7, 8], f"1 and 6 of 0 to 8 were cancelled, the rest ran as {ran}"
    assert seen, "concurrent.futures.wait still sleeps: nobody told it of the cancel"


@level(5)
@pytest.mark.parametrize("wait", [False, True])
def test_shutdown_with_cancel_pending_cancels_what_waits_and_not_what_runs(kata, wait):
    """shutdown(cancel_pending=True) cancels waiting tasks; running ones run to their end."""
    pool, crew = started_by(lambda: kata.ThreadPool(2))
    gate = threading.Event()
    running = threading.Semaphore(0)

    def task():
        running.release()
        gate.wait()
        return "ran"

    busy = [pool.submit(task) for _ in range(2)]
    for _ in busy:
        running.acquire()
    ran = []
    waiting = [pool.submit(ran.append, number, priority=number % 2) for number in range(3)]
    if wait:
        ending = spawn(pool.shutdown, cancel_pending=True)
        settle()
        assert not ending.done(), "shutdown(cancel_pending=True) did not wait for running tasks"
    else:
        pool.shutdown(wait=False, cancel_pending=True)
    states = [future.cancelled() for future in waiting]
    assert all(states), f"3 tasks were waiting; cancelled() of their futures gives {states}"
    gate.set()
    pool.shutdown()
    assert not ran, f"these tasks ran although they were cancelled: {ran}"
    results = [future.result() for future in busy]
    assert results == ["ran", "ran"], f"the running tasks' futures carry {results}"
    assert not alive(crew), f"shutdown returned while {alive(crew)} were alive"
    if wait:
        ending.result()


@level(5)
@pytest.mark.parametrize("wait", [False, True])
@pytest.mark.parametrize("how", ["result", "wait", "as_completed"])
def test_waiters_see_what_shutdown_cancelled_while_a_task_still_runs(kata, how, wait):
    """Whoever waits for a future that shutdown cancelled wakes, though the workers are busy."""
    pool = kata.ThreadPool(1)
    release = hold(pool)
    future = pool.submit(lambda: None)
    watchers = {
        "result": future.exception,
        "wait": lambda: concurrent.futures.wait([future]),
        "as_completed": lambda: list(concurrent.futures.as_completed([future])),
    }
    watcher = spawn(watchers[how])
    settle()
    ending = spawn(pool.shutdown, wait, cancel_pending=True)
    settle()
    assert watcher.done(), f"shutdown cancelled the task, but {how} still sleeps"
    release.set()
    ending.result()
    pool.shutdown()


@level(5)
def test_shutdown_with_cancel_pending_copes_with_what_is_cancelled_already(kata):
    """A task that its owner cancelled before is no trouble, and its waiters are told too."""
    pool = kata.ThreadPool(1)
    release = hold(pool)
    futures = [pool.submit(lambda: None) for _ in range(3)]
    futures[1].cancel()
    watcher = spawn(concurrent.futures.wait, futures)
    settle()
    pool.shutdown(wait=False, cancel_pending=True)
    release.set()
    settle()
    assert watcher.done(), "concurrent.futures.wait still sleeps although all were cancelled"
    states = [future.cancelled() for future in futures]
    assert all(states), f"cancelled() of the three futures gives {states}"
    pool.shutdown()


@level(5)
@pytest.mark.parametrize("helped", [False, True])
def test_a_callback_of_a_future_that_shutdown_cancels_may_call_submit(kata, helped):
    """submit raises RuntimeError in a callback, too, or in a thread that the callback waits for."""
    pool = kata.ThreadPool(1)
    release = hold(pool)
    ran, errors = [], []

    def late(_):
        error = raised_by(pool.submit, ran.append, "late")
        errors.append(error)

    future = pool.submit(ran.append, "dropped")
    future.add_done_callback(lambda done: spawn(late, done).result() if helped else late(done))
    pool.shutdown(wait=False, cancel_pending=True)
    release.set()
    pool.shutdown()
    assert len(errors) == 1, (
        f"the future of a cancelled task called its callback {len(errors)} times"
    )
    assert isinstance(errors[0], RuntimeError), (
        f"submit in a callback after shutdown must raise RuntimeError; it raised {errors[0]!r}"
    )
    assert not ran, f"these tasks ran although shutdown dropped or refused them: {ran}"


@level(5)
@pytest.mark.parametrize("helped", [False, True])
def test_a_callback_of_a_future_that_its_owner_cancels_may_submit(kata, helped):
    """An owner's cancel() does not hold up the pool: its callback may submit, or have it done."""
    pool = kata.ThreadPool(1)
    release = hold(pool)
    follow_ups = []

    def follow(_):
        follow_ups.append(pool.submit(lambda: "followed"))

    future = pool.submit(lambda: None)
    future.add_done_callback(lambda done: spawn(follow, done).result() if helped else follow(done))
    assert future.cancel(), "cancel() returned False although the task waits"
    release.set()
    pool.shutdown()
    results = [follow_up.result() for follow_up in follow_ups]
    assert results == ["followed"], f"the tasks submitted by the callback gave {results}"


@level(5)
def test_a_callback_of_a_future_that_shutdown_cancels_may_call_shutdown(kata):
    """Calling shutdown again is harmless, in a callback too, while shutdown cancels what waits."""
    pool = kata.ThreadPool(1)
    release = hold(pool)
    futures = [pool.submit(lambda: None) for _ in range(3)]
    futures[1].add_done_callback(lambda _: pool.shutdown(wait=False, cancel_pending=True))
    pool.shutdown(wait=False, cancel_pending=True)
    states = [future.cancelled() for future in futures]
    release.set()
    pool.shutdown()
    assert all(states), f"3 tasks were waiting; cancelled() of their futures gives {states}"


@level(5)
def test_a_later_shutdown_may_still_cancel_what_waits(kata):
    """After shutdown(wait=False), shutdown(cancel_pending=True) cancels what nobody has taken."""
    pool = kata.ThreadPool(1)
    release = hold(pool)
    ran = []
    futures = [pool.submit(ran.append, number) for number in range(2)]
    pool.shutdown(wait=False)
    pool.shutdown(wait=False, cancel_pending=True)
    states = [future.cancelled() for future in futures]
    assert all(states), f"2 tasks were waiting; cancelled() of their futures gives {states}"
    release.set()
    pool.shutdown()
    assert not ran, f"these tasks ran although they were cancelled: {ran}"


@level(5)
@explore(preemptions=1, schedules=100)  # room made before the flag is set: within 10
@pytest.mark.parametrize("submitters", [1, 2])
def test_a_blocked_submit_raises_when_shutdown_cancels_what_waits(kata, submitters):
    """The room that shutdown(cancel_pending=True) makes lets no blocked submitter in."""
    pool = kata.ThreadPool(1, max_pending=1)
    release = hold(pool)
    pool.submit(lambda: None)
    ran = []
    blocked = [spawn(pool.submit, ran.append, "late") for _ in range(submitters)]
    settle()
    pool.shutdown(wait=False, cancel_pending=True)
    settle()
    errors = [outcome.exception() if outcome.done() else "asleep" for outcome in blocked]
    assert all(isinstance(error, RuntimeError) for error in errors), (
        f"shutdown(cancel_pending=True) came while submits were blocked; they ended with {errors}"
    )
    release.set()
    pool.shutdown()
    assert not ran, "a blocked submit raised RuntimeError, but its task was run"


@level(5)
def test_a_task_may_shut_its_pool_down_and_cancel_what_waits(kata):
    """A task may call shutdown(wait=False, cancel_pending=True)."""
    pool = kata.ThreadPool(1)
    release = hold(pool)
    ending = pool.submit(pool.shutdown, wait=False, cancel_pending=True)
    behind = pool.submit(lambda: None)
    release.set()
    error = ending.exception()
    assert error is None, f"shutdown in a task raised {error!r}"
    pool.shutdown()
    assert behind.cancelled(), "the task that waited was not cancelled"


@level(5)
@settings(max_examples=50)
@given(
    tasks=st.lists(st.tuples(st.integers(-2, 2), st.booleans()), max_size=10),
)
def test_any_mix_of_priorities_and_cancels_runs_in_order(kata, tasks):
    """Whatever is cancelled, the rest starts as a stable sort by priority has it."""
    ran = []
    with kata.ThreadPool(1) as pool:
        release = hold(pool)
        futures = []
        for number, (priority, _) in enumerate(tasks):
            futures.append(pool.submit(ran.append, (priority, number), priority=priority))
        for future, (_, cancelled) in zip(futures, tasks, strict=True):
            if cancelled:
                future.cancel()
        release.set()
    kept = [(task[0], number) for number, task in enumerate(tasks) if not task[1]]
    assert ran == sorted(kept), f"as (priority, number) the tasks ran as {ran}, not {sorted(kept)}"


@level(5)
@explore
@stress
def test_a_task_is_either_cancelled_or_run(kata):
    """cancel() returns True and the task never runs, or False and the result arrives."""
    pool = kata.ThreadPool(1)
    ran = []
    future = pool.submit(ran.append, "ran")
    cancelled = future.cancel()
    pool.shutdown()
    assert future.cancelled() == cancelled, f"cancel() gave {cancelled}, cancelled() the opposite"
    if cancelled:
        assert not ran, "cancel() returned True, but the task was run"
    else:
        future.result()
        assert ran == ["ran"], f"cancel() returned False, but the task ran {len(ran)} times"


@level(5)
@explore
@stress
def test_each_task_is_cancelled_by_shutdown_or_run_to_its_end(kata):
    """However workers and shutdown(cancel_pending=True) meet, a task is cancelled or it is run."""
    pool, crew = started_by(lambda: kata.ThreadPool(2))
    ran = [[], []]
    futures = [pool.submit(ran[number].append, number) for number in (0, 1)]
    pool.shutdown(cancel_pending=True)
    assert not alive(crew), f"shutdown returned while {alive(crew)} were alive"
    for number, future in enumerate(futures):
        assert future.done(), f"shutdown returned while the future of task {number} was not done"
        runs = len(ran[number])
        assert runs == (0 if future.cancelled() else 1), (
            f"cancelled() of task {number} is {future.cancelled()}, and it ran {runs} times"
        )


@level(5)
@explore
@stress
def test_an_owner_and_shutdown_may_cancel_at_once(kata):
    """A future that its owner and shutdown cancel at once is done, and nobody stumbles over it."""
    pool = kata.ThreadPool(1)
    release = hold(pool)
    future = pool.submit(lambda: None)
    owner = spawn(future.cancel)
    pool.shutdown(wait=False, cancel_pending=True)
    assert owner.result(), "cancel() returned False although the task waits or is cancelled"
    done, _ = concurrent.futures.wait([future])
    assert len(done) == 1, "concurrent.futures.wait does not count the cancelled future as done"
    release.set()
    pool.shutdown()


@level(5)
@explore
@stress
def test_two_shutdowns_may_cancel_at_once(kata):
    """Two threads may call shutdown(cancel_pending=True) at once: neither stumbles."""
    pool = kata.ThreadPool(1)
    release = hold(pool)
    future = pool.submit(lambda: None)
    other = spawn(pool.shutdown, wait=False, cancel_pending=True)
    pool.shutdown(wait=False, cancel_pending=True)
    error = other.exception()
    assert error is None, f"a shutdown raised {error!r}"
    done, _ = concurrent.futures.wait([future])
    assert len(done) == 1, "concurrent.futures.wait does not count the cancelled future as done"
    release.set()
    pool.shutdown()


@level(5)
@explore(schedules=300)  # a place not given on: within 10
@stress
def test_a_cancel_a_worker_and_a_blocked_submitter_never_miss_each_other(kata):
    """Whether a task is cancelled or taken, its place goes to the submitter that waits for it."""
    pool = kata.ThreadPool(1, max_pending=1)
    pool.submit(lambda: None)
    future = pool.submit(lambda: None)
    blocked = spawn(pool.submit, lambda: "ran")
    future.cancel()
    result = blocked.result().result()
    assert result == "ran", f"the blocked submit's task gave {result!r}"
    pool.shutdown()


@level(5)
@explore(schedules=300)  # dropped futures not completed: within 40
@stress
def test_a_submit_that_races_with_cancel_pending_leaves_no_future_behind(kata):
    """A submit that meets shutdown(cancel_pending=True) raises, or its future completes."""
    pool = kata.ThreadPool(1, max_pending=1)
    outcomes = [spawn(pool.submit, lambda: "ran") for _ in range(2)]
    pool.shutdown(cancel_pending=True)
    for outcome in outcomes:
        error = outcome.exception()
        if error is not None:
            assert isinstance(error, RuntimeError), f"submit raised {error!r}, not RuntimeError"
            continue
        done, _ = concurrent.futures.wait([outcome.result()])
        assert len(done) == 1, "a future that submit returned does not complete"
