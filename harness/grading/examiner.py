"""Runs one check of a suite against a candidate, in the world that the check asks for.

Guarantees: `examine` gives a Check for whatever the candidate does short of ending the process.
Assumptions: the explorer (harness.explore) is right about the simulated world.
"""

import functools
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from textwrap import indent
from types import ModuleType

import pytest

from harness.explore import Failure, Lab, Limits, Outcome, SuiteError
from harness.grading import stress
from harness.grading.properties import property_of
from harness.grading.results import INDENT, NOTHING_TO_CHOOSE, Check, Finding, opening
from harness.grading.suite import arguments, is_real, outline
from harness.verdict import Verdict

STRESS_ROUNDS = 30
GLANCE = 60  # schedules of a first look; most bugs need fewer
BRIEF = 20  # schedules, or examples of a property, of a brief one
BEAT = 0.25  # seconds between two signs of life


class _Heart:
    """Tells now and then that the examiner is alive."""

    def __init__(self, beat: Callable[[str], None]) -> None:
        self._beat = beat
        self._spoke_at = 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self._spoke_at > BEAT:
            self._spoke_at = now
            self._beat("")


class Examiner:
    """One candidate before one suite.

    told: give each failure its report; without, verdict and headline are all that is wanted.
    film: give each failure of a simulated check its steps too, for a page.
    width: columns that a report may take.
    """

    def __init__(
        self,
        candidate: Path,
        suite: Path,
        beat: Callable[[str], None],
        told: bool = True,
        film: bool = False,
        width: int = 100,
    ) -> None:
        self._candidate = candidate
        self._kata = suite.stem.removeprefix("test_")
        self._beat = beat
        self._told = told
        self._films = film
        self._lab = Lab(candidate, suite, _Heart(beat), width)
        self._plain_loader: stress.Loader | None = None

    def glance(self, item: pytest.Function, brief: bool = False) -> tuple[Check, bool]:
        """A first look at a simulated check: a few schedules; and whether that was all there is."""
        mark = item.get_closest_marker("explore")
        if brief and is_property(item):
            return self._property(item, BRIEF), False
        if mark is None or item.get_closest_marker("plain") or is_property(item):
            return self.examine(item), True
        limits, schedules = Limits(**mark.kwargs), BRIEF if brief else GLANCE
        if limits.schedules > schedules:
            limits = replace(limits, schedules=schedules, samples=False)
        outcome = self._explore(item, limits)
        return replace(_check(item, outcome), seconds=round(outcome.seconds, 3)), outcome.exhausted

    def examine(self, item: pytest.Function) -> Check:
        """Runs the check that pytest collected as `item`."""
        started = time.monotonic()
        if is_real(item):
            check = self._with_real_threads(item)
        elif item.get_closest_marker("plain"):
            check = self._plainly(item)
        elif is_property(item):
            check = self._property(item)
        elif mark := item.get_closest_marker("explore"):
            check = self._filmed(item, _check(item, self._explore(item, Limits(**mark.kwargs))))
        else:
            outcome = self._lab.run_once(item.originalname, arguments(item), self._told)
            check = _without_schedule(self._filmed(item, _check(item, outcome)))
        return replace(check, seconds=round(time.monotonic() - started, 3))

    def world(self) -> list[ModuleType]:
        """The simulated standard library, which the candidate must not change either."""
        return self._lab.modules()

    def replay(self, item: pytest.Function, schedule: str) -> Check:
        """Runs one schedule of a test again."""
        outcome = self._lab.replay(item.originalname, arguments(item), schedule)
        return self._filmed(item, _check(item, outcome))

    def _filmed(
        self, item: pytest.Function, check: Check, given: Mapping[str, object] | None = None
    ) -> Check:
        """With every step of its failing schedule; `given`: the arguments, if not those of the item."""
        if not self._films or check.finding is None or not check.finding.schedule:
            return check
        chosen = arguments(item) if given is None else given
        film = self._lab.film(item.originalname, chosen, check.finding.schedule)
        if film is None:
            return check
        return replace(check, finding=replace(check.finding, film=json.dumps(film)))

    def _explore(self, item: pytest.Function, limits: Limits) -> Outcome:
        """Explores; but a candidate that leaves nothing to choose is not the suite's fault.

        A pool without threads, say, is judged by its results. That the reference has choices in every
        explored test is a test of the project's own.
        """
        try:
            return self._lab.explore(item.originalname, arguments(item), limits, self._told)
        except SuiteError:
            return Outcome(Verdict.PASS, 1, NOTHING_TO_CHOOSE, 0.0, None)

    def _property(self, item: pytest.Function, most: int | None = None) -> Check:
        run = functools.partial(self._lab.run_once, item.originalname)
        found = property_of(item)
        examples, outcome, example = found.check(arguments(item), run, self._told, most)
        if outcome is None:
            return _passed(item, f"{examples} examples")
        check = _check(item, outcome, example)
        if found.smallest is not None:
            check = self._filmed(item, check, found.smallest)
        return _without_schedule(check)

    def _plainly(self, item: pytest.Function) -> Check:
        may_leave = item.get_closest_marker("abandons") is not None
        struck = stress.run_plainly(item.obj, arguments(item), self._loader(), may_leave)
        return _struck(item, struck) if struck else _passed(item, "run once")

    def _with_real_threads(self, item: pytest.Function) -> Check:
        mark = item.get_closest_marker("stress")
        rounds = int(mark.kwargs.get("rounds", STRESS_ROUNDS)) if mark else STRESS_ROUNDS
        may_leave = item.get_closest_marker("abandons") is not None
        done, struck = stress.run(
            item.obj, arguments(item), rounds, self._loader(), self._beat, may_leave
        )
        if struck:
            return _struck(item, struck)
        return _passed(item, f"{done} rounds with real threads")

    def _loader(self) -> stress.Loader:
        if self._plain_loader is None:
            self._plain_loader = stress.Loader(self._candidate, self._kata)
        return self._plain_loader


