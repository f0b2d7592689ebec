"""The explorer's front door: load a candidate and a suite, run a test under every schedule that matters.

Guarantees
- The same files give the same outcome, schedule string included, on every run and every supported Python.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.explore.failures import RawFailure
from harness.explore.limits import Limits
from harness.explore.program import Program, Scenario
from harness.explore.sampling import Pct
from harness.explore.schedule import Recorded, Replayed, Schedule, decode, encode
from harness.explore.search import Coverage, Everything, Found, Frontier, Scripted, Search
from harness.explore.shrink import fails_alike, shrink
from harness.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

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

    progress: called before every execution.
    width: columns that a report may take.

    A failure that is not to be `told` has its verdict and its headline, but no report and no
    schedule: that is much quicker.

    Raises what compiling or loading them raises: SyntaxError, OSError, UnicodeDecodeError.
    """

    def __init__(
        self,
        candidate: Path,
        suite: Path,
        progress: Callable[[], None] = lambda: None,
        width: int = 100,
    ) -> None:
        self.program = Program(candidate, suite)
        self._progress = progress
        self._width = width
        self._since_collection = 0

    def modules(self) -> list[ModuleType]:
        """The simulated standard library."""
        return list(self.program.world.modules.values())

    def explore(
        self, test: str, arguments: Mapping[str, object], limits: Limits, told: bool = True
    ) -> Outcome:
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
            return self._outcome(scenario, coverage, found, start, told)

    def run_once(
        self,
        test: str,
        arguments: Mapping[str, object],
        told: bool = True,
        then: Callable[[Any], object] | None = None,
    ) -> Outcome:
        """The default schedule alone; `then` is called, as a part of it, with what the test returns."""
        return self._one(self.program.scenario(test, arguments, then), "0", told)

    def replay(self, test: str, arguments: Mapping[str, object], schedule: str) -> Outcome:
        """One schedule; ValueError if the string is none, SuiteError if the code never gets there."""
        return self._one(self.program.scenario(test, arguments), schedule, told=True)

    def film(
        self, test: str, arguments: Mapping[str, object], schedule: str
    ) -> dict[str, Any] | None:
        """A failing schedule step by step, as plain data (see `film`); None if it does not fail."""
        from harness.explore.film import shoot

        with _quiet_garbage():
            return shoot(self.program, self.program.scenario(test, arguments), decode(schedule))

    def _one(self, scenario: Scenario, schedule: str, told: bool) -> Outcome:
        start = time.perf_counter()
        with _quiet_garbage():
            strategy = Replayed(decode(schedule))
            run = self._follow(scenario, strategy)
            found = (
                Found(run, strategy, 1, strategy.preemptions) if run.failure is not None else None
            )
            if found is None and not strategy.fits:
                raise SuiteError(
                    f"schedule {schedule} does not fit: the code has changed since it was found"
                )
            return self._outcome(scenario, Coverage(1, 0, 0, complete=True), found, start, told)

    # -- executions --------------------------------------------------------------------------------

    def _execute(
        self, scenario: Scenario, strategy: Strategy, visible: set[int], visible_locks: set[object]
    ) -> Execution:
        self._progress()
        self._since_collection += 1
        if self._since_collection >= COLLECT_EVERY:
            self._since_collection = 0
            gc.collect()
        return self.program.execute(scenario, strategy, visible, visible_locks)

    def _outcome(
        self, scenario: Scenario, coverage: Coverage, found: Found | None, start: float, told: bool
    ) -> Outcome:
        failure = None if found is None else self._failure(scenario, found, told)
        seconds = time.perf_counter() - start
        verdict = Verdict.PASS if failure is None else failure.verdict
        return Outcome(
            verdict, coverage.schedules, str(coverage), seconds, failure, not coverage.spent
        )

    # -- failures ----------------------------------------------------------------------------------

    def _failure(self, scenario: Scenario, found: Found, told: bool) -> Failure:
        from harness.explore.report import plainly

        raw = found.run.failure
        assert raw is not None
        name = self.program.name(found.run.threads[raw.thread])
        raw = replace(raw, headline=raw.headline.replace("{thread}", name))
        schedule = self._as_schedule(scenario, found)
        if told:
            return self._told(scenario, found, raw, schedule)
        by_itself = not schedule or fails_alike(lambda s: self._replay(scenario, s), raw, ())
        return self._as_found(
            raw,
            _verdict(raw, by_itself),
            plainly(raw.headline, self._width),
            encode(schedule),
            found,
        )

    def _told(
        self, scenario: Scenario, found: Found, raw: RawFailure, schedule: Schedule
    ) -> Failure:
        """With the simplest schedule that fails alike, and what happens in it."""
        from harness.explore.report import explain, not_again

        preemptions = found.preemptions
        if schedule:
            schedule, preemptions = shrink(lambda s: self._replay(scenario, s), raw, schedule)
        verdict = _verdict(raw, by_itself=not schedule)
        told = explain(self.program, scenario, schedule, verdict, self._width)
        if told is None:
            doubtful = not_again(raw.headline, self._width)
            return self._as_found(raw, verdict, doubtful, "", found)
        headline, report = told
        failure = self._as_found(raw, verdict, report, encode(schedule), found)
        return replace(failure, headline=headline, preemptions=preemptions)

    def _as_found(
        self, raw: RawFailure, verdict: Verdict, report: str, schedule: str, found: Found
    ) -> Failure:
        place = raw.place
        return Failure(
            verdict,
            raw.headline,
            place.file if place is not None else str(self.program.candidate.path),
            place.line if place is not None else None,
            report,
            schedule,
            found.number,
            found.preemptions,
        )

    def _as_schedule(self, scenario: Scenario, found: Found) -> Schedule:
        """The departures of a failing execution, by running it once more if they are not known."""
        strategy, run = found.strategy, found.run
        if isinstance(strategy, Replayed):
            return tuple(strategy.taken)
        if isinstance(strategy, Scripted) and not strategy.script:
            return ()
        again = Recorded(_again(strategy))
        self._execute(scenario, again, run.memory.visible, run.visible_locks)
        return tuple(again.departures)

    def _replay(self, scenario: Scenario, schedule: Schedule) -> tuple[Execution, Replayed]:
        strategy = Replayed(schedule)
        return self._follow(scenario, strategy), strategy

    def _follow(self, scenario: Scenario, strategy: Replayed) -> Execution:
        """Every point is asked for, where there are departures: any may be one of theirs."""
        if strategy.departures:
            return self._execute(scenario, strategy, Everything(), Everything())
        return self._execute(scenario, strategy, set(), set())


def _verdict(raw: RawFailure, by_itself: bool) -> Verdict:
    """A wrong result that only some interleavings have is a race."""
    return raw.verdict if by_itself or raw.verdict is not Verdict.WRONG else Verdict.RACE


def _again(strategy: Strategy) -> Strategy:
    """A strategy that makes the same choices once more."""
    if isinstance(strategy, Scripted):
        return Scripted(Frontier(), strategy.script, strategy.preemptions)
    assert isinstance(strategy, Pct)
    return Pct(strategy.seed)


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
