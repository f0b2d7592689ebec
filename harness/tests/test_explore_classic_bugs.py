"""Every classic bug is found, in whatever order its threads are started, and its mended twin is left alone."""

from pathlib import Path

import pytest

from harness.explore import Limits
from harness.tests.explore_support import lab_for
from harness.tests.programs.classic import BUGS, TWINS, Bug
from harness.verdict import Verdict


def _source(bug: Bug) -> str:
    return (
        f"{bug.code}\n\ndef scenario(order):\n    threads, check = make()\n    run(threads, check, order)\n"
        + RUN
    )


RUN = """
def run(bodies, check, order):
    import threading
    threads = [threading.Thread(target=bodies[i]) for i in order]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if check is not None:
        assert check(), "the promise is broken"
"""


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_the_bug_is_found_whatever_the_order_of_the_threads(bug: Bug, tmp_path: Path) -> None:
    lab = lab_for(tmp_path, _source(bug))
    for order in bug.orders():
        outcome = lab.explore("scenario", {"order": order}, Limits(preemptions=2, schedules=3000))
        assert outcome.verdict in bug.verdicts, f"order {order}: {outcome.coverage}"
        assert outcome.failure is not None
        assert outcome.failure.found_at <= bug.within, f"order {order}: {outcome.failure.found_at}"


@pytest.mark.parametrize("twin", TWINS, ids=lambda bug: bug.name)
def test_the_right_twin_passes_every_schedule(twin: Bug, tmp_path: Path) -> None:
    lab = lab_for(tmp_path, _source(twin))
    for order in twin.orders():
        outcome = lab.explore("scenario", {"order": order}, Limits(preemptions=2, schedules=3000))
        assert outcome.verdict is Verdict.PASS, outcome.failure and outcome.failure.report
        assert outcome.coverage.startswith("all "), outcome.coverage
