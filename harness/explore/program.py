"""A candidate and the scenarios that try it, loaded into a simulated world; one call runs one execution.

Guarantees
- Each execution sees the candidate's module as if it had just been imported.
- An execution depends on nothing but the program, the arguments and the strategy.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from harness.explore import failures, hooks
from harness.explore.failures import RawFailure, Wait
from harness.explore.instrument import instrument, instrument_once
from harness.explore.kernel import Execution, Strategy
from harness.explore.purity import has_module_state
from harness.explore.simthread import SimThread
from harness.explore.sites import SiteTable
from harness.explore.state import STATE
from harness.explore.world import World

Scenario = Callable[[], object]


class Source:
    """A file, instrumented, that can be loaded as a fresh module again and again.

    lasting: it is the same for every candidate, so what instrumenting it gave is kept.
    """

    def __init__(self, path: Path, sites: SiteTable, lasting: bool = False) -> None:
        self.path = path
        self.text = importlib.util.decode_source(path.read_bytes())
        failures.user_file(str(path))
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # an odd escape in a string is no reason to refuse the code
            rewrite = instrument_once if lasting else instrument
            self.code: CodeType = rewrite(self.text, str(path), sites)
            self.has_state = has_module_state(ast.parse(self.text))

    def load(self, world: World) -> ModuleType:
        """A fresh module. While it runs, and after, `sys.modules` has it under its name."""
        module = ModuleType(self.path.stem)
        if getattr(sys.modules.get(self.path.stem), "__file__", str(self.path)) == str(self.path):
            sys.modules[self.path.stem] = module
        world.execute(self.code, module, "", hooks.POINTED)
        return module


class Program:
    """A candidate, a suite, and a world around them."""

    def __init__(self, candidate: Path, suite: Path) -> None:
        self.sites = SiteTable()
        self.world = World(self.sites, self._uncaught)
        # The suite comes first, so that its sites have the same numbers whatever the candidate.
        given = None if suite == candidate else Source(suite, self.sites, lasting=True)
        self.candidate = Source(candidate, self.sites)
        self.suite = given or self.candidate
        self._candidate_module: ModuleType | None = None
        self._suite_module: ModuleType | None = None
        self._may_leave = False  # may the test that runs leave threads behind (mark `abandons`)?

    # -- running -------------------------------------------------------------------------------

    def scenario(
        self,
        test: str,
        arguments: Mapping[str, object],
        then: Callable[[Any], object] | None = None,
    ) -> Scenario:
        """What an execution of the test runs; the candidate's module is its argument `kata`.

        then: called at the end with what the test returns.
        """

        def run() -> None:
            module = self._load_candidate()
            if self.suite is self.candidate:
                getattr(module, test)(**arguments)
                return
            function = getattr(self._load_suite(), test)
            self._may_leave = any(m.name == "abandons" for m in getattr(function, "pytestmark", ()))
            inner = _without_hypothesis(function)
            result = inner(kata=module, **arguments)
            if then is not None:
                then(result)

        return run

    def _load_candidate(self) -> ModuleType:
        if self._candidate_module is None or self.candidate.has_state:
            self._candidate_module = self.candidate.load(self.world)
        return self._candidate_module

    def _load_suite(self) -> ModuleType:
        if self._suite_module is None:
            thread, STATE.thread = STATE.thread, None  # a suite's own module is no part of the race
            try:
                self._suite_module = self.suite.load(self.world)
            finally:
                STATE.thread = thread
        return self._suite_module

    def execute(
        self,
        scenario: Scenario,
        strategy: Strategy,
        visible: set[int],
        visible_locks: set[object],
        tracer: Any = None,
    ) -> Execution:
        """Runs a scenario once."""
        if (
            STATE.patched
        ):  # a class or a function was given an attribute: loading afresh is the way back
            self.candidate.has_state = True
        self.world.reset()
        STATE.numbers.clear()
        run = Execution(strategy, visible, visible_locks)
        run.tracer = tracer
        run.name_of = self.name
        run.is_daemon = self._is_daemon
        run.on_deadlock = self._stuck
        run.on_exception = self._main_failed
        run.run(scenario)
        return run

    def _is_daemon(self, thread: SimThread) -> bool:
        """May the program end before this thread does?"""
        return thread.index > 0 and (self._may_leave or self.world.is_daemon(thread.ident))

    # -- failures ------------------------------------------------------------------------------

    def _main_failed(self, run: Execution, error: BaseException) -> RawFailure:
        thread = STATE.thread
        assert thread is not None
        return failures.from_exception(run, error, thread, main=thread.index == 0)

    def _uncaught(self, args: Any) -> None:
        """`threading.excepthook`: an exception ended a thread."""
        thread = STATE.thread
        if thread is None or thread.index < 0 or args.exc_type is SystemExit:
            return
        error = args.exc_value if args.exc_value is not None else args.exc_type()
        run = STATE.run
        run.stop(failures.from_exception(run, error, thread, main=False))

    def _stuck(self, run: Execution) -> RawFailure | None:
        main_ended = run.threads[0].finished.free
        waiting = [t for t in run.live if not (main_ended and self._is_daemon(t))]
        if not waiting:
            return None
        waits = tuple(self._wait(run, thread) for thread in waiting)
        return failures.stuck(run, waits, main_ended)

    def _wait(self, run: Execution, thread: SimThread) -> Wait:
        kind, owner = failures.wait_facts(thread.pending)
        place = failures.standing(thread)
        name = self.name(thread)
        if kind == "join" and owner is not None:
            what = f"for {self.name(run.threads[owner])} to end"
        elif owner is not None:
            what = f"for a lock that {self.name(run.threads[owner])} holds"
        else:
            what = {"condition": "to be woken", "queue": "for an item in a queue"}.get(
                kind, "for a lock"
            )
        return Wait(thread.index, name, kind, what, place, owner, id(thread.pending))

    def name(self, thread: SimThread) -> str:
        """What reports call a thread."""
        return (
            "main"
            if thread.index == 0
            else self.world.thread_name(thread.ident) or f"thread {thread.index}"
        )


def _without_hypothesis(function: Any) -> Any:
    """The test itself: whoever draws its arguments has drawn them."""
    handle = getattr(function, "hypothesis", None)
    return function if handle is None else handle.inner_test
