"""thread_pool: submit and result of a task that does nothing, many at a time and one by one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import Any

from harness.compare.race import Entry, Peer, Race, Work

WORKERS = 2
AT_A_TIME = 100


def _task() -> None:
    """Nothing: what is measured is the pool."""


def _bursts(submit: Callable[[Callable[[], None]], Any]) -> Work:
    def work(count: int) -> None:
        left = count
        while left > 0:
            futures = [submit(_task) for _ in range(min(AT_A_TIME, left))]
            for future in futures:
                future.result()
            left -= AT_A_TIME

    return work


def _round_trips(submit: Callable[[Callable[[], None]], Any]) -> Work:
    def work(count: int) -> None:
        for _ in repeat(None, count):
            submit(_task).result()

    return work


def _entry(pool: Any, way: Callable[[Callable[[Callable[[], None]], Any]], Work]) -> Entry:
    return Entry(way(pool.submit), pool.shutdown)


def _executor(way: Callable[[Callable[[Callable[[], None]], Any]], Work]) -> Peer:
    return Peer("ThreadPoolExecutor", lambda: _entry(ThreadPoolExecutor(WORKERS), way))


RACES = (
    Race(
        f"submit {AT_A_TIME} tasks that do nothing, then all results; {WORKERS} workers",
        "a task",
        lambda kata: _entry(kata.ThreadPool(WORKERS), _bursts),
        (_executor(_bursts),),
    ),
    Race(
        f"submit one and wait for its result; {WORKERS} workers",
        "a task",
        lambda kata: _entry(kata.ThreadPool(WORKERS), _round_trips),
        (_executor(_round_trips),),
    ),
)
