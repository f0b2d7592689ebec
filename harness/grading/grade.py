"""Grades one candidate: runs grading processes, and makes levels out of what they send.

Guarantees: a level passes only if every check that the suite has for it was reported passed by
the grading process, and that process ended in order or went on to a later level. A process that
ends in the middle fails the check that was running.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.catalogue import Kata, Level
from harness.errors import UsageError
from harness.grading import watch
from harness.grading.channel import Message
from harness.grading.launch import Launch, fresh
from harness.grading.request import Request
from harness.grading.results import Check, Finding, Grade, LevelResult
from harness.grading.stacks import place, where_it_stands
from harness.verdict import Verdict

WIDTH = 100  # columns, unless a caller has fewer
LOADING = "load"  # the name of the check that a file which cannot even be loaded fails


@dataclass(frozen=True)
class Candidate:
    """A file to grade, and how the person named it ('' for the stub's own file)."""

    path: Path
    named: str = ""
    native: Path | None = None  # the C file that `path`, an adapter, binds


class Listener:
    """Told what happens, as it happens; does nothing by itself."""

    def working(self, level: int, promise: str, done: int, of: int) -> None:
        """A check has begun, or goes on."""

    def failed(self, check: Check) -> None:
        """A check has failed; the first one is the one to show."""

    def level_done(self, level: LevelResult) -> None:
        """A level is finished, or is not going to be reached."""


class SuiteFaultError(UsageError):
    """The suite, not the candidate, is wrong."""


def grade(
    kata: Kata,
    candidate: Candidate,
    levels: Sequence[Level] | None = None,
    *,
    keep_going: bool = False,
    listener: Listener | None = None,
    told: bool = True,
    launch: Launch = fresh,
    width: int = WIDTH,
) -> Grade:
    """Grades the candidate at the levels asked for (all, where none are named).

    told: give failures their reports; otherwise verdicts and headlines alone, which is quicker.
    launch: how a grading process comes to be.
    width: columns that the report of a failure may take.
    """
    started = time.monotonic()
    listener = listener or Listener()
    chosen = levels or kata.levels
    run = _Run(kata, candidate, chosen, keep_going, listener, told=told, launch=launch, width=width)
    results = run.results()
    return Grade(
        kata=kata.name,
        title=kata.title,
        implementation=candidate.named,
        file=str(candidate.path),
        levels=results,
        seconds=time.monotonic() - started,
    )


def first_failures(
    kata: Kata, candidate: Candidate, launch: Launch = fresh, until: str = ""
) -> list[Check]:
    """What fails at the first level that fails, by a first look; by grading, if that finds nothing.

    Quicker than `grade` for a candidate that is known to be wrong: the levels before are only
    looked at, and failures have no reports. With `until` the look is for that test, and for those of
    the levels below it.
    """
    run = _Run(
        kata, candidate, kata.levels, False, Listener(), quick=True, told=False, launch=launch,
        until=until,
    )  # fmt: skip
    checks = run.checks()
    failed = [check for check in checks if check.verdict is not Verdict.PASS]
    return run.early or failed


def run_one(
    kata: Kata,
    candidate: Candidate,
    test: str,
    schedule: str,
    film: bool = False,
    width: int = WIDTH,
) -> tuple[Check, str]:
    """Runs one check again, or one schedule of it; also returns what it printed.

    film: a failure is to have every step with it, where it can be had.
    width: columns that its report may take.
    """
    run = _Run(
        kata, candidate, kata.levels, False, Listener(),
        only=test, schedule=schedule, film=film, width=width,
    )  # fmt: skip
    checks = run.checks()
    if not checks:
        raise UsageError(
            f"{kata.name} has no test {test!r}",
            "the name of a test, as a report shows it",
            f"kata grade {kata.name}",
        )
    return checks[0], run.output


class _Run:
    """The state of one grading: what is planned, what has come, what still has to be run."""

    def __init__(
        self,
        kata: Kata,
        candidate: Candidate,
        levels: Sequence[Level],
        keep_going: bool,
        listener: Listener,
        only: str = "",
        schedule: str = "",
        quick: bool = False,
        until: str = "",
        told: bool = True,
        launch: Launch = fresh,
        film: bool = False,
        width: int = WIDTH,
    ) -> None:
        self._kata = kata
        self._launch = launch
        self._levels = tuple(levels)
        self._listener = listener
        self._request = Request(
            candidate=str(candidate.path),
            native=str(candidate.native or ""),
            suite=str(kata.suite),
            levels=tuple(level.number for level in levels),
            keep_going=keep_going,
            only=only,
            schedule=schedule,
            quick=quick,
            until=until,
            told=told,
            film=film,
            width=width,
        )
        self._planned: dict[str, Check] = {}  # name -> what it is for; its verdict means nothing
        self._checks: dict[str, Check] = {}  # name -> what it came to
        self._running = ""
        self._glanced = False  # is the first look at all levels over?
        self._early: list[Check] = []  # what it found
        self._refused: Check | None = None  # the check in which the candidate overstepped then
        self._reported: set[int] = set()  # levels that the listener has been told of
        self.output = ""

    @property
    def early(self) -> list[Check]:
        """What the first look found."""
        return self._early

    def results(self) -> tuple[LevelResult, ...]:
        """Runs everything; the levels in order."""
        self.checks()
        self._report(until=len(self._kata.levels) + 1)
        return tuple(self._result(level) for level in self._levels)

    def checks(self) -> list[Check]:
        """Runs everything; the checks in the order in which they were done."""
        todo = self._request.levels
        while todo:
            self._running = ""
            ending = watch.run(replace(self._request, levels=todo), self._hear, self._launch)
            self.output += ending.output
            if not self._planned:
                raise _fault(ending.output or ending.headline, self._kata.suite)
            todo = self._after(ending, todo)
        return list(self._checks.values())

    def _after(self, ending: watch.Ending, todo: tuple[int, ...]) -> tuple[int, ...]:
        """The levels that a further process has to run."""
        refused, self._refused = self._refused, None
        if ending.verdict is None and refused is None:
            return ()
        cut = refused or self._died_of(ending, self._cut_short(todo))
        if self._is_glancing():
            # It ended during the first look: now level by level, if there are any before it that count.
            self._early.append(cut)
            self._listener.failed(cut)
            self._request = replace(self._request, glance=False)
            if cut.level > todo[0]:
                return todo
        self._note(cut)
        later = tuple(number for number in todo if number > cut.level)
        return later if self._request.keep_going and not self._request.only else ()

    def _is_glancing(self) -> bool:
        return self._request.glance and not self._glanced and not self._request.only

    def _died_of(self, ending: watch.Ending, check: Check) -> Check:
        assert ending.verdict is not None
        candidate = Path(self._request.candidate)
        finding = Finding(
            ending.headline,
            *place(ending.dump, candidate),
            report=where_it_stands(ending.dump, candidate),
            watchdog=ending.verdict is Verdict.HANG,
        )
        return replace(check, verdict=ending.verdict, finding=finding)

    def _cut_short(self, todo: tuple[int, ...]) -> Check:
        """The check that was running, or would have been the next, when the process ended."""
        if self._running and self._running not in self._checks:
            return self._planned[self._running]
        for check in self._planned.values():
            if check.level in todo and check.test not in self._checks:
                return check
        return self._planned[self._running or next(iter(self._planned))]

    def _hear(self, message: Message) -> None:
        match message["kind"]:
            case "planned":
                self._planned = {row["test"]: _check(row) for row in message["checks"]}
                self._look_for_gaps()
            case "start":
                self._running = message["test"]
                self._work("")
            case "beat":
                self._work(message["text"])
            case "early":
                self._early.append(_check(message["check"]))
                self._listener.failed(self._early[-1])
            case "glanced":
                self._glanced = True
            case "result" if self._is_glancing():
                self._refused = _check(message["check"])
            case "result":
                self._note(_check(message["check"]))
            case "refused":
                level = self._levels[0].number
                promise = "The module can be loaded."
                finding = Finding(**message["finding"])
                self._note(Check(LOADING, level, promise, Verdict.WRONG, finding=finding))
            case "stale":
                raise UsageError(
                    f"the schedule {self._request.schedule!r} does not fit this code",
                    "the code as it was when the report was printed",
                    f"kata grade {self._kata.name}   (to see whether it is mended)",
                )
            case "suite":
                raise _fault(message["text"], self._kata.suite)

    def _look_for_gaps(self) -> None:
        covered = {check.level for check in self._planned.values()}
        for level in self._kata.levels:
            if level.number not in covered:
                raise _fault(f"level {level.number} has no test", self._kata.suite)

    def _work(self, text: str) -> None:
        check = self._planned[self._running]
        if self._glanced or not self._request.glance:
            self._report(until=check.level)
        of = [c.test for c in self._planned.values() if c.level == check.level]
        doing = f"{check.promise} ({text})" if text else check.promise
        self._listener.working(check.level, doing, of.index(check.test) + 1, len(of))

    def _note(self, check: Check) -> None:
        self._checks[check.test] = check
        if check.verdict is not Verdict.PASS:
            self._listener.failed(check)

    def _report(self, until: int) -> None:
        """Tells the listener of the levels before `until` that it does not know yet."""
        for level in self._levels:
            if level.number < until and level.number not in self._reported:
                self._reported.add(level.number)
                self._listener.level_done(self._result(level))

    def _result(self, level: Level) -> LevelResult:
        checks = tuple(check for check in self._checks.values() if check.level == level.number)
        expected = [c.test for c in self._planned.values() if c.level == level.number]
        result = LevelResult(level.number, level.title, None, checks, len(expected))
        if not checks:
            return result
        passed = {check.test for check in checks if check.verdict is Verdict.PASS}
        if result.failures:
            return replace(result, verdict=result.failures[0].verdict)
        if passed == set(expected):
            return replace(result, verdict=Verdict.PASS)
        return replace(result, verdict=Verdict.CRASH)  # something kept a result back


def _check(row: Mapping[str, Any]) -> Check:
    finding = Finding(**row["finding"]) if row["finding"] else None
    return Check(**{**row, "verdict": Verdict(row["verdict"]), "finding": finding})


def _fault(text: str, suite: Path) -> SuiteFaultError:
    return SuiteFaultError(
        f"the suite {suite.name} cannot be run: {text.strip()}",
        "a suite as CONTRIBUTING.md describes it",
        "git status katas   (to see whether the suite was changed by mistake)",
    )
