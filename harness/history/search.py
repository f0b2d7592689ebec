"""Search for an order of the calls that the model agrees with.

The algorithm is Wing and Gong's (1993) with Lowe's memoisation (2017), as in porcupine: place calls
one by one, each only while no unplaced call had already returned when it began, and never visit the
same (set of placed calls, model state) twice.

Each thread's calls follow one another, so a set of placed calls is how many of each thread's are
placed: a small tuple in place of a bit mask. A pending call gets a lane of its own, because its
thread may have gone on after an exception. It may be placed, with any result, or never.

Guarantees: finds an order if there is one; otherwise returns the longest prefix that works.
Assumptions: within a thread, calls do not overlap.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from harness.history.model import Model, agrees
from harness.history.record import Operation

Lane = tuple[Operation, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Placed:
    """A node of the search: `operation` was placed last, and the model is in `state`."""

    positions: tuple[int, ...]  # how many calls of each lane are placed
    state: Hashable
    completed: int  # how many of the placed calls had returned
    operation: Operation | None = None
    before: "Placed | None" = None

    def path(self) -> "tuple[Placed, ...]":
        """The placements that led here, first to last, without the empty start."""
        nodes: list[Placed] = []
        node: Placed | None = self
        while node is not None and node.operation is not None:
            nodes.append(node)
            node = node.before
        return tuple(reversed(nodes))


def lanes_of(operations: Sequence[Operation]) -> tuple[Lane, ...]:
    """The calls by thread, in order; each pending call alone."""
    threads: dict[object, list[Operation]] = {}
    for operation in sorted(operations, key=lambda op: op.called):
        key: object = operation if operation.pending else operation.thread
        threads.setdefault(key, []).append(operation)
    return tuple(tuple(lane) for lane in threads.values())


def candidates(lanes: Sequence[Lane], positions: Sequence[int]) -> Iterator[tuple[int, Operation]]:
    """The calls that may come next, with their lanes: begun before any unplaced one returned."""
    heads = [
        (index, lane[position])
        for index, (lane, position) in enumerate(zip(lanes, positions, strict=True))
        if position < len(lane)
    ]
    horizon = min((ends(head) for _, head in heads), default=inf)
    return ((index, head) for index, head in heads if head.called < horizon)


def ends(operation: Operation) -> float:
    """When the call returned; never, for a pending one."""
    return inf if operation.returned is None else operation.returned


def search(lanes: Sequence[Lane], model: Model) -> tuple[bool, Placed]:
    """Whether all returned calls can be placed, and the best placement found (then: all)."""
    wanted = sum(not operation.pending for lane in lanes for operation in lane)
    best = Placed((0,) * len(lanes), model.initial, 0)
    stack = [best]
    seen = {(best.positions, best.state)}
    while stack:
        node = stack.pop()
        if node.completed > best.completed:
            best = node
        if node.completed == wanted:
            return True, node
        for following in _successors(lanes, model, node):
            key = (following.positions, following.state)
            if key not in seen:
                seen.add(key)
                stack.append(following)
    return False, best


def _successors(lanes: Sequence[Lane], model: Model, node: Placed) -> Iterator[Placed]:
    """Last to return first: the stack then tries the first to return, which must come soon."""
    options = sorted(candidates(lanes, node.positions), key=lambda item: -ends(item[1]))
    for index, operation in options:
        ahead = node.positions
        positions = (*ahead[:index], ahead[index] + 1, *ahead[index + 1 :])
        completed = node.completed + (not operation.pending)
        for result, state in model.step(node.state, operation):
            if operation.pending or agrees(operation.result, result):
                yield Placed(positions, state, completed, operation, node)
