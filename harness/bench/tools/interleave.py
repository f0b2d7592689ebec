"""interleave-test: PCT, random and bounded DFS, all at its default granularity (opcodes).

Line granularity would be faster and would miss the lost update. Only the program's file is traced.
Its searches have no time limit; a strategy may say that it has no more schedules, and does so here
when the time is up.
"""

import importlib
import time
from typing import Any

from harness.bench.catalogue import Subject
from harness.bench.tools import Run, Search, load_program

_interleave: Any = importlib.import_module("interleave_test")

_STRATEGIES: dict[str, Any] = {
    "pct": _interleave.PCTStrategy,
    "random": _interleave.RandomStrategy,
    "dfs": _interleave.DFSStrategy,  # at most 2 preemptions
}


def prepare(subject: Subject) -> Search:
    program = load_program(subject.path)
    order = subject.indices(len(program.ROLES))

    def search(mode: str, seconds: float) -> Run:
        result = _interleave.explore(
            lambda: program.scenario(subject.twin, order),
            iterations=1_000_000,
            seed=1,
            strategy=_until(_STRATEGIES[mode], time.perf_counter() + seconds),
            include=[subject.path],
            raise_on_failure=False,
        )
        kind = result.failure.kind if result.failure else ""
        return Run(not result.ok, result.exhausted, result.schedules_run, kind)

    return search


def _until(strategy: Any, deadline: float) -> Any:
    class Timed(strategy):  # type: ignore[misc]
        def more(self) -> bool | None:
            return False if time.perf_counter() > deadline else super().more()

    return Timed()
