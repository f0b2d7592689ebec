"""Tell the explorer that the order of calls and returns can be seen.

The explorer runs one of several schedules that differ only in the order of accesses that do not
touch each other. A history does tell them apart: whether one call had returned when another began
is what linearizability is about. A queue whose push and pop use two lists never conflicts, and
would pass with the one order in which each call is explained. So a return counts as a write of the
history and a call as a read: every order of a return and another thread's call is then explored.

Guarantees: no effect outside of a simulated execution.
Assumptions: between the last point and the recorder, the calling thread runs nothing that others
can see, so that a switch at that point puts the other thread's return before the call.
"""

from harness.explore.locks import QUEUE_SITE
from harness.explore.memory import READ, WRITE
from harness.explore.state import STATE


def call_begins(history: object) -> None:
    """The running thread is about to call: it sees which calls have returned."""
    thread = STATE.thread
    if thread is not None:
        site = thread.site if thread.site >= 0 else QUEUE_SITE
        STATE.memory.access(thread, history, "order", site, READ)


def call_returns(history: object) -> None:
    """The call of the running thread has returned: calls that begin later can tell.

    No switch is needed in front of it. A return that comes as early as it can is the strictest.
    """
    thread = STATE.thread
    if thread is not None:
        STATE.memory.access(thread, history, "order", QUEUE_SITE, WRITE)


def running_thread() -> tuple[int, str] | None:
    """The number and the name of the simulated thread that runs; None under real threads."""
    thread = STATE.thread
    if thread is None:
        return None
    return thread.index, STATE.run.name_of(thread)
