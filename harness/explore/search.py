"""Runs a scenario under every schedule with few preemptions, each equivalence class once.

The bound on preemptions is iterated: all schedules with none, then with one, ... (Musuvathi and Qadeer,
PLDI 2007). A preemption is leaving a thread that could go on. Work is a queue a bound of prefixes that
differ from what was run at their last decision; running one goes on by default (no preemption) to the end
and queues every alternative that it passes.

Reduction: a state that was reached before, by an equivalent prefix (equal chains, see `memory`) and with the
same thread running, is not left again. Bounds are worked off in order, so that the first visit to a state
had the fewest preemptions: all that a later visit could still reach within the bound, the first one could.
That is why this reduction is sound under a bound, where sleep sets and plain DPOR are not.

Guarantees
- The same program gives the same schedules in the same order, on every run.
- `Coverage.complete` is said only if the queues ran dry.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from harness.explore.kernel import Execution, Strategy
from harness.explore.limits import Limits
from harness.explore.locks import QUEUE_SITE
from harness.explore.simthread import SimThread


class Everything(set[Any]):
    """The set of all sites: every point counts."""

    def __contains__(self, item: object) -> bool:
        return True


Script = tuple[
    tuple[int, int], ...
]  # (number of the decision, index of the thread) where not the default
Runner = Callable[[Strategy, set[int], set[object]], Execution]


@dataclass(frozen=True)
class Coverage:
    """What a search has covered."""

    schedules: int  # executions that ran to their end
    equivalent: int  # executions that were cut short in a state seen before
    bound: int  # the highest preemption bound that was exhausted, -1 if none
    complete: bool  # nothing was left over at all: every schedule, whatever its preemptions
    sampled: int = 0
    choices: int = (
        0  # real choices met in all executions: none means that the scenario tests nothing
    )
    failed: bool = False  # stopped at the first failure
    spent: bool = False  # the budget ran out before the bound was exhausted
    strayed: int = 0  # executions that left their script: the code is not the same on every run

    def __str__(self) -> str:
        count = f"{self.schedules:,} schedule{'' if self.schedules == 1 else 's'}"
        if self.failed:
            return f"stopped at the first failure, after {count}"
        if self.strayed:
            return f"{count}, and no proof: the code does not do the same on every run"
        if self.complete:
            return f"all {count}" if self.schedules > 1 else count
        if not self.spent:
            return f"all {count} with up to {self.bound} preemption{'' if self.bound == 1 else 's'}"
        done = f"bound {self.bound + 1} incomplete"
        sampled = f", {self.sampled:,} of them sampled" if self.sampled else ""
        return f"stopped after {count}{sampled}; {done}"


@dataclass(frozen=True)
class Found:
    """A failing execution, and how to get it again."""

    run: Execution
    strategy: Strategy
    number: int
    preemptions: int


class Frontier:
    """The states that were visited and the prefixes that wait to be run."""

    def __init__(self) -> None:
        self.visited: set[int] = set()
        self.queues: list[list[Script]] = [[()]]
        self._dice = random.Random(
            20061
        )  # spreads the order over the whole tree; the same on every run

    def push(self, preemptions: int, script: Script) -> None:
        while len(self.queues) <= preemptions:
            self.queues.append([])
        self.queues[preemptions].append(script)

    def pop(self, preemptions: int) -> Script | None:
        queue = self.queues[preemptions] if preemptions < len(self.queues) else []
        if not queue:
            return None
        index = self._dice.randrange(len(queue))
        queue[index], queue[-1] = queue[-1], queue[index]
        return queue.pop()


class Scripted:
    """Follows a script, then the default; queues the alternatives of each new state."""

    def __init__(self, frontier: Frontier, script: Script, preemptions: int) -> None:
        self.frontier = frontier
        self.script = script
        self.preemptions = preemptions
        self.decisions = 0
        self.position = 0
        self.next_at = script[0][0] if script else -1
        self.diverged = False

    def choose(
        self, run: Execution, thread: SimThread, free: bool, others: list[SimThread]
    ) -> SimThread | None:
        number = self.decisions
        self.decisions = number + 1
        if number == self.next_at:
            return self._scripted(run, others)
        if self.next_at >= 0:
            return others[0] if free else thread
        return self._new_state(run, thread, free, others, number)

    def _scripted(self, run: Execution, others: list[SimThread]) -> SimThread | None:
        target = run.threads[self.script[self.position][1]]
        self.position += 1
        more = self.position < len(self.script)
        self.next_at = self.script[self.position][0] if more else -1
        if target not in others:
            self.diverged = True
            return None
        return target

    def _new_state(
        self, run: Execution, thread: SimThread, free: bool, others: list[SimThread], number: int
    ) -> SimThread | None:
        state = state_of(run, thread, free, others)
        frontier = self.frontier
        if state in frontier.visited:
            return None
        frontier.visited.add(state)
        cost = self.preemptions if free else self.preemptions + 1
        if free and others[-1] is thread and thread.pending is None:
            others = others[:-1]  # it was to give way, and stays
            frontier.push(cost + 1, (*self.script, (number, thread.index)))
        for other in others[1:] if free else others:
            frontier.push(cost, (*self.script, (number, other.index)))
        return others[0] if free else thread


def state_of(run: Execution, thread: SimThread, free: bool, others: list[SimThread]) -> int:
    """A number for the state: where every thread stands, what it has seen, who may go on."""
    parts: list[object] = [thread.index * 2 + free, run.clock]
    if free and thread.pending is None:  # it gives way; to whom depends on who did before
        parts += [other.index for other in others]
    for other in run.threads:
        parts.append(other.count)
        parts.append(other.chain)
    return hash(tuple(parts))


class Search:
    """Iterated preemption bounding over one scenario."""

    def __init__(self, runner: Runner, limits: Limits) -> None:
        self.runner = runner
        self.limits = limits
        self.visible: set[int] = Everything() if limits.every_point else {QUEUE_SITE}
        self.visible_locks: set[object] = Everything() if limits.every_point else set()
        self.executions = 0
        self.strayed = 0
        self._begin()

    def _begin(self) -> None:
        self.frontier = Frontier()
        self.schedules = self.equivalent = self.choices = 0

    def run(self) -> tuple[Coverage, Found | None]:
        """Searches until something fails, the bound is exhausted or the budget is spent."""
        bound = 0
        while bound <= self.limits.preemptions:
            script = self.frontier.pop(bound)
            if script is None:
                bound += 1
                continue
            if self.executions >= self.limits.schedules:
                return self._out_of_budget(bound - 1)
            found = self._execute(Scripted(self.frontier, script, bound), bound)
            if found is not None:
                return replace(self._coverage(bound - 1), failed=True), found
            if self._something_new():
                self._begin()
                bound = 0
        coverage = self._coverage(self.limits.preemptions)
        return replace(coverage, strayed=self.strayed, spent=self.strayed > 0), None

    def _execute(self, strategy: Scripted, preemptions: int) -> Found | None:
        run = self.runner(strategy, self.visible, self.visible_locks)
        self.executions += 1
        self._last = run
        self.choices += strategy.decisions
        self.strayed += strategy.diverged
        if run.pruned:
            self.equivalent += 1
        else:
            self.schedules += 1
        return (
            Found(run, strategy, self.executions, preemptions) if run.failure is not None else None
        )

    def _something_new(self) -> bool:
        """Have accesses turned up whose order can matter? Then points were passed by: start again."""
        if self.limits.every_point:
            return False
        sites, locks = (
            self._last.memory.found - self.visible,
            self._last.found_locks - self.visible_locks,
        )
        self.visible |= sites
        self.visible_locks |= locks
        return bool(sites or locks)

    def _coverage(self, bound: int, sampled: int = 0) -> Coverage:
        complete = not any(self.frontier.queues)
        return Coverage(
            self.schedules + sampled, self.equivalent, bound, complete, sampled, self.choices
        )

    def _out_of_budget(self, bound: int) -> tuple[Coverage, Found | None]:
        if self.limits.samples:
            return self._sample(bound)
        return replace(self._coverage(bound), spent=True), None

    def _sample(self, bound: int) -> tuple[Coverage, Found | None]:
        from harness.explore.sampling import Pct

        count = max(50, self.limits.schedules // 4)
        for seed in range(count):
            strategy = Pct(seed)
            run = self.runner(strategy, self.visible, self.visible_locks)
            self.executions += 1
            if run.failure is not None:
                coverage = replace(self._coverage(bound, seed + 1), failed=True)
                return coverage, Found(run, strategy, self.executions, strategy.preemptions)
        return replace(self._coverage(bound, count), spent=True), None
