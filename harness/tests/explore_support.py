"""What the explorer's own tests share: small programs from source text, and all that they can come to.

`every_outcome` asks the search; `by_brute_force` asks nobody: it tries every choice at every point, with no
reduction, so that a small program's true set of outcomes is known.
"""

from __future__ import annotations

import random
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.explore import Lab, Limits, Outcome
from harness.explore.kernel import Execution, Strategy
from harness.explore.search import Coverage, Everything, Search
from harness.explore.simthread import SimThread

Seen = frozenset[tuple[object, ...]]


def lab_for(folder: Path, source: str, name: str = "program") -> Lab:
    """A lab for a module that holds its own `scenario`."""
    path = folder / f"{name}.py"
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    return Lab(path, path)


def explore(
    folder: Path, source: str, preemptions: int = 2, schedules: int = 5000, **arguments: object
) -> Outcome:
    """The outcome of exploring `scenario` in `source`."""
    return lab_for(folder, source).explore("scenario", arguments, Limits(preemptions, schedules))


def run_once(folder: Path, source: str, **arguments: object) -> Outcome:
    """The outcome of the default schedule."""
    return lab_for(folder, source).run_once("scenario", arguments)


class Observed:
    """What executions of one program came to: the notes that its threads took, or how it failed.

    The program's `scenario(note, **arguments)` calls `note(who, value)`; notes are no shared memory, so the
    order of two threads' notes is no outcome.
    """

    def __init__(self, lab: Lab, **arguments: object) -> None:
        self.outcomes: set[tuple[object, ...]] = set()
        self.notes: dict[object, list[object]] = {}
        self.lab = lab
        self.scenario = lab.program.scenario("scenario", {"note": self._note, **arguments})
        self.executions = 0

    def _note(self, who: object, value: object) -> None:
        self.notes.setdefault(who, []).append(value)

    @staticmethod
    def everything() -> set[Any]:
        """The set of all sites, and of all locks."""
        return Everything()

    def run(self, strategy: Strategy, visible: set[int], locks: set[object]) -> Execution:
        """One execution, whose failure is an outcome like any other."""
        self.notes.clear()
        self.executions += 1
        run = self.lab.program.execute(self.scenario, strategy, visible, locks)
        failure, run.failure = run.failure, None
        if failure is not None:
            waits = tuple((wait.thread, wait.kind) for wait in failure.waits)
            self.outcomes.add((failure.verdict.value, failure.error or failure.headline, waits))
        elif not run.pruned:
            notes = sorted((str(who), repr(values)) for who, values in self.notes.items())
            self.outcomes.add(tuple(notes))
        return run


def every_outcome(
    lab: Lab, preemptions: int, schedules: int = 100_000, **arguments: object
) -> tuple[Seen, Search, Coverage]:
    """All that the search finds, going on after failures."""
    observed = Observed(lab, **arguments)
    search = Search(observed.run, Limits(preemptions, schedules))
    with quiet():
        coverage, _ = search.run()
    return frozenset(observed.outcomes), search, coverage


def start_and_join(threads: list[Any]) -> None:
    """For a `scenario`: as this code is no part of the program, main has no points of its own in it."""
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Wandering:
    """A random walk: at each point it leaves the running thread with the same probability."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.restless = (0.05, 0.15, 0.3, 0.5)[seed % 4]

    def choose(
        self, run: Execution, thread: SimThread, free: bool, others: list[SimThread]
    ) -> SimThread | None:
        if free or self.dice.random() < self.restless:
            return self.dice.choice(others)
        return thread


def by_wandering(lab: Lab, walks: int, **arguments: object) -> Seen:
    """The outcomes of random schedules, every point visible."""
    observed = Observed(lab, **arguments)
    with quiet():
        for seed in range(walks):
            observed.run(Wandering(seed), Everything(), Everything())
    return frozenset(observed.outcomes)


class TooManySchedulesError(Exception):
    """The program has more schedules than brute force may try."""


class Odometer:
    """A depth-first walk through all choices: one execution after the other, no state remembered."""

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self.options: list[
            list[tuple[int, int]]
        ] = []  # left to try at each decision: (cost, thread)
        self.depth = 0
        self.preemptions = 0

    def choose(
        self, run: Execution, thread: SimThread, free: bool, others: list[SimThread]
    ) -> SimThread | None:
        if self.depth == len(self.options):
            self.options.append(self._options(thread, free, others))
        cost, index = self.options[self.depth][-1]
        self.depth += 1
        self.preemptions += cost
        return run.threads[index]

    def _options(
        self, thread: SimThread, free: bool, others: list[SimThread]
    ) -> list[tuple[int, int]]:
        cost = 0 if free else 1
        found = [(0, thread.index)] if not free else []
        for other in others:
            price = 1 if other is thread and thread.pending is None else cost
            option = (price, other.index)
            if self.preemptions + price <= self.bound and option not in found:
                found.append(option)
        return found

    def advance(self) -> bool:
        """Goes on to the next execution; False if that was the last."""
        self.depth = self.preemptions = 0
        while self.options:
            self.options[-1].pop()
            if self.options[-1]:
                return True
            self.options.pop()
        return False


def by_brute_force(
    lab: Lab,
    bound: int = 1000,
    visible: set[int] | None = None,
    locks: set[object] | None = None,
    most: int = 20_000,
    **arguments: object,
) -> Seen:
    """All outcomes with at most `bound` preemptions, each choice tried; every point is visible unless said."""
    observed = Observed(lab, **arguments)
    walk = Odometer(bound)
    with quiet():
        while True:
            sites = Everything() if visible is None else visible
            observed.run(walk, sites, Everything() if locks is None else locks)
            if not walk.advance():
                return frozenset(observed.outcomes)
            if observed.executions >= most:
                raise TooManySchedulesError


@contextmanager
def quiet() -> Iterator[None]:
    """Runs executions as a lab does, with no garbage collection in the middle of one."""
    from harness.explore.lab import _quiet_garbage

    with _quiet_garbage():
        yield
