"""Hypothesis properties: each generated example runs once in the simulated world.

Guarantees: the same examples on every run. What is reported is the smallest example found, with
the calls that Hypothesis prints for it.
Assumptions: Hypothesis runs examples in the thread that called it.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from harness.explore import Outcome
from harness.verdict import Verdict

# Shrinking ends by count, not by time, so that a run repeats exactly.
MOST_EXAMPLES_AFTER_A_FAILURE = 400
NOT_WORTH_SHRINKING = (Verdict.NOT_STARTED, Verdict.HANG)


class Falsified(Exception):  # noqa: N818 - it is Hypothesis that is told, not a person
    """An example that broke the promise."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__("the property does not hold")
        self.outcome = outcome


class _Enough(BaseException):
    """Stops Hypothesis at once: it lets only exceptions like this one through."""


class Property:
    """One @given test, run example by example."""

    def __init__(self, function: Any, run: Callable[[dict[str, Any]], Outcome]) -> None:
        self._function = function
        self._run = run
        self._examples = 0
        self._after = 0
        self._smallest: Falsified | None = None

    def check(self, arguments: dict[str, Any]) -> tuple[int, Outcome | None, str]:
        """Number of examples, the failing outcome if there is one, and its example as text."""
        handle = self._function.hypothesis
        original = handle.inner_test
        handle.inner_test = self._example(original)
        try:
            self._function(kata=None, **arguments)
        except Falsified as found:
            return self._examples, found.outcome, "\n".join(getattr(found, "__notes__", ()))
        except _Enough:
            assert self._smallest is not None
            return self._examples, self._smallest.outcome, ""
        finally:
            handle.inner_test = original
        return self._examples, None, ""

    def _example(self, original: Callable[..., object]) -> Callable[..., None]:
        @wraps(original)
        def example(kata: object, **drawn: Any) -> None:
            self._examples += 1
            outcome = self._run(drawn)
            self._after += self._smallest is not None
            if outcome.verdict is not Verdict.PASS:
                self._smallest = Falsified(outcome)
                if outcome.verdict in NOT_WORTH_SHRINKING:
                    raise _Enough
                raise self._smallest
            if self._after > MOST_EXAMPLES_AFTER_A_FAILURE:
                raise _Enough

        return example
