"""Missing: memory keeps its length (realloc copies the new size; at the end of the heap the slice is
shorter).

Level: 4
Killed by: test_realloc_of_the_last_block_touches_nothing_behind_the_heap
Verdict: WRONG
Lesson: A bytearray changes its length when a slice is set to fewer bytes. C would read behind the
heap.
"""

from __future__ import annotations

import functools
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import ClassVar, NamedTuple


class State(IntEnum):
    FREE = 0
    USED = 1


class Block(NamedTuple):
    at: int
    size: int
    state: State
    before: int

    @property
    def end(self) -> int:
        return self.at + self.size


def synchronized(method):
    @functools.wraps(method)
    def wrapper(self, *args, **kwargs):
        with self._mutex:
            return method(self, *args, **kwargs)

    return wrapper


@dataclass(slots=True, eq=False)
class FreeListAllocator:
    heap_size: int
    memory: bytearray = field(init=False, repr=False)
    _mutex: threading.RLock = field(init=False, repr=False, default_factory=threading.RLock)
    _end: int = field(init=False)
    HEADER: ClassVar[struct.Struct] = struct.Struct("=II")
    MINIMUM: ClassVar[int] = 32

    def __post_init__(self) -> None:
        if self.heap_size < self.MINIMUM:
            raise ValueError(self.heap_size)
        self.memory = bytearray(self.heap_size)
        self._end = self.heap_size - self.heap_size % 8
        self._write(Block(0, self._end, State.FREE, 0))

    def _read(self, at: int) -> Block:
        word, before = self.HEADER.unpack_from(self.memory, at)
        return Block(at, word & ~7, State(word & 1), before)

    def _write(self, block: Block) -> Block:
        self.HEADER.pack_into(self.memory, block.at, block.size | block.state, block.before)
        match block.end:
            case end if end < self._end:
                word, _ = self.HEADER.unpack_from(self.memory, end)
                self.HEADER.pack_into(self.memory, end, word, block.size)
        return block

    def _blocks(self) -> Iterator[Block]:
        at = 0
        while at < self._end:
            yield (block := self._read(at))
            at = block.end

    @staticmethod
    def _need(size: int) -> int:
        if size < 1:
            raise ValueError("size < 1")
        return max(32, (size + 7 & ~7) + 8)

    @synchronized
    def malloc(self, size: int) -> int | None:
        need = self._need(size)
        fits = (b for b in self._blocks() if b.state is State.FREE and b.size >= need)
        match min(fits, key=lambda b: b.size, default=None):
            case None:
                return None
            case Block(at=at) as block:
                self._use(block, need)
                return at + 8

    def _use(self, block: Block, need: int) -> None:
        rest = block.size - need
        if rest >= self.MINIMUM:
            # the rest first: writing the front then corrects its `before`
            self._write(Block(block.at + need, rest, State.FREE, need))
            block = block._replace(size=need)
            self._write(block._replace(state=State.USED))
            self._merge(self._read(block.end))
        else:
            self._write(block._replace(state=State.USED))

    def _merge(self, block: Block) -> Block:
        if block.end < self._end and (after := self._read(block.end)).state is State.FREE:
            block = block._replace(size=block.size + after.size)
        if block.before and (b := self._read(block.at - block.before)).state is State.FREE:
            block = Block(b.at, b.size + block.size, State.FREE, b.before)
        return self._write(block._replace(state=State.FREE))

    def _find(self, ptr: int) -> Block:
        for block in self._blocks():
            if block.at + 8 == ptr and block.state is State.USED:
                return block
        raise ValueError(f"no such block: {ptr}")

    @synchronized
    def free(self, ptr: int | None) -> None:
        match ptr:
            case None:
                return
            case _:
                self._merge(self._find(ptr))

    @synchronized
    def realloc(self, ptr: int | None, size: int) -> int | None:
        need = self._need(size)
        if ptr is None:
            return self.malloc(size)
        block = self._find(ptr)
        if block.size < need and block.end < self._end:
            after = self._read(block.end)
            if after.state is State.FREE and block.size + after.size >= need:
                block = block._replace(size=block.size + after.size)
        if block.size >= need:
            self._use(block, need)
            return ptr
        new = self.malloc(size)
        if new is not None:
            count = size
            self.memory[new : new + count] = self.memory[ptr : ptr + count]
            self.free(ptr)
        return new
