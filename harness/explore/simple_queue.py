"""Simulated `queue.SimpleQueue`, which in CPython is written in C: each call is one atomic step."""

from __future__ import annotations

from collections import deque
from types import GenericAlias
from typing import Any

from harness.explore.locks import QUEUE_SITE, lock_point, running
from harness.explore.memory import SCAN, WRITE
from harness.explore.simthread import SimThread
from harness.explore.state import STATE


class SimpleQueue:
    """`queue.SimpleQueue`."""

    __slots__ = ("__weakref__", "free", "items")
    kind = "queue"
    __class_getitem__: Any = classmethod(GenericAlias)

    def __init__(self) -> None:
        self.items: deque[Any] = deque()
        self.free = False

    def _step(self, kind: int) -> SimThread | None:
        """A point that always counts; then the event."""
        thread = STATE.thread
        if thread is None or thread.index < 0:
            return None
        lock_point(thread)
        self._note(thread, kind)
        return thread

    def _note(self, thread: SimThread, kind: int) -> None:
        memory = STATE.memory
        memory.access(thread, self, "items", QUEUE_SITE, kind)

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        self._step(WRITE)
        self.items.append(item)
        self.free = True

    def put_nowait(self, item: Any) -> None:
        self.put(item)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        if not block:
            return self.get_nowait()
        if timeout is not None and timeout < 0:
            raise ValueError("'timeout' must be a non-negative number")
        thread = running()
        if not STATE.run.block(thread, self, timeout, True):
            from _queue import Empty

            raise Empty
        self._note(thread, WRITE)
        return self._pop()

    def get_nowait(self) -> Any:
        self._step(WRITE)
        if not self.items:
            from _queue import Empty

            raise Empty
        return self._pop()

    def _pop(self) -> Any:
        item = self.items.popleft()
        self.free = bool(self.items)
        return item

    def __reduce__(self) -> str:
        raise TypeError("cannot pickle '_queue.SimpleQueue' object")

    def empty(self) -> bool:
        self._step(SCAN)
        return not self.items

    def qsize(self) -> int:
        self._step(SCAN)
        return len(self.items)
