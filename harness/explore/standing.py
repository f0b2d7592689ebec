"""Who holds which lock and who waits for what after each step, in words."""

from __future__ import annotations

from typing import Any

from harness.explore.camera import Waiting
from harness.explore.labels import Labels
from harness.explore.trace import Step


class Standing:
    """The state of locks and threads, taken forward step by step."""

    def __init__(self, names: list[str], labels: Labels) -> None:
        self._names = names
        self._labels = labels
        self._owners: dict[object, int] = {}  # in the order in which they were taken
        self._waiting: list[Waiting] = []
        self._calls: dict[
            int, str
        ] = {}  # the last thing that each thread called: self.changed.wait

    def after(self, step: Step, waiting: list[Waiting]) -> None:
        """Takes note of a step, and of who waits after it."""
        self._waiting = sorted(waiting, key=lambda wait: wait.thread)
        match step.kind:
            case "call":
                self._calls[step.thread] = step.what
            case "take":
                self._owners[step.key] = step.thread
            case "release":
                self._owners.pop(step.key, None)

    def held(self) -> list[list[Any]]:
        """[thread, lock] for each lock that is held, in the order taken."""
        return [[thread, self._labels.lock(key)] for key, thread in self._owners.items()]

    def waits(self) -> list[list[Any]]:
        """[thread, for what, the thread that it needs or None, the lock or ''] for each that cannot go on."""
        return [[w.thread, self._said(w), w.other, self._lock(w)] for w in self._waiting]

    def _lock(self, wait: Waiting) -> str:
        return self._labels.lock(wait.key) if wait.kind == "lock" else ""

    def reason(self, thread: int) -> str:
        """What a thread waits for, in words that follow "waits"."""
        return next((self._said(wait) for wait in self._waiting if wait.thread == thread), "")

    def _said(self, wait: Waiting) -> str:
        return self._for(wait) + (", for a limited time" if wait.timed else "")

    def _for(self, wait: Waiting) -> str:
        name = "" if wait.other is None else self._names[wait.other]
        call = self._calls.get(wait.thread, "")
        match wait.kind:
            case "lock":
                holder = f", held by {name}" if name else ""
                return f"for {self._labels.lock(wait.key)}{holder}"
            case "join":
                return f"for {name} to end"
            case "queue":
                return "for an item in a queue"
            case "sleep":
                return "until its time is up"
            case "frozen":
                return "for the test to let it go on"
            case _:
                return f"to be woken in {call}()" if call else "to be woken"