def is_property(item: pytest.Function) -> bool:
    """Does Hypothesis choose what this test is called with?"""
    return hasattr(item.obj, "hypothesis") or item.get_closest_marker("machine") is not None


def _passed(item: pytest.Function, coverage: str) -> Check:
    return replace(outline(item, Verdict.PASS), coverage=coverage)


def _struck(item: pytest.Function, struck: stress.Struck) -> Check:
    verdict = _verdict(struck.verdict, struck.finding.headline)
    return replace(outline(item, verdict), finding=struck.finding)


def _check(item: pytest.Function, outcome: Outcome, example: str = "") -> Check:
    headline = outcome.failure.headline if outcome.failure else ""
    return replace(
        outline(item, _verdict(outcome.verdict, headline)),
        schedules=outcome.schedules,
        coverage=outcome.coverage,
        finding=_finding(outcome.failure, example) if outcome.failure else None,
    )


def _verdict(verdict: Verdict, headline: str) -> Verdict:
    """NOT STARTED also where the suite caught the stub's exception and says that it is the wrong one.

    "must raise ValueError; it raised NotImplementedError" is true, but it is not what to tell
    somebody who has not written that function yet.
    """
    not_started = verdict is not Verdict.PASS and NotImplementedError.__name__ in headline
    return Verdict.NOT_STARTED if not_started else verdict


def _without_schedule(check: Check) -> Check:
    """For a test that runs in one way only: running it again is all that there is to repeat."""
    if check.finding is None:
        return check
    return replace(check, finding=replace(check.finding, schedule="", found_at=0))


def _finding(failure: Failure, example: str) -> Finding:
    report = failure.report
    return Finding(
        headline=opening(failure.headline),  # the report has all of it
        file=failure.file,
        line=failure.line,
        report=f"{report}\n\n{indent(example, INDENT)}" if example else report,
        schedule=failure.schedule,
        found_at=failure.found_at,
        preemptions=failure.preemptions,
    )
