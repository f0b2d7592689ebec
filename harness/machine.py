"""The base of a suite's rule-based state machines.

A test marked `machine(examples=..., steps=...)` returns one; Hypothesis then chooses its calls, one after
the other, and a failure shows the shortest sequence of them that fails.
"""

from __future__ import annotations

from hypothesis.stateful import RuleBasedStateMachine


class Machine(RuleBasedStateMachine):
    """Writes its calls down as lines of code that a learner can paste: `self.script`."""

    def __init__(self, *script: str) -> None:
        super().__init__()
        self.script = list(script)

    def wrote(self, line: str) -> None:
        """Adds a line; before the call that it stands for, since that may be the last one."""
        self.script.append(line)
