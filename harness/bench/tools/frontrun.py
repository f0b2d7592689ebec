"""frontrun: DPOR with its default bound of 2 preemptions, and random schedules.

What is chosen for its good: the virtual clock (without it, a thread that waits for a condition
makes the search inconclusive after 5 s of real time), no watching of sockets and files, no replays
of a failure. frontrun does not control threads that the code under test starts, so each role, a
pool's worker included, is one of the workers that frontrun itself starts.
"""

import importlib
import os
from typing import Any

from harness.bench.catalogue import Subject
from harness.bench.tools import Run, Search, load_program

os.environ["FRONTRUN_ACTIVE"] = "1"  # what its command line sets
_frontrun: Any = importlib.import_module("frontrun")

_ALWAYS: dict[str, object] = {"detect_io": False, "reproduce_on_failure": 0}
_MODES: dict[str, dict[str, object]] = {
    "dpor": {"strategy": "dpor", "clock": "virtual", "preemption_bound": 2},
    "random": {"strategy": "random", "max_attempts": 1_000_000, "max_ops": 2_000, "seed": 1},
}


def prepare(subject: Subject) -> Search:
    program = load_program(subject.path)
    roles = [program.ROLES[index] for index in subject.indices(len(program.ROLES))]
    task = {
        "setup": lambda: program.make(subject.twin),
        "workers": roles,
        "invariant": lambda state: program.check(state) is None,
    }
    return lambda mode, seconds: _search(task, mode, seconds)


def _search(task: dict[str, object], mode: str, seconds: float) -> Run:
    options = {**task, **_ALWAYS, **_MODES[mode], "total_timeout": seconds}
    try:
        result = _frontrun.explore(**options)
    except Exception as error:  # an exception of a worker comes out as it is: that is a find
        return Run(True, False, None, f"{type(error).__name__}: {error}")
    failed = result.property_holds is False
    return Run(
        failed=failed,
        exhausted=mode == "dpor" and result.property_holds is True,
        schedules=result.num_explored,
        note=(result.inconclusive_reason or "holds").partition(".")[0] if not failed else "fails",
    )
