"""spsc_ring_buffer: items in and out, one at a time, in batches, and from thread to thread."""

import queue
import threading
from collections import deque
from collections.abc import Callable
from itertools import repeat
from typing import Any

from harness.compare.race import Entry, Peer, Race, Work

CAPACITY = 1024
BATCH = 256


def _in_and_out(push: Callable[[object], object], pop: Callable[[], object]) -> Work:
    item = object()

    def work(count: int) -> None:
        for _ in repeat(None, count):
            push(item)
            pop()

    return work


def _ring(kata: Any) -> Entry:
    ring = kata.SpscRingBuffer(CAPACITY)
    return Entry(_in_and_out(ring.try_push, ring.try_pop))


def _simple_queue() -> Entry:
    line: queue.SimpleQueue[object] = queue.SimpleQueue()
    return Entry(_in_and_out(line.put, line.get_nowait))


def _deque() -> Entry:
    line: deque[object] = deque(maxlen=CAPACITY)
    return Entry(_in_and_out(line.append, line.popleft))


def _from_thread_to_thread(push: Callable[[object], object], pop: Callable[[], object]) -> Work:
    item = object()

    def feed(count: int) -> None:
        for _ in repeat(None, count):
            push(item)

    def work(count: int) -> None:
        producer = threading.Thread(target=feed, args=(count,), daemon=True)
        producer.start()
        for _ in repeat(None, count):
            pop()
        producer.join()

    return work


def _ring_between(kata: Any) -> Entry:
    ring = kata.SpscRingBuffer(CAPACITY)
    return Entry(_from_thread_to_thread(ring.push, ring.pop))


def _simple_queue_between() -> Entry:
    line: queue.SimpleQueue[object] = queue.SimpleQueue()
    return Entry(_from_thread_to_thread(line.put, line.get))


def _queue_between() -> Entry:
    line: queue.Queue[object] = queue.Queue(CAPACITY)
    return Entry(_from_thread_to_thread(line.put, line.get))


def _in_batches(push: Callable[[list[object]], object], pop: Callable[[int], object]) -> Work:
    items: list[object] = [object()] * BATCH

    def work(count: int) -> None:
        for _ in repeat(None, -(-count // BATCH)):
            push(items)
            pop(BATCH)

    return work


def _ring_batches(kata: Any) -> Entry:
    ring = kata.SpscRingBuffer(CAPACITY)
    return Entry(_in_batches(ring.push_many, ring.pop_many))


def _deque_batches() -> Entry:
    line: deque[object] = deque(maxlen=CAPACITY)

    def pop(limit: int) -> list[object]:
        take = line.popleft
        return [take() for _ in repeat(None, limit)]

    return Entry(_in_batches(line.extend, pop))


RACES = (
    Race(
        "try_push and try_pop, by one thread",
        "an item",
        _ring,
        (Peer("queue.SimpleQueue", _simple_queue), Peer("collections.deque", _deque)),
        calls=2.0,
    ),
    Race(
        f"push and pop, from thread to thread, room for {CAPACITY:,}",
        "an item",
        _ring_between,
        (
            Peer("SimpleQueue, no bound", _simple_queue_between),
            Peer(f"queue.Queue({CAPACITY})", _queue_between),
        ),
        calls=2.0,
    ),
    Race(
        f"push_many and pop_many, batches of {BATCH}, by one thread",
        "an item",
        _ring_batches,
        (Peer("collections.deque", _deque_batches),),
        calls=3.0 / BATCH,
    ),
)
