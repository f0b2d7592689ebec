"""The processes that grading processes are forked off; see `launch`.

Guarantees: none of them ever loads a candidate, so each grading process begins alike. A suite that has
changed since it was collected is collected again.
"""

import contextlib
import gc
import json
import os
import signal
import socket
from pathlib import Path
from typing import NamedTuple, NoReturn

import hypothesis  # noqa: F401 - loaded here, so that no grading process need load it
import pytest

from harness.explore.program import Source
from harness.explore.sites import SiteTable
from harness.explore.world import World
from harness.grading import child, limits, reaper
from harness.grading.collecting import collect
from harness.grading.fingerprint import Whole, of_the_grader
from harness.grading.launch import MARK, Ends

_LARGEST = 4096  # bytes of a request


class _Order(NamedTuple):
    """What a grading process is started with."""

    asked: dict[str, str]
    ends: Ends
    status: int  # where the sitter tells what became of it


def serve(requests: int) -> None:
    """Passes each request to the process of its suite, until the other side closes the socket."""
    World(SiteTable(), print)  # rewrites the standard library's modules, which are kept
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forked ones
    broods: dict[tuple[str, int], socket.socket] = {}
    with socket.socket(fileno=requests) as asked:
        while True:
            line, fds, _, _ = socket.recv_fds(asked, _LARGEST, len(Ends._fields) + 1)
            if not line:
                return
            suite = Path(json.loads(line)["suite"])
            key = (str(suite), _written(suite))
            if key not in broods:
                broods[key] = _brood(suite, [asked, *broods.values()], fds)
            socket.send_fds(broods[key], [line], fds)
            for fd in fds:
                os.close(fd)
            asked.send(b"+")


def _written(suite: Path) -> int:
    """When; 0 if the suite is gone, which those of other suites need not suffer from."""
    try:
        return suite.stat().st_mtime_ns
    except OSError:
        return 0


def _brood(suite: Path, others: list[socket.socket], fds: list[int]) -> socket.socket:
    """Forks the process of a suite; what leads to it.

    others: sockets that it is not to have: what leads to us, and to the processes of other suites.
    """
    ours, theirs = socket.socketpair()
    if os.fork():
        theirs.close()
        return ours
    limits.end_with_parent()
    for end in (*others, ours):
        end.close()
    for fd in fds:
        os.close(fd)
    with contextlib.suppress(SyntaxError, ValueError, OSError):  # of which `collect` tells
        Source(suite, _sites_after_the_library(), lasting=True)  # rewritten, which is kept
    collect(suite, lambda items, fault: _hatch(theirs, items, fault))
    os._exit(1)


def _sites_after_the_library() -> SiteTable:
    sites = SiteTable()
    World(sites, print)
    return sites


def _hatch(requests: socket.socket, items: list[pytest.Item], fault: str) -> NoReturn:
    """Forks a grading process for each request."""
    whole = of_the_grader()
    gc.collect()
    gc.freeze()
    while True:
        line, fds, _, _ = socket.recv_fds(requests, _LARGEST, len(Ends._fields) + 1)
        if not line:
            os._exit(0)
        order = _Order(json.loads(line), Ends(*fds[:-1]), fds[-1])
        if os.fork() == 0:
            requests.close()
            _sit(order, items, fault, whole)
        for fd in fds:
            os.close(fd)


def _sit(order: _Order, items: list[pytest.Item], fault: str, whole: Whole) -> NoReturn:
    """Starts the grading process and tells what became of it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    limits.end_with_parent()
    with reaper.adopting_orphans():
        pid = os.fork()
        if pid == 0:
            os.close(order.status)
            _grade(order, items, fault, whole)
        for end in order.ends:
            os.close(end)
        os.write(order.status, f"{pid}\n".encode())
        _, how = os.waitpid(pid, 0)
        reaper.end_orphans()
    os.write(order.status, f"{os.waitstatus_to_exitcode(how)}\n".encode())
    os._exit(0)


def _grade(order: _Order, items: list[pytest.Item], fault: str, whole: Whole) -> NoReturn:
    """The grading process itself."""
    ends = order.ends
    os.setsid()
    os.chdir(order.asked["folder"])
    os.environ[MARK] = order.asked["mark"]
    os.dup2(ends.request, 0)
    os.dup2(ends.output, 1)
    os.dup2(ends.output, 2)
    os.close(ends.request)
    os.close(ends.output)
    request, send = child.begin(ends.channel, ends.dump)
    child.Grader(request, send, whole).grade(items, fault)
    os._exit(0)
