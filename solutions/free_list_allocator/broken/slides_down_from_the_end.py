"""Missing: realloc keeps every byte where it slides down (it copies from the end, over what is still to
be copied).

Level: 4
Killed by: test_realloc_beside_a_free_block_before_it_keeps_every_byte
Verdict: WRONG
Lesson: Where source and target overlap the direction matters: downwards from the start, upwards from the
end. memmove asks, memcpy does not.
"""

import collections
import itertools
import threading
import types
from operator import itemgetter


def _machine(memory):
    end = len(memory) // 8 * 8
    token, nudge = collections.deque([None]), threading.Condition()

    class Section:
        def __enter__(self):
            with nudge:
                nudge.wait_for(lambda: bool(token))
                token.pop()

        def __exit__(self, *_):
            with nudge:
                token.append(None)
                nudge.notify()

    guard = Section()

    def put(at, nxt, used):
        memory[at : at + 4] = (nxt | used).to_bytes(4, "little")

    def get(at):
        w = int.from_bytes(memory[at : at + 4], "little")
        return w & ~1, w & 1

    def walk():
        at = 0
        while at < end:
            nxt, used = get(at)
            yield at, nxt, used
            at = nxt

    def merged():
        for used, run in itertools.groupby(walk(), itemgetter(2)):
            if used:
                yield from run
            else:
                run = list(run)
                put(run[0][0], run[-1][1], 0)
                yield run[0][0], run[-1][1], 0

    def need_of(size):
        if size < 1:
            raise ValueError("size")
        return max(32, (size + 7) // 8 * 8 + 8)

    def settle(at, nxt, need):
        if nxt - at - need >= 32:
            put(at + need, nxt, 0)
            nxt = at + need
        put(at, nxt, 1)
        return at + 8

    def obtain(need):
        found = min(
            ((n - a, a, n) for a, n, u in merged() if not u and n - a >= need), default=None
        )
        return None if found is None else settle(*found[1:], need)

    def lookup(ptr):
        before = None
        for block in merged():
            if block[0] + 8 == ptr and block[2]:
                return before, block
            before = block
        raise ValueError("ptr")

    def malloc(size):
        need = need_of(size)
        with guard:
            return obtain(need)

    def free(ptr):
        if ptr is None:
            return
        with guard:
            _, (at, nxt, _) = lookup(ptr)
            put(at, nxt, 0)

    def realloc(ptr, size):
        need = need_of(size)
        with guard:
            if ptr is None:
                return obtain(need)
            before, (at, nxt, _) = lookup(ptr)
            list(merged())
            stop = nxt
            if need > nxt - at and nxt < end and not get(nxt)[1]:
                stop = get(nxt)[0]
            if stop - at >= need:
                return settle(at, stop, need)
            new = obtain(need)
            length = nxt - at - 8
            if new is not None:
                memory[new : new + length] = memory[ptr : ptr + length]
                put(at, nxt, 0)
                return new
            if before and not before[2] and stop - before[0] >= need:
                new = before[0] + 8
                for i in range(length - 1, -1, -1):
                    memory[new + i] = memory[ptr + i]
                settle(before[0], stop, need)
                return new
            return None

    put(0, end, 0)
    return types.SimpleNamespace(malloc=malloc, free=free, realloc=realloc, memory=memory)


class FreeListAllocator:
    def __init__(self, heap_size: int) -> None:
        if heap_size < 32:
            raise ValueError("too small")
        self.__ns = _machine(bytearray(heap_size))

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.__ns, name)
