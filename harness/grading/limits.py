"""What the grading process may use of the machine, and that it does not outlive its parent.

Guarantees: limits are set before the candidate is loaded and cannot be raised by it unless it is
root; the parent watches memory, threads and time as well (watch.py), so none of them is trusted.
Assumptions: POSIX; where a limit does not exist it is left out.
"""

import contextlib
import resource
import signal
import sys

GIB = 1 << 30
ADDRESS_SPACE = 8 * GIB  # far above what a kata needs: MemoryError before the machine swaps
CPU_SECONDS = 900  # a backstop, should the parent be gone
FILE_SIZE = 64 << 20
OPEN_FILES = 256
_PR_SET_PDEATHSIG = 1


def apply() -> None:
    """Sets the limits of this process and of all that it may start."""
    wanted = {
        "RLIMIT_AS": ADDRESS_SPACE,
        "RLIMIT_CPU": CPU_SECONDS,
        "RLIMIT_FSIZE": FILE_SIZE,
        "RLIMIT_NOFILE": OPEN_FILES,
        "RLIMIT_CORE": 0,
    }
    for name, value in wanted.items():
        with contextlib.suppress(AttributeError, ValueError, OSError):
            limit = getattr(resource, name)
            _, hard = resource.getrlimit(limit)
            lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(limit, (lowest, lowest))


def end_with_parent() -> None:
    """Has the kernel kill this process when its parent dies, even by kill -9 (Linux only)."""
    if sys.platform == "linux":
        import ctypes

        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
