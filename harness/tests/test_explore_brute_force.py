"""The search against the definition: on small random programs it finds every outcome that there is.

The reduction leaves out schedules that differ from another one in nothing that can be told apart. What is
claimed, and tested here, with the threads started in every order:

- Without a bound the search finds exactly the outcomes (notes, final states, exceptions, deadlocks) that
  trying every choice at every point finds; random walks over every point find no other.
- With a bound of k it finds exactly the outcomes that every choice with at most k preemptions at the points
  that it looks at finds: remembering states loses nothing. (A preemption inside of a lock's region counts
  where the region begins: that is where the search looks.)
"""

import itertools
from pathlib import Path
from typing import Any

import pytest

from harness.explore.search import Everything
from harness.tests.explore_support import (
    TooManySchedulesError,
    by_brute_force,
    by_wandering,
    every_outcome,
    lab_for,
    start_and_join,
)
from harness.tests.random_programs import random_program

BATCH = 20
EXECUTIONS = 150  # brute force is tried on programs with at most so many
WALKS = 25


def _orders(threads: int, seed: int) -> tuple[int, ...]:
    every = list(itertools.permutations(range(threads)))
    return every[seed % len(every)]


def _check(seed: int, threads: int, longest: int, folder: Path) -> None:
    program = random_program(seed, threads, longest)
    lab = lab_for(folder, program.source, f"program{seed}")
    start: dict[str, Any] = {"run": start_and_join, "order": _orders(threads, seed)}
    found, _, coverage = every_outcome(lab, 1000, 1000, **start)
    if coverage.sampled:
        return  # too large to exhaust: nothing is claimed
    assert by_wandering(lab, WALKS, **start) <= found, f"program {seed}"
    try:
        assert by_brute_force(lab, most=EXECUTIONS, **start) == found, f"program {seed}"
    except TooManySchedulesError:
        return
    for bound in (0, 1, 2):
        found, search, _ = every_outcome(lab, bound, 1000, **start)
        sites, locks = set(search.visible), set(search.visible_locks)
        assert by_brute_force(lab, bound, sites, locks, **start) == found, f"{seed}, {bound}"


@pytest.mark.parametrize("batch", range(9))
def test_every_outcome_of_two_threads_is_found(batch: int, tmp_path: Path) -> None:
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        _check(seed, 2, 3, tmp_path)


@pytest.mark.parametrize("batch", range(2))
def test_every_outcome_of_three_threads_is_found(batch: int, tmp_path: Path) -> None:
    for seed in range(10_000 + batch * BATCH, 10_000 + (batch + 1) * BATCH):
        _check(seed, 3, 2, tmp_path)


HIDDEN = """
    import threading
    def scenario(note, run, order):
        class C: n = 0
        c, lock = C(), threading.Lock()
        def add():
            old = c.n
            with lock: c.n = old + 1
        run([threading.Thread(target=add) for _ in order])
        note("end", c.n)
    """


def test_the_oracle_can_tell_a_search_that_misses_something(tmp_path: Path) -> None:
    """With no site visible the lost update is not among the outcomes; with all of them it is."""
    lab = lab_for(tmp_path, HIDDEN)
    start: dict[str, Any] = {"run": start_and_join, "order": (0, 1)}
    blind = by_brute_force(lab, visible=set(), locks=set(), **start)
    assert blind < by_brute_force(lab, visible=Everything(), locks=Everything(), **start)
