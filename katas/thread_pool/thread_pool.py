"""A fixed-size thread pool. The question is in README.md; write your answer into this file.

Work level by level: `tox -e thread_pool` grades what is there and stops at the first level that
fails. The TODOs are numbered like the levels, and like the hints in hints.md. Only the standard
library; import threading, collections, heapq, queue, concurrent.futures and so on as you like.
"""

from concurrent.futures import Future
from typing import Any


class ThreadPool:
    """`num_workers` threads that run the calls given to submit.

    Methods may be called from any thread. Two pools share nothing.

    TODO 1: several threads will look at your queue and change it at the same time, and a worker that
            finds it empty has to sleep without missing the task that is just being submitted.
    TODO 2: now submitters sleep too. Who tells whom, and can the wrong one wake up?
    TODO 3: on the way out somebody may be asleep, busy, or about to fall asleep.
    TODO 4: the queue gets a new order. Two tasks may be equally urgent, and tasks don't compare.
    TODO 5: somebody else may change the state of a future at the very moment when you look at it.
    """

    def __init__(self, num_workers: int, max_pending: int | None = None) -> None:
        """Start exactly `num_workers` threads, which are reused; no other thread runs a task.

        max_pending (level 2): how many tasks may wait, those that run not counted; None: unbounded.
        Raises ValueError, with no thread left running, if num_workers < 1 or max_pending < 1.
        """
        # TODO 1: what can fail, and what has to be undone if it fails late?
        raise NotImplementedError("level 1: ThreadPool.__init__")

    def submit(self, fn: Any, /, *args: Any, priority: int = 0, **kwargs: Any) -> Future:
        """Have a worker call fn(*args, **kwargs); return the future that will carry its outcome.

        The outcome is the result or the exception raised, BaseException included; the worker survives.
        A task may call submit itself.

        Level 1: tasks are taken in the order submitted; up to num_workers run at once.
        Level 2: blocks (asleep, without a timer) while max_pending tasks wait. One place freed lets
                 one blocked submitter in.
        Level 3: raises RuntimeError after shutdown, and when shutdown comes while it is blocked.
                 A future that was returned always completes.
        Level 4: among waiting tasks the smallest priority starts first; equal ones keep their order.
        Level 5: a future cancelled while its task waits is never run. It stops counting against
                 max_pending, and concurrent.futures.wait and as_completed see it, at the latest when
                 a worker reaches it.
        """
        # TODO 1: a task can raise anything. Who must not die of it, and who has to hear of it?
        # TODO 2: between being woken and going on, others may have been here.
        # TODO 3: is what you checked before you slept still true?
        raise NotImplementedError("level 1: ThreadPool.submit")

    def shutdown(self, wait: bool = True, *, cancel_pending: bool = False) -> None:
        """Take no more tasks; every task accepted before still runs to its end.

        wait=True returns only when no worker thread is alive; wait=False returns at once. Calling it
        again is harmless, from any thread that is not a worker, and with wait=True waits too. A task
        may call shutdown(wait=False).

        cancel_pending (level 5): cancel every task that no worker has taken yet, and still wait for
        the running ones. Whoever waits for such a future wakes with CancelledError;
        concurrent.futures.wait and as_completed see it too.
        """
        # TODO 3: who sleeps at this moment, and what would wake each of them?
        # TODO 5: cancel() is not all that those who wait for a future need.
        raise NotImplementedError("level 3: ThreadPool.shutdown")

    def __enter__(self) -> "ThreadPool":
        """Return this pool."""
        raise NotImplementedError("level 3: ThreadPool.__enter__")

    def __exit__(self, *exc: object) -> None:
        """shutdown(wait=True), however the with block was left; exceptions pass through."""
        raise NotImplementedError("level 3: ThreadPool.__exit__")
