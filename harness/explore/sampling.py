"""PCT: random priorities with a few changes, for scenarios too large to exhaust.

Each thread has a random priority and the highest one runs; at a few random decisions the running thread
falls to the bottom. A bug that needs d ordering constraints among n threads and k decisions is found by one
run with a probability of at least 1 / (n * k**(d-1)) (Burckhardt, Kothari, Musuvathi, Nagarakatte, ASPLOS
2010). Plain random choice has no such bound: it misses bugs where one thread must run far ahead.
"""

from __future__ import annotations

import random

from harness.explore.kernel import Execution
from harness.explore.simthread import SimThread

DECISIONS = (8, 16, 32, 64)  # how long an execution might be: change points are drawn below these


class Pct:
    """One random execution, the same one for the same seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.dice = random.Random(seed)
        self.priorities: dict[int, float] = {}
        length = DECISIONS[seed % len(DECISIONS)]
        depth = 1 + seed // len(DECISIONS) % 3  # 1 to 3 changes: bugs of depth 2 to 4
        self.changes = {self.dice.randrange(length) for _ in range(depth)}
        self.decisions = 0
        self.preemptions = 0
        self.lowest = 0.0

    def choose(
        self, run: Execution, thread: SimThread, free: bool, others: list[SimThread]
    ) -> SimThread | None:
        """The thread of the highest priority."""
        if self.decisions in self.changes:
            self.lowest -= 1.0
            self.priorities[thread.index] = self.lowest
        self.decisions += 1
        candidates = others if free else [thread, *others]
        chosen = max(candidates, key=self._priority)
        if not free and chosen is not thread:
            self.preemptions += 1
        return chosen

    def _priority(self, thread: SimThread) -> float:
        priority = self.priorities.get(thread.index)
        if priority is None:
            priority = self.priorities[thread.index] = self.dice.random()
        return priority
