"""The goals of the explorer, and whether a run met them.

Guarantees: each goal is judged on the worst of its rows, and the text names that row.
Assumptions: none; a goal that the rows allow no judgement on is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.bench.catalogue import FIND_GOAL, PROGRAMS, RATE_GOAL, RATIO_GOAL
from harness.bench.run import Row

THREADS = {program.name: program.threads for program in PROGRAMS}
EXHAUST_GOALS = {program.threads: program.exhaust_goal for program in PROGRAMS}


@dataclass(frozen=True)
class Goal:
    """What was aimed at, whether it was reached, and by what worst figure."""

    aim: str
    met: bool
    worst: str


def judge(rows: Sequence[Row]) -> list[Goal]:
    """All goals that the rows allow a judgement on."""
    ours = [row for row in rows if row.tool == "explorer"]
    if not ours:
        return []
    two = [row for row in ours if THREADS[row.program] == "two threads"]
    goals = [_finding(ours), _alarms(ours)]
    goals += [_exhausting(ours, threads) for threads in EXHAUST_GOALS]
    goals += [_rates(two)] if two else []
    if len(rows) > len(ours):
        goals.append(_ratios(rows, ours))
    return [goal for goal in goals if goal.worst]


def _where(row: Row) -> str:
    return f"{row.program}, {row.order}"


def _finding(ours: Sequence[Row]) -> Goal:
    aim = f"every bug found in under {FIND_GOAL * 1000:.0f} ms, whatever the order of the threads"
    worst = max(ours, key=lambda row: (not row.found, row.find_seconds))
    met = worst.found and worst.find_seconds < FIND_GOAL
    text = f"{worst.find_seconds * 1000:.1f} ms" if worst.found else "missed"
    return Goal(aim, met, f"{text} ({_where(worst)})")


def _alarms(ours: Sequence[Row]) -> Goal:
    alarms = [_where(row) for row in ours if row.false_alarm]
    return Goal("no false alarm on the correct twins", not alarms, "; ".join(alarms) or "none")


def _exhausting(ours: Sequence[Row], threads: str) -> Goal:
    limit = EXHAUST_GOALS[threads]
    aim = f"all schedules with at most 2 preemptions in under {limit:g} s: {threads}"
    chosen = [row for row in ours if THREADS[row.program] == threads]
    if not chosen:
        return Goal(aim, False, "")
    worst = max(chosen, key=lambda row: (not row.exhausted, row.exhaust_seconds))
    met = worst.exhausted and worst.exhaust_seconds < limit
    sign = "" if worst.exhausted else "not within "
    return Goal(aim, met, f"{sign}{worst.exhaust_seconds:.3f} s ({_where(worst)})")


def _rates(two: Sequence[Row]) -> Goal:
    worst = min(two, key=lambda row: row.rate)
    aim = f"at least {RATE_GOAL:,} schedules a second with two threads"
    return Goal(aim, worst.rate >= RATE_GOAL, f"{worst.rate:,.0f} ({_where(worst)})")


def _ratios(rows: Sequence[Row], ours: Sequence[Row]) -> Goal:
    ratios = {row: row.rate / _fastest_rival(rows, row) for row in ours}
    worst = min(ratios, key=lambda row: ratios[row])
    aim = f"at least {RATIO_GOAL} times the schedules a second of the faster rival"
    return Goal(aim, ratios[worst] >= RATIO_GOAL, f"{ratios[worst]:.1f} ({_where(worst)})")


def _fastest_rival(rows: Sequence[Row], our: Row) -> float:
    same = [row for row in rows if (row.program, row.order) == (our.program, our.order)]
    return max((row.rate for row in same if row.tool != "explorer"), default=0.0) or 1e-9
