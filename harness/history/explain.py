"""Say why a history has no order: the calls drawn, how far one gets, and what stops it there.

Guarantees: plain text, the same for the same history; long histories are cut to what matters.
Assumptions: the search has failed, and `best` is its longest prefix.
"""

from collections.abc import Hashable, Sequence

from harness.history.drawing import draw
from harness.history.model import Model
from harness.history.record import Operation
from harness.history.search import Lane, Placed, candidates

MOST_DRAWN = 16  # calls; beyond it only those around the failure
LAST_PLACED = 6  # placed calls that are still shown then


def explain(model: Model, lanes: Sequence[Lane], best: Placed) -> str:
    """The whole text of the failure."""
    stuck = [operation for _, operation in candidates(lanes, best.positions)]
    everything = [operation for lane in lanes for operation in lane]
    shown = _worth_showing(everything, best, stuck)
    sections = [
        f"No order of these {len(everything)} calls agrees with {model.description}.",
        _cut(len(everything) - len(shown)) + draw(shown, marked=_culprits(stuck)),
        _prefix(model, best),
        _obstacles(model, best.state, stuck),
        _too_late(lanes, best, stuck),
    ]
    return "\n\n".join(section for section in sections if section)


def _culprits(stuck: Sequence[Operation]) -> list[Operation]:
    return [operation for operation in stuck if not operation.pending]


def _worth_showing(
    everything: Sequence[Operation], best: Placed, stuck: Sequence[Operation]
) -> list[Operation]:
    if len(everything) <= MOST_DRAWN:
        return list(everything)
    recent = [node.operation for node in best.path()[-LAST_PLACED:]]
    return [op for op in everything if op in recent or op in stuck]


def _cut(hidden: int) -> str:
    return f"  ({hidden} other calls are not drawn)\n" if hidden else ""


def _prefix(model: Model, best: Placed) -> str:
    path = best.path()
    if not path:
        return f"Not even a first call can be placed: it starts {model.show(model.initial)}."
    skipped = max(0, len(path) - MOST_DRAWN)
    lines = ["The longest order that works so far:"]
    lines += [f"  ({skipped} calls before these)"] if skipped else []
    texts = [f"{node.operation} by {_thread(node)}" for node in path[skipped:]]
    width = max(map(len, texts))
    for number, (text, node) in enumerate(zip(texts, path[skipped:], strict=True), skipped + 1):
        lines.append(f"  {number:>3}  {text:<{width}}   then {model.show(node.state)}")
    return "\n".join(lines)


def _thread(node: Placed) -> str:
    return node.operation.thread if node.operation is not None else ""


def _obstacles(model: Model, state: Hashable, stuck: Sequence[Operation]) -> str:
    one = len(stuck) == 1
    lines = [
        "Then only this may come next, and does not fit:"
        if one
        else "Then one of these must come next, and none fits:"
    ]
    for operation in stuck:
        lines.append(f"  {operation} by {operation.thread}: {_why(model, state, operation)}")
    return "\n".join(lines)


def _why(model: Model, state: Hashable, operation: Operation) -> str:
    outcomes = model.step(state, operation)
    here = f"{model.description}, {model.show(state)},"
    if not outcomes:
        return f"{here} would keep it waiting"
    if operation.pending:
        return "it may have taken effect or not; neither helps"
    return f"{here} gives {' or '.join(repr(result) for result, _ in outcomes)}"


def _too_late(lanes: Sequence[Lane], best: Placed, stuck: Sequence[Operation]) -> str:
    """Calls that cannot come to the rescue, because they began too late."""
    heads = [lane[at] for lane, at in zip(lanes, best.positions, strict=True) if at < len(lane)]
    late = [head for head in heads if head not in stuck]
    if not late:
        return ""
    names = ", ".join(f"{head.call_text()} by {head.thread}" for head in late)
    return f"Too late to come before it: {names}."
