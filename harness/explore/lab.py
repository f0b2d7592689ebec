"""The explorer's front door: load a candidate and a suite, run a test under every schedule that matters.

Guarantees
- The same files give the same outcome, schedule string included, on every run and every supported Python.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.explore.limits import Limits
from harness.explore.program import Program, Scenario
from harness.explore.schedule import Recorded, Replayed, Schedule, decode, encode
from harness.explore.search import Coverage, Everything, Found, Search
from harness.explore.shrink import shrink
from harness.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.explore.kernel import Execution, Strategy

COLLECT_EVERY = 512  # executions between two collections of garbage


class SuiteError(Exception):
    """The suite itself is at fault, whoever's code it tries."""


@dataclass(frozen=True)
class Failure:
    """What went wrong, in words; see `harness.explore.report` for the text's form."""

    verdict: Verdict
    headline: str
    file: str
    line: int | None
    report: str
    schedule: str
    found_at: int
    preemptions: int


@dataclass(frozen=True)
class Outcome:
    """The result of exploring one test."""

    verdict: Verdict
    schedules: int
    coverage: str
    seconds: float
    failure: Failure | None
    exhausted: bool = True  # all that the limits asked for was run, or a failure was found


class Lab:
    """Explores the tests of one suite against one candidate.

    Raises what compiling or loading them raises: SyntaxError, OSError, UnicodeDecodeError.
    """

    def __init__(self, candidate: Path, suite: Path) -> None:
        self.program = Program(candidate, suite)
        self._since_collection = 0

    def explore(self, test: str, arguments: Mapping[str, object], limits: Limits) -> Outcome:
        """Every schedule within the limits; SuiteError if there was nothing to choose."""
        scenario = self.program.scenario(test, arguments)
        start = time.perf_counter()
        with _quiet_garbage():
            search = Search(lambda *how: self._execute(scenario, *how), limits)
            coverage, found = search.run()
            if found is None and coverage.choices == 0:
                raise SuiteError(
                    f"{test} is marked for exploration, but no schedule differs from another"
                )
            return self._outcome(scenario, test, coverage, found, start)

    def run_once(self, test: str, arguments: Mapping[str, object]) -> Outcome:
        """The default schedule alone."""
        return self.replay(test, arguments, "0")

    def replay(self, test: str, arguments: Mapping[str, object], schedule: str) -> Outcome:
        """One schedule; ValueError if the string is none, SuiteError if the code never gets there."""
        scenario = self.program.scenario(test, arguments)
        start = time.perf_counter()
        with _quiet_garbage():
            strategy = Replayed(decode(schedule))
            run = self._execute(scenario, strategy, Everything(), Everything())
            found = (
                Found(run, strategy, 1, strategy.preemptions) if run.failure is not None else None
            )
            if found is None and not strategy.fits:
                raise SuiteError(
                    f"schedule {schedule} does not fit: the code has changed since it was found"
                )
            return self._outcome(scenario, test, Coverage(1, 0, 0, complete=True), found, start)

    # -- executions --------------------------------------------------------------------------------

    def _execute(
        self, scenario: Scenario, strategy: Strategy, visible: set[int], visible_locks: set[object]
    ) -> Execution:
        self._since_collection += 1
        if self._since_collection >= COLLECT_EVERY:
            self._since_collection = 0
            gc.collect()
        return self.program.execute(scenario, strategy, visible, visible_locks)

    def _outcome(
        self, scenario: Scenario, test: str, coverage: Coverage, found: Found | None, start: float
    ) -> Outcome:
        failure = None if found is None else self._failure(scenario, test, found)
        seconds = time.perf_counter() - start
        verdict = Verdict.PASS if failure is None else failure.verdict
        return Outcome(
            verdict, coverage.schedules, str(coverage), seconds, failure, not coverage.spent
        )

    # -- failures ----------------------------------------------------------------------------------

    def _failure(self, scenario: Scenario, test: str, found: Found) -> Failure:
        from harness.explore.report import explain

        raw = found.run.failure
        assert raw is not None
        schedule = self._as_schedule(scenario, found)
        schedule, preemptions = shrink(lambda s: self._replay(scenario, s), raw, schedule)
        interleaved = bool(schedule)
        verdict = Verdict.RACE if raw.verdict is Verdict.WRONG and interleaved else raw.verdict
        headline, report = explain(self.program, scenario, test, schedule, verdict)
        place = raw.place
        return Failure(
            verdict,
            headline,
            place.file if place is not None else str(self.program.candidate.path),
            place.line if place is not None else None,
            report,
            encode(schedule),
            found.number,
            preemptions,
        )

    def _as_schedule(self, scenario: Scenario, found: Found) -> Schedule:
        """The departures of a failing execution, by running it once more."""
        again = Recorded(_again(found.strategy))
        run = found.run
        self._execute(scenario, again, run.memory.visible, run.visible_locks)
        return tuple(again.departures)

    def _replay(self, scenario: Scenario, schedule: Schedule) -> tuple[Execution, Replayed]:
        strategy = Replayed(schedule)
        return self._execute(scenario, strategy, Everything(), Everything()), strategy


def _again(strategy: Strategy) -> Strategy:
    """A strategy that makes the same choices once more."""
    from harness.explore.sampling import Pct
    from harness.explore.search import Frontier, Scripted

    if isinstance(strategy, Scripted):
        return Scripted(Frontier(), strategy.script, strategy.preemptions)
    if isinstance(strategy, Pct):
        return Pct(strategy.seed)
    assert isinstance(strategy, Replayed)
    return Replayed(tuple(_departures(strategy)))


def _departures(strategy: Replayed) -> Schedule:
    return tuple(strategy.taken)


@contextmanager
def _quiet_garbage() -> Iterator[None]:
    """Executions make much short-lived garbage: collect it when we say so, and look at nothing older."""
    enabled = gc.isenabled()
    gc.disable()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        if enabled:
            gc.enable()


def explore_program(
    path: Path, function: str = "scenario", arguments: Mapping[str, object] | None = None,
    limits: Limits | None = None,
) -> Outcome:  # fmt: skip
    """Explores a module that holds its own scenario: the whole file is the code under test."""
    return Lab(path, path).explore(function, arguments or {}, limits or Limits())
