"""The checker on long histories: 2,000 calls of 4 threads, right and with one result wrong."""

import random
from dataclasses import dataclass, replace

import pytest

from harness.history import FifoQueue, Operation, check

CAPACITY = 8


@dataclass
class Running:
    """A call under way: first it takes effect at some moment, then it returns."""

    called: int
    name: str
    args: tuple[int, ...]
    result: object = None
    took_effect: bool = False

    def take_effect(self, queue: list[int]) -> None:
        self.took_effect = True
        if self.name == "try_pop":
            self.result = queue.pop(0) if queue else None
        else:
            self.result = len(queue) < CAPACITY
            queue.extend(self.args if self.result else ())


def long_history(calls: int, seed: int) -> list[Operation]:
    """A linearizable history: each call takes effect at one moment between its ends."""
    rng = random.Random(seed)
    queue: list[int] = []
    running: dict[str, Running] = {}
    history: list[Operation] = []
    tick = 0
    while len(history) < calls:
        tick += 1
        thread = rng.choice("abcd")
        call = running.get(thread)
        if call is None:
            push = rng.random() < 0.5
            name, args = ("try_push", (tick,)) if push else ("try_pop", ())
            running[thread] = Running(tick, name, args)
        elif not call.took_effect:
            call.take_effect(queue)
        else:
            del running[thread]
            done = Operation(thread, call.name, call.args, (), call.called, tick, call.result)
            history.append(done)
    return history


@pytest.mark.timeout(20)
@pytest.mark.parametrize("seed", range(3))
def test_two_thousand_calls_of_four_threads_are_judged(seed: int) -> None:
    history = long_history(2000, seed)
    assert check(history, FifoQueue(CAPACITY))


@pytest.mark.timeout(20)
def test_one_wrong_result_among_two_thousand_calls_is_found() -> None:
    history = long_history(2000, seed=7)
    place = next(i for i in range(1500, 2000) if type(history[i].result) is int)
    history[place] = replace(history[place], result=-1)
    judgement = check(history, FifoQueue(CAPACITY))
    assert not judgement
    assert len(judgement.order) >= 1400
    assert "-> -1" in judgement.explanation
    assert len(judgement.explanation.splitlines()) < 60
