"""Ends a process and everything that it has started, however it tried to slip away.

Guarantees: after `end_all` no process of the run is left on Linux, where orphans come to us
(PR_SET_CHILD_SUBREAPER) and are told by a mark in their environment; elsewhere none of its
process group nor of its known descendants.
Assumptions: nobody else waits for the children of this process.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import psutil

from harness.grading.launch import MARK, Process

ROUNDS = 50  # a fork bomb loses ground in each
_PR_SET_CHILD_SUBREAPER = 36


_adopting = 0  # runs that want it now; guarded by _lock, as the flag is the whole process's
_lock = threading.Lock()


@contextlib.contextmanager
def adopting_orphans() -> Iterator[None]:
    """While this lasts, descendants whose parent dies become our children (Linux)."""
    _adopt(1)
    try:
        yield
    finally:
        _adopt(-1)


def _adopt(more: int) -> None:
    global _adopting
    with _lock:
        _adopting += more
        _subreaper(int(_adopting > 0))


def _subreaper(on: int) -> None:
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, on, 0, 0, 0)


def descendants(pid: int) -> list[psutil.Process]:
    """All that the process has started and that still hangs from it."""
    try:
        return psutil.Process(pid).children(recursive=True)
    except psutil.Error:
        return []


def memory(process: psutil.Process) -> int:
    """Resident bytes; 0 for one that is gone."""
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def end_all(process: Process, mark: str) -> None:
    """Kills the process, its group, its descendants and its orphans, and waits for them."""
    for _ in range(ROUNDS):
        targets = descendants(process.pid) + _orphans(mark)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if process.poll() is None or targets:
                os.killpg(process.pid, signal.SIGKILL)
        for target in targets:
            with contextlib.suppress(psutil.Error):
                target.kill()
        _reap(process, targets)
        if process.poll() is not None and not targets:
            return


def end_orphans() -> None:
    """Kills all descendants of this process, and waits for them."""
    for _ in range(ROUNDS):
        targets = descendants(os.getpid())
        if not targets:
            return
        for target in targets:
            with contextlib.suppress(psutil.Error):
                target.kill()
        psutil.wait_procs(targets, timeout=5)


def _orphans(mark: str) -> list[psutil.Process]:
    found = []
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error, OSError):
            if child.environ().get(MARK) == mark:
                found.append(child)
    return found


def _reap(process: Process, targets: list[psutil.Process]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)
    for target in targets:
        if target.pid != process.pid:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(target.pid, os.WNOHANG)
