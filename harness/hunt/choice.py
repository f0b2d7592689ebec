"""Which fault to hunt next, and what a person is told of it.

Guarantees: faults that were never hunted come first, then those that are due, the longest overdue in
front, then the one hunted longest ago; nothing that is told before the end names the fault.
"""

import ast
import random
from collections.abc import Iterable, Mapping

from harness.verdict import Verdict

SYMPTOMS = {
    Verdict.WRONG: "It gives a wrong answer, and always the same one: where, and why?",
    Verdict.RACE: "It goes wrong now and then, when several threads use it: how, and why?",
    Verdict.DEADLOCK: "It hangs now and then: who waits for whom, and why?",
    Verdict.HANG: "It never gets done, or keeps a processor busy for nothing: why?",
    Verdict.LEAK: "It leaves something running when all is over: what, and why?",
    Verdict.CRASH: "It ends all at once: how, and why?",
    Verdict.NOT_STARTED: "Something in it was never written: what?",
}
# What `--read` offers to choose from, and the verdicts that each stands for.
KINDS = (
    ("a wrong result with one thread", (Verdict.WRONG,)),
    ("a race: a wrong result for some order of the threads", (Verdict.RACE,)),
    ("a deadlock or a lost wakeup: somebody sleeps for ever", (Verdict.DEADLOCK,)),
    ("a spin, polling, or work without end", (Verdict.HANG,)),
    ("something is left behind, or it crashes", (Verdict.LEAK, Verdict.CRASH)),
)


Name = tuple[str, str]  # of a kata, and of a broken variant


def choose(
    faults: Iterable[Name], hunted: Mapping[Name, float], due: Mapping[Name, float], seed: str
) -> Name | None:
    """The next one; the same for the same arguments.

    hunted: when each was hunted last; due: since when those are due that are.
    """
    order = sorted(faults)
    random.Random(seed).shuffle(order)

    def urgency(name: Name) -> tuple[int, float]:
        if name not in hunted:
            return 0, 0.0
        return (1, due[name]) if name in due else (2, hunted[name])

    return min(order, key=urgency, default=None)


def without_header(source: str) -> str:
    """The program less its docstring, which names the fault."""
    body = ast.parse(source).body
    if (
        not body
        or not isinstance(body[0], ast.Expr)
        or ast.get_docstring(ast.parse(source)) is None
    ):
        return source
    lines = source.splitlines(keepends=True)
    return "".join(lines[body[0].end_lineno :]).lstrip("\n")
