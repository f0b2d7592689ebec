"""Is a recorded concurrent history one that a sequential object could have produced?

A suite records what each thread called and what it got, and asks whether some order of the same
calls, one after another, explains every result (linearizability, Herlihy and Wing 1990):

    history = History()
    def producer(): history.call(ring.try_push, 1)
    def consumer(): history.call(ring.try_pop)
    ... run the threads ...
    assert_linearizable(history, FifoQueue(capacity=2))

Guarantees: the verdict is exact for the history given: no order is missed, none is invented. In the
explorer every order of a return and another thread's call is explored, so that a PASS holds for all
histories that the bound allows.
Assumptions: arguments and results are not modified afterwards; a model's states are hashable.
"""

from harness.history.judgement import Judgement, assert_linearizable, check
from harness.history.model import ANY, Model, Outcomes, PerKey
from harness.history.models import Bank, Counter, FifoQueue, Register, TokenBucket
from harness.history.record import History, Operation, Raised

__all__ = [
    "ANY",
    "Bank",
    "Counter",
    "FifoQueue",
    "History",
    "Judgement",
    "Model",
    "Operation",
    "Outcomes",
    "PerKey",
    "Raised",
    "Register",
    "TokenBucket",
    "assert_linearizable",
    "check",
]
