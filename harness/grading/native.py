"""Runs the checks of a suite against a C reference: on real threads, since no explorer sees into C.

What stands in a suite for virtual time, or looks at simulated threads, says so by raising
NeedsExplorer; such a check is reported as not applicable. All others run once as they are, those
marked `stress` many rounds more.

Guarantees: as `examiner.Examiner`, whose place this takes.
"""

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import pytest

from harness import suite as facilities
from harness.explore import Failure, Outcome, SuiteError
from harness.grading import stress
from harness.grading.examiner import STRESS_ROUNDS, is_property
from harness.grading.properties import property_of
from harness.grading.results import NOT_APPLICABLE, Check, Finding
from harness.grading.suite import arguments, is_real, outline
from harness.native import bind
from harness.suite import NeedsExplorer
from harness.verdict import Verdict


class _NoTime(ModuleType):
    """What a suite's `time` is: virtual seconds are the explorer's alone."""

    def __getattr__(self, name: str) -> NoReturn:
        raise NeedsExplorer(f"time.{name}")


class NativeExaminer:
    """A C file, by its adapter, before one suite."""

    def __init__(
        self, adapter: Path, suite: Path, source: Path, beat: Callable[[str], None]
    ) -> None:
        bind.choose(source)
        facilities.without_explorer()
        self._beat = beat
        self._loader = stress.Loader(adapter, suite.stem.removeprefix("test_"))

    def world(self) -> list[ModuleType]:
        """Nothing is simulated."""
        return []

    def glance(self, item: pytest.Function, brief: bool) -> tuple[Check, bool]:
        """There is no quicker look than the whole."""
        return self.examine(item), True

    def examine(self, item: pytest.Function) -> Check:
        """Runs the check that pytest collected as `item`."""
        started = time.monotonic()
        item.obj.__globals__["time"] = _NoTime("time")
        try:
            check = self._check(item)
        except NeedsExplorer:
            check = replace(outline(item, Verdict.PASS), coverage=NOT_APPLICABLE)
        return replace(check, seconds=round(time.monotonic() - started, 3))

    def _check(self, item: pytest.Function) -> Check:
        if is_property(item):
            return self._property(item)
        may_leave = item.get_closest_marker("abandons") is not None
        if not is_real(item):
            struck = stress.run_plainly(item.obj, arguments(item), self._loader, may_leave)
            return _struck(item, struck, "run once on real threads")
        mark = item.get_closest_marker("stress")
        rounds = int(mark.kwargs.get("rounds", STRESS_ROUNDS)) if mark else STRESS_ROUNDS
        done, struck = stress.run(
            item.obj, arguments(item), rounds, self._loader, self._beat, may_leave
        )
        return _struck(item, struck, f"{done} rounds with real threads")

    def _property(self, item: pytest.Function) -> Check:
        handle = getattr(item.obj, "hypothesis", None)
        test = item.obj if handle is None else handle.inner_test
        run = functools.partial(self._run_once, test)
        examples, outcome, example = property_of(item).check(arguments(item), run, True)
        if outcome is None or outcome.failure is None:
            return replace(outline(item, Verdict.PASS), coverage=f"{examples} examples")
        finding = Finding(outcome.failure.headline, report=f"{outcome.failure.report}\n\n{example}")
        return replace(outline(item, outcome.verdict), finding=finding)

    def _run_once(
        self,
        test: Any,
        given: Mapping[str, object],
        told: bool = True,
        then: Callable[[Any], object] | None = None,
    ) -> Outcome:
        """One example; in the shape that the explorer gives it."""

        def body(**arguments: Any) -> None:
            result = test(**arguments)
            if then is not None:
                then(result)

        struck = stress.run_plainly(body, given, self._loader)
        if struck is None:
            return Outcome(Verdict.PASS, 1, "", 0.0, None)
        found = struck.finding
        failure = Failure(
            struck.verdict, found.headline, found.file, found.line, found.report, "", 0, 0
        )
        return Outcome(struck.verdict, 1, "", 0.0, failure)

    def replay(self, item: pytest.Function, schedule: str) -> Check:
        """No schedule can be given to real threads."""
        raise SuiteError("a schedule is for the explorer, and C runs on real threads")


def _struck(item: pytest.Function, struck: stress.Struck | None, coverage: str) -> Check:
    if struck is None:
        return replace(outline(item, Verdict.PASS), coverage=coverage)
    return replace(outline(item, struck.verdict), finding=struck.finding)
