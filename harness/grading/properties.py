"""Hypothesis properties: each generated example runs once in the simulated world.

Two kinds: a test with @given, and one marked `machine`, which returns a rule-based state machine
(`harness.suite.Machine`) and so leaves the choice of its calls to Hypothesis.

Guarantees: the same examples on every run. What is reported is the smallest example found, with
what Hypothesis prints for it, or with the machine's calls as code.
Assumptions: Hypothesis runs examples in the thread that called it.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Protocol

import pytest

from harness.explore import Outcome
from harness.verdict import Verdict

# Shrinking ends by count, not by time, so that a run repeats exactly.
MOST_EXAMPLES_AFTER_A_FAILURE = 400
NOT_WORTH_SHRINKING = (Verdict.NOT_STARTED, Verdict.HANG)


class Run(Protocol):
    """Runs the test once, simulated; see `harness.explore.Lab.run_once`."""

    def __call__(
        self,
        arguments: Mapping[str, object],
        told: bool = True,
        then: Callable[[Any], object] | None = None,
    ) -> Outcome: ...


class Falsified(Exception):  # noqa: N818 - it is Hypothesis that is told, not a person
    """An example has broken the promise."""


class _Enough(BaseException):
    """Stops Hypothesis at once: it lets only exceptions like this one through."""


def property_of(item: pytest.Function) -> "Property":
    """The property that a test of the suite states."""
    mark = item.get_closest_marker("machine")
    return Property(item.obj) if mark is None else MachineProperty(**mark.kwargs)


class Property:
    """One @given test, run example by example."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self._examples = 0
        self._after = 0
        self._most: int | None = None
        self._smallest: Outcome | None = None  # what the smallest example so far came to
        self._drawn: dict[str, Any] = {}  # what that example was made of

    def check(
        self, arguments: Mapping[str, object], run: Run, told: bool, most: int | None = None
    ) -> tuple[int, Outcome | None, str]:
        """Number of examples, the failing outcome if there is one, and its example as text.

        most: examples at which to stop looking, if fewer than the test asks for.
        """
        self._most = most
        notes = self._search(arguments, run)
        if self._smallest is None or not told:
            return self._examples, self._smallest, ""
        return self._examples, self._explained(run, self._smallest), notes

    @property
    def smallest(self) -> Mapping[str, object] | None:
        """The arguments of the smallest failing example, if it can be run again."""
        return self._drawn or None

    def _search(self, arguments: Mapping[str, object], run: Run) -> str:
        """Lets Hypothesis look for the smallest example; what it says of it.

        Also where nobody is to be told: the smallest example can have another verdict than the first.
        """
        handle = self._function.hypothesis
        original = handle.inner_test

        @wraps(original)
        def example(**drawn: Any) -> None:
            self._examples += 1
            self._after += self._smallest is not None
            outcome = self._run(run, arguments, drawn, original)
            if outcome.verdict is not Verdict.PASS:
                self._smallest, self._drawn = outcome, drawn
                if outcome.verdict in NOT_WORTH_SHRINKING:
                    raise _Enough
                raise Falsified
            if self._after > MOST_EXAMPLES_AFTER_A_FAILURE:
                raise _Enough
            if self._examples == self._most:
                raise _Enough

        handle.inner_test = example
        try:
            self._call(arguments)
        except Falsified as found:
            return "\n".join(getattr(found, "__notes__", ()))
        except _Enough:
            pass
        finally:
            handle.inner_test = original
        return ""

    def _call(self, arguments: Mapping[str, object]) -> None:
        self._function(kata=None, **arguments)

    def _run(
        self,
        run: Run,
        arguments: Mapping[str, object],
        drawn: dict[str, Any],
        original: Callable[..., object],
    ) -> Outcome:
        drawn.pop("kata")
        return run(drawn, told=False)

    def _explained(self, run: Run, smallest: Outcome) -> Outcome:
        again = run(self._drawn)
        return smallest if again.verdict is Verdict.PASS else again


class MachineProperty(Property):
    """A test that returns a state machine, whose calls Hypothesis chooses while it runs."""

    def __init__(self, examples: int, steps: int) -> None:
        from hypothesis import settings
        from hypothesis.stateful import get_state_machine_test

        self._machine: Any = None
        self._script: list[str] = []
        chosen = settings(max_examples=examples, stateful_step_count=steps)
        made: Any = self._made
        super().__init__(get_state_machine_test(made, settings=chosen))

    def _made(self) -> Any:
        return self._machine

    def check(
        self, arguments: Mapping[str, object], run: Run, told: bool, most: int | None = None
    ) -> tuple[int, Outcome | None, str]:
        """As of any property; the example is the machine's calls as code."""
        examples, outcome, _ = super().check(arguments, run, told, most)
        return examples, outcome, "\n".join(self._script)

    @property
    def smallest(self) -> Mapping[str, object] | None:
        return None  # what it drew cannot be drawn again

    def _call(self, arguments: Mapping[str, object]) -> None:
        self._function()

    def _run(
        self,
        run: Run,
        arguments: Mapping[str, object],
        drawn: dict[str, Any],
        original: Callable[..., object],
    ) -> Outcome:
        """Drives the machine inside of the simulated world; Hypothesis's own signals go past it."""
        from hypothesis.errors import HypothesisException, StopTest

        signals: list[BaseException] = []

        def drive(machine: Any) -> None:
            self._machine = machine
            try:
                original(**drawn)
            except (StopTest, HypothesisException) as signal:
                signals.append(signal)

        self._machine = None
        outcome = run(arguments, told=False, then=drive)
        if signals:
            raise signals[0]
        if outcome.verdict is not Verdict.PASS:
            self._script = list(self._machine.script) if self._machine is not None else []
        return outcome

    def _explained(self, run: Run, smallest: Outcome) -> Outcome:
        return smallest  # what it drew cannot be drawn again; its calls say it all
