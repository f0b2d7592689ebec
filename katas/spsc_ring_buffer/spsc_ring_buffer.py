"""A ring buffer for one producer and one consumer. The question is in README.md; write your answer here.

Work level by level: `tox -e spsc_ring_buffer` grades what is there and stops at the first level that
fails. The TODOs are numbered like the levels, and like the hints in hints.md. Only the standard
library; import threading, time and so on as you like.
"""

from collections.abc import Sequence
from typing import Any


class Closed(Exception):
    """The producer has said that nothing more will come."""


class SpscRingBuffer:
    """First in, first out, at most `capacity` items, between one producer and one consumer thread.

    TODO 1: empty and full look the same if all you have is two positions. How do you tell them apart?
    TODO 2: no lock. Which of your variables does only one of the two threads ever write?
    TODO 3: one side looks and goes to sleep, the other side looks for sleepers. Who speaks first?
    TODO 4: ten items, and the other side must see none or all of them.
    """

    capacity: int

    def __init__(self, capacity: int) -> None:
        """Raise ValueError if capacity < 1."""
        # TODO 1
        raise NotImplementedError("level 1: SpscRingBuffer.__init__")

    def try_push(self, item: Any) -> bool:
        """Producer only. Store the item and return True; return False if the ring is full.

        Level 1: any object is an item, None too.
        Level 2: uses no lock; ends after a bounded number of its own steps wherever the consumer is stopped.
        Level 3: raises Closed after close. Still no lock while no one blocks on the other side.
        """
        # TODO 1: which slot?
        # TODO 2: the consumer may look between any two of your lines. In which order must they stand?
        # TODO 3: somebody may be asleep, or just about to fall asleep.
        raise NotImplementedError("level 1: SpscRingBuffer.try_push")

    def try_pop(self, default: Any = None) -> Any:
        """Consumer only. The oldest item; `default` if there is none, after close too.

        Level 1: the slot of a popped item keeps no reference to it.
        Level 2: as try_push, wherever the producer is stopped.
        """
        # TODO 1: what stays behind in the slot?
        # TODO 2: from which line on does the slot belong to the producer?
        # TODO 3: room is news too.
        raise NotImplementedError("level 1: SpscRingBuffer.try_pop")

    def __len__(self) -> int:
        """Level 2: between 0 and `capacity`, whoever asks: either side or a third thread."""
        # TODO 2: you read two numbers, one after the other.
        raise NotImplementedError("level 2: SpscRingBuffer.__len__")

    def push(self, item: Any, timeout: float | None = None) -> bool:
        """Level 3, producer only. As try_push, but blocks while full; False at the deadline.

        Blocks: asleep until woken, without a timer to look again. Raises Closed after close.
        """
        # TODO 3
        raise NotImplementedError("level 3: SpscRingBuffer.push")

    def pop(self, timeout: float | None = None, default: Any = None) -> Any:
        """Level 3, consumer only. As try_pop, but blocks while empty; `default` at the deadline.

        After close it drains what is there, then raises Closed; a blocked pop wakes when close comes.
        """
        # TODO 3: "empty", then "closed": what may have happened in between?
        raise NotImplementedError("level 3: SpscRingBuffer.pop")

    def close(self) -> None:
        """Level 3, producer only. From now on pushes of any kind raise Closed."""
        # TODO 3
        raise NotImplementedError("level 3: SpscRingBuffer.close")

    def push_many(self, items: Sequence[Any]) -> int:
        """Level 4, producer only. Store as many as fit, in order; return how many. Published at once."""
        # TODO 4
        raise NotImplementedError("level 4: SpscRingBuffer.push_many")

    def pop_many(self, limit: int) -> list[Any]:
        """Level 4, consumer only. Up to `limit` items, in order; [] if there are none, after close too.

        Raises ValueError if limit < 1. Gives the room back at once.
        """
        # TODO 4
        raise NotImplementedError("level 4: SpscRingBuffer.pop_many")
