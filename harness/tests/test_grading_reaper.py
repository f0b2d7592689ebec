"""What a process leaves behind ends with it, also what has slipped into a session of its own."""

import subprocess
import sys
import textwrap

import psutil
import pytest

from harness.tests.grading_tools import ROOT

# A child that starts a grandchild in a session of its own, tells its number and ends.
LEAVES_ONE_BEHIND = textwrap.dedent(
    """
    import os, signal, subprocess, sys
    from harness.grading import reaper

    def leave_one_behind():
        told, tell = os.pipe()
        child = os.fork()
        if child == 0:
            grandchild = os.fork()
            if grandchild == 0:
                os.setsid()
                os.closerange(1, 3)  # nobody waits for what it says
                os.write(tell, str(os.getpid()).encode())
                signal.pause()
            os._exit(0)
        os.waitpid(child, 0)
        return int(os.read(told, 20))
    """
)


def run(program: str) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-c", LEAVES_ONE_BEHIND + textwrap.dedent(program)],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return [int(word) for word in done.stdout.split()]


@pytest.mark.skipif(sys.platform != "linux", reason="orphans come to us on Linux alone")
def test_an_orphan_is_adopted_and_ended() -> None:
    orphan, adopted = run(
        """
        with reaper.adopting_orphans():
            orphan = leave_one_behind()
            print(orphan, int(orphan in [process.pid for process in reaper.descendants(os.getpid())]))
            reaper.end_orphans()
        """
    )
    assert adopted
    assert not psutil.pid_exists(orphan)


@pytest.mark.skipif(sys.platform != "linux", reason="orphans come to us on Linux alone")
def test_nobody_elses_orphan_is_ended() -> None:
    (orphan,) = run(
        """
        print(leave_one_behind())
        reaper.end_orphans()
        """
    )
    stranger = psutil.Process(orphan)  # still there
    stranger.kill()
