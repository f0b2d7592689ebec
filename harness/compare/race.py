"""What is compared: a work, and who does it.

Guarantees: all who run a race go through the same loop, so that its cost is the same for all of them.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

Work = Callable[[int], object]  # does so many operations


def _nothing() -> None:
    """Nothing to clean up."""


@dataclass(frozen=True)
class Entry:
    """Somebody ready to start."""

    work: Work
    close: Callable[[], object] = _nothing
    gauge: Work | None = None  # tells how many operations fill a window, where `work` cannot


@dataclass(frozen=True)
class Peer:
    """What one would take instead; `make` raises ImportError where it is not installed."""

    name: str
    make: Callable[[], Entry]


@dataclass(frozen=True)
class Race:
    """One work of a kata."""

    title: str
    operation: str  # what is counted
    enter: Callable[[Any], Entry]  # with a module that has the kata's API
    peers: tuple[Peer, ...] = ()
    calls: float = 1.0  # of C that the adapter makes for one operation
    length: int = 1  # how many times as long as others its windows are


def again(call: Callable[[], object]) -> Work:
    """The work of making one call so many times."""

    def work(count: int) -> None:
        for _ in repeat(None, count):
            call()

    return work


def shared_out(threads: int, work: Work) -> Work:
    """The same work, done by several threads that take equal shares; an error in one is raised here.

    The threads are started anew each time: some 50 us each on a quiet machine, much more on a busy one.
    """

    def in_threads(count: int) -> None:
        errors: list[BaseException] = []
        shares = [(count + place) // threads for place in range(threads)]

        def body(share: int) -> None:
            try:
                work(share)
            except BaseException as error:
                errors.append(error)

        crew = [threading.Thread(target=body, args=(share,)) for share in shares]
        for member in crew:
            member.start()
        for member in crew:
            member.join()
        if errors:
            raise errors[0]

    return in_threads


def crowd(threads: int, entry: Entry) -> Entry:
    """The same, by several threads. One alone gauges it: to start threads can take longer than a window."""
    return replace(entry, work=shared_out(threads, entry.work), gauge=entry.work)
