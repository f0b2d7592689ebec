"""Missing: push_many stores the items (it keeps the list itself until they are popped).

Level: 4
Killed by: test_push_many_stores_as_many_as_fit
Verdict: WRONG
Lesson: A queue of chunks is a fine design, if the chunks are its own. A caller who fills the same buffer again
changes what he has long since pushed.
"""
import threading
from collections import deque
from time import monotonic


class Closed(Exception):
    """Nothing more."""


class SpscRingBuffer:
    def __init__(self, capacity):
        if not capacity >= 1:
            raise ValueError("capacity must be 1 or more")
        self.capacity = capacity
        self._chunks = deque()
        self._current = deque()
        self._in = 0
        self._out = 0
        self._closed = False
        self._push_gate = None
        self._pop_gate = None

    # producer
    def _put(self, chunk):
        self._chunks.append(chunk)
        self._in += len(chunk)
        gate = self._pop_gate
        if gate is not None:
            gate.set()

    def _room(self):
        return self.capacity - (self._in - self._out)

    def try_push(self, item):
        if self._closed:
            raise Closed
        if self._room() < 1:
            return False
        self._put(deque([item]))
        return True

    def push_many(self, items):
        if self._closed:
            raise Closed
        fit = min(self._room(), len(items))
        if fit:
            self._put(items if fit == len(items) else items[:fit])
        return fit

    def push(self, item, timeout=None):
        until = None if timeout is None else monotonic() + timeout
        while not self.try_push(item):
            gate = self._push_gate = threading.Event()
            try:
                if not self._room() and not gate.wait(None if until is None else max(0, until - monotonic())):
                    return False
            finally:
                self._push_gate = None
        return True

    def close(self):
        self._closed = True
        gate = self._pop_gate
        if gate is not None:
            gate.set()

    # consumer
    def _stock(self):
        return self._in - self._out

    def _get(self, number):
        got = []
        for _ in range(number):
            if not self._current:
                self._current = deque(self._chunks.popleft())
            got.append(self._current.popleft())
        if number:
            self._out += number
            gate = self._push_gate
            if gate is not None:
                gate.set()
        return got

    def try_pop(self, default=None):
        if not self._stock():
            return default
        return self._get(1)[0]

    def pop_many(self, limit):
        if limit < 1:
            raise ValueError("limit must be 1 or more")
        return self._get(min(limit, self._stock()))

    def pop(self, timeout=None, default=None):
        until = None if timeout is None else monotonic() + timeout
        while True:
            ended = self._closed
            if self._stock():
                return self.try_pop()
            if ended:
                raise Closed
            gate = self._pop_gate = threading.Event()
            try:
                if self._stock() or self._closed:
                    continue
                if not gate.wait(None if until is None else max(0, until - monotonic())):
                    if self._closed and not self._stock():
                        raise Closed
                    return default
            finally:
                self._pop_gate = None

    def __len__(self):
        out = self._out
        return min(self._in - out, self.capacity)
