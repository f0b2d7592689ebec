"""The programs that are measured, and the goals that they are measured against.

Guarantees: importable with the standard library alone, in any interpreter that a rival needs.
Assumptions: each program is `programs/NAME.py` with `make`, `ROLES`, `check` and `scenario`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

PROGRAMS_FOLDER: Final = Path(__file__).parent / "programs"
WARM_UP: Final = Path(__file__).parent / "warm_up.py"
ORDERS: Final = ("forward", "reverse")


@dataclass(frozen=True)
class Program:
    """One bug and its correct twin."""

    name: str
    title: str
    threads: str  # what runs beside the main thread
    exhaust_goal: float  # seconds for all schedules with at most 2 preemptions

    @property
    def path(self) -> Path:
        return PROGRAMS_FOLDER / f"{self.name}.py"

    @property
    def is_two_threads(self) -> bool:
        return self.threads == "two threads"


@dataclass(frozen=True)
class Subject:
    """What one measurement runs: a program's twin, its roles started in one of two orders."""

    path: Path
    twin: str  # "broken" or "fixed"
    order: str  # of ORDERS

    def indices(self, roles: int) -> tuple[int, ...]:
        """The order in which `roles` many roles are started, as `scenario` wants it."""
        forward = tuple(range(roles))
        return forward if self.order == "forward" else forward[::-1]


def _two(name: str, title: str) -> Program:
    return Program(name, title, "two threads", 0.2)


def _pool(name: str, title: str) -> Program:
    return Program(name, title, "client, pool of 2", 2.0)


PROGRAMS: Final = (
    _two("lost_update", "lost update"),
    _two("check_then_act", "check-then-act"),
    _two("ab_ba_deadlock", "AB-BA deadlock"),
    _two("if_wait", "if-wait"),
    _two("lost_wakeup", "lost wakeup"),
    _pool("pool_notify_one", "notify-one at shutdown"),
    _pool("pool_dropped_tasks", "dropped tasks"),
    _two("early_publication", "early publication"),
    Program("bounded_buffer_notify", "notify in a bounded buffer", "2 + 2 threads", 10.0),
)

FIND_GOAL: Final = 0.050  # seconds
RATE_GOAL: Final = 5_000  # schedules a second, two threads
RATIO_GOAL: Final = 10  # times the faster rival
