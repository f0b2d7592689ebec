"""How a grading process comes to be: started afresh, or forked off one that has everything loaded.

`fresh` is what a single grading uses. A `Nursery` saves the second that imports take to those who
grade many files: it keeps a process that has loaded pytest, Hypothesis and the explorer, off which it
forks one for each suite, which has collected it, but never loads a candidate; and off that a grading
process for each request. A sitter stands between the two: it waits for the grading process, tells its
status, and adopts what that leaves behind.

Guarantees: either way the process has a session of its own, the environment of `environment`, and
nothing open but its standard streams, the channel and the dump.
Assumptions: POSIX. The nursery's processes have one thread, so a fork of them is whole.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Protocol

MARK = "KATA_RUN"  # the environment variable that tells the processes of one run
_HARNESS = str(Path(__file__).parents[2])
_FRESH = (
    "import sys; sys.path.append(sys.argv[1]); from harness.grading.child import main; main({}, {})"
)
_WARM = (
    "import sys; sys.path.append(sys.argv[1]); from harness.grading.nursery import serve; serve({})"
)


class Ends(NamedTuple):
    """The grading process's ends of the pipes to its parent."""

    request: int  # becomes its standard input
    channel: int
    dump: int
    output: int  # becomes its standard output and error


class Process(Protocol):
    """What the parent needs of a process; `subprocess.Popen` has it."""

    pid: int
    returncode: int | None  # as `subprocess` has it: negative for a signal

    def poll(self) -> int | None:
        """The status, if it has ended."""

    def wait(self, timeout: float | None = None) -> int:
        """The status; subprocess.TimeoutExpired if it has none by then."""


Launch = Callable[[Ends, str, str, str], Process]  # the ends, the folder to be in, mark and suite


def environment(mark: str) -> dict[str, str]:
    """The person's environment less what changes how Python or pytest run."""
    others = ("PYTHON", "PYTEST", "HYPOTHESIS", "COV_")
    kept = {name: os.environ[name] for name in os.environ if not name.startswith(others)}
    return {
        **kept,
        "PYTHONHASHSEED": "0",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        MARK: mark,
    }


def _python(code: str) -> list[str]:
    return [sys.executable, "-P", "-s", "-c", code, _HARNESS]


def fresh(ends: Ends, folder: str, mark: str, suite: str) -> Process:
    """Starts a grading process of its own."""
    return subprocess.Popen(
        _python(_FRESH.format(ends.channel, ends.dump)),
        stdin=ends.request, stdout=ends.output, stderr=ends.output,
        pass_fds=(ends.channel, ends.dump),
        start_new_session=True, cwd=folder, env=environment(mark),
    )  # fmt: skip


class Nursery:
    """Forks grading processes off one that has everything loaded; a context manager.

    Several threads may call it.
    """

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._socket, end = socket.socketpair()
        self._server = subprocess.Popen(
            _python(_WARM.format(end.fileno())),
            stdin=subprocess.DEVNULL, pass_fds=(end.fileno(),),
            start_new_session=True, env=environment("nursery"),
        )  # fmt: skip
        end.close()

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """Ends it; grading processes that still run end with it."""
        self._socket.close()  # at which the server ends
        self._server.wait()

    def __call__(self, ends: Ends, folder: str, mark: str, suite: str) -> Process:
        """As `fresh`; OSError if the nursery is gone."""
        told, status = os.pipe()
        order = {"folder": folder, "mark": mark, "suite": suite}
        asked = json.dumps(order).encode() + b"\n"
        with self._one_at_a_time:
            socket.send_fds(self._socket, [asked], [*ends, status])
            os.close(status)
            if not self._socket.recv(1):
                raise OSError("the nursery has ended")
        return _Forked(told)


class _Forked:
    """A grading process that a sitter tells us of: first its number, then its status."""

    def __init__(self, told: int) -> None:
        self._told = os.fdopen(told, "rb", buffering=0)
        first = self._line()
        if not first:
            raise OSError("a grading process could not be started")
        self.pid = int(first)
        self.returncode: int | None = None

    def __del__(self) -> None:
        self._told.close()

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            part = self._told.read(1)
            if not part:
                return b""
            line += part
        return line

    def poll(self) -> int | None:
        """See `Process`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """See `Process`. It has ended only when nothing is left of what it started."""
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._told, selectors.EVENT_READ)
                if not selector.select(timeout):
                    raise subprocess.TimeoutExpired("a grading process", timeout or 0)
            self.returncode = int(self._line() or -signal.SIGKILL)  # none: the sitter was killed
        return self.returncode
