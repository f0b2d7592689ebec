"""Missing: a small free neighbour is one for realloc, too (small blocks that were freed are merged
only when malloc finds nothing).

Level: 4
Killed by: test_realloc_grows_in_place_into_a_small_neighbour
Verdict: WRONG
Lesson: Who puts merging off has to ask at each place that relies on it whether it is due: malloc is
not the only one.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

log = logging.getLogger(__name__)


class State(IntEnum):
    FREE = 0
    USED = 1
    QUICK = 2


class Block(NamedTuple):
    at: int
    size: int
    state: State

    @property
    def end(self) -> int:
        return self.at + self.size


class HeapError(ValueError):
    pass


class FreeListAllocator:
    HDR = 8
    MIN = 32
    QUICK_MAX = 80

    def __init__(self, heap_size: int) -> None:
        if not heap_size >= 32:
            raise HeapError(f"heap_size={heap_size}")
        self.memory = bytearray(heap_size)
        self._top = heap_size - heap_size % 8
        self._mx = threading.BoundedSemaphore()
        self._quick = 0
        self._emit(Block(0, self._top, State.FREE))
        log.debug("heap of %d bytes", heap_size)

    def _emit(self, b: Block) -> None:
        self.memory[b.at : b.at + 8] = (b.size << 2 | b.state).to_bytes(8, "big")

    def _load(self, at: int) -> Block:
        w = int.from_bytes(self.memory[at : at + 8], "big")
        return Block(at, w >> 2, State(w & 3))

    def _blocks(self) -> Iterator[Block]:
        at = 0
        while at < self._top:
            yield (b := self._load(at))
            at = b.end

    def _consolidate(self) -> None:
        run: Block | None = None
        for b in self._blocks():
            match b.state:
                case State.USED:
                    if run:
                        self._emit(run)
                    run = None
                case _:
                    run = (
                        Block(run.at, run.size + b.size, State.FREE)
                        if run
                        else b._replace(state=State.FREE)
                    )
        if run:
            self._emit(run)
        self._quick = 0

    def _take(self, need: int) -> int | None:
        for again in (True, False):
            fits = [b for b in self._blocks() if b.state is not State.USED and b.size >= need]
            exact = next((b for b in fits if b.size == need), None)
            b = exact or min(
                (b for b in fits if b.state is State.FREE),
                key=lambda b: (b.size, b.at),
                default=None,
            )
            if b is not None:
                if b.state is State.QUICK:
                    self._quick -= 1
                self._cut(b, need)
                return b.at + self.HDR
            if again:
                self._consolidate()
        return None

    def _cut(self, b: Block, need: int) -> None:
        if b.size - need >= self.MIN:
            self._emit(Block(b.at + need, b.size - need, State.FREE))
            b = b._replace(size=need)
        self._emit(b._replace(state=State.USED))

    @classmethod
    def _need(cls, size: int) -> int:
        if size < 1:
            raise HeapError(f"size={size}")
        return max(cls.MIN, cls.HDR + (size + 7 & ~7))

    def _find(self, ptr: int) -> Block:
        for b in self._blocks():
            if b.at + self.HDR == ptr and b.state is State.USED:
                return b
        raise HeapError(f"{ptr!r} is not live")

    def _drop(self, b: Block) -> None:
        quick = b.size <= self.QUICK_MAX
        self._emit(b._replace(state=State.QUICK if quick else State.FREE))
        self._quick += quick
        if not quick:
            self._consolidate()

    def malloc(self, size: int) -> int | None:
        need = self._need(size)
        with self._mx:
            return self._take(need)

    def free(self, ptr: int | None) -> None:
        if ptr is None:
            return
        with self._mx:
            self._drop(self._find(ptr))

    def realloc(self, ptr: int | None, size: int) -> int | None:
        need = self._need(size)
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._mx)
            if ptr is None:
                return self._take(need)
            b = self._find(ptr)
            if need > b.size and b.end < self._top:
                n = self._load(b.end)
                if n.state is State.FREE and b.size + n.size >= need:
                    b = b._replace(size=b.size + n.size)
            if need <= b.size:
                self._cut(b, need)
                self._consolidate()
                return ptr
            new = self._take(need)
            if new is not None:
                n = b.size - self.HDR
                self.memory[new : new + n] = self.memory[ptr : ptr + n]
                self._drop(b)
            return new

    def __repr__(self) -> str:
        return " ".join(f"{b.at}:{b.size}{b.state.name[0]}" for b in self._blocks())
