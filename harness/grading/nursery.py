"""The process that grading processes are forked off; see `launch`.

Guarantees: it never loads a candidate, so each grading process begins alike.
"""

import json
import os
import signal
import socket
from typing import NoReturn

import hypothesis  # noqa: F401 - loaded here, so that no grading process need load it

from harness.explore.sites import SiteTable
from harness.explore.world import World
from harness.grading import child, limits, reaper
from harness.grading.launch import MARK, Ends

_LARGEST = 4096  # bytes of a request


def serve(requests: int) -> None:
    """Forks a grading process for each request, until the other side closes the socket."""
    World(SiteTable(), print)  # rewrites the standard library's modules, which are kept
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the sitters
    with socket.socket(fileno=requests) as asked:
        while True:
            line, fds, _, _ = socket.recv_fds(asked, _LARGEST, len(Ends._fields) + 1)
            if not line:
                return
            if os.fork() == 0:
                asked.close()
                _sit(json.loads(line), Ends(*fds[:-1]), fds[-1])
            for fd in fds:
                os.close(fd)
            asked.send(b"+")


def _sit(asked: dict[str, str], ends: Ends, status: int) -> NoReturn:
    """Starts the grading process and tells what became of it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    limits.end_with_parent()
    with reaper.adopting_orphans():
        pid = os.fork()
        if pid == 0:
            os.close(status)
            _grade(asked, ends)
        for end in ends:
            os.close(end)
        os.write(status, f"{pid}\n".encode())
        _, how = os.waitpid(pid, 0)
        reaper.end_orphans()
    os.write(status, f"{os.waitstatus_to_exitcode(how)}\n".encode())
    os._exit(0)


def _grade(asked: dict[str, str], ends: Ends) -> NoReturn:
    """The grading process itself."""
    os.setsid()
    os.chdir(asked["folder"])
    os.environ[MARK] = asked["mark"]
    os.dup2(ends.request, 0)
    os.dup2(ends.output, 1)
    os.dup2(ends.output, 2)
    os.close(ends.request)
    os.close(ends.output)
    child.main(ends.channel, ends.dump)
    os._exit(0)
