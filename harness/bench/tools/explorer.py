"""Our explorer: preemption bounds 0, 1, 2 with reduction, the whole file instrumented.

It stops by count and not by time: the parent process ends a search that takes too long.
"""

from harness.bench.catalogue import Subject
from harness.bench.tools import Run, Search, load_program
from harness.explore import Lab, Limits
from harness.verdict import Verdict

LIMITS = Limits(preemptions=2, schedules=1_000_000)


def prepare(subject: Subject) -> Search:
    roles = len(load_program(subject.path).ROLES)
    arguments = {"twin": subject.twin, "order": subject.indices(roles)}
    lab = Lab(subject.path, subject.path)

    def search(mode: str, seconds: float) -> Run:
        outcome = lab.explore("scenario", arguments, LIMITS)
        failed = outcome.verdict is not Verdict.PASS
        covered = outcome.coverage.startswith("all ")
        return Run(failed, covered, outcome.schedules, f"{outcome.verdict}, {outcome.coverage}")

    return search
