"""Run one measurement in a child process, so that a hang of a tool is a row and not our hang.

Guarantees: a child is gone, with all that it started, when `sample` returns; whatever it did, a
Sample comes back, and its note says what went wrong.
Assumptions: POSIX.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.bench.catalogue import Subject
from harness.bench.measure import Sample
from harness.bench.tools import TOOLS

ROOT = Path(__file__).parents[2]
GRACE = 30.0  # seconds beyond twice the budget: start, warm-up, repeats, explanation


@dataclass(frozen=True)
class Interpreters:
    """The Python that each tool runs in, and how long a search may take."""

    rivals: str
    seconds: float

    def python(self, tool: str) -> str:
        return sys.executable if tool == "explorer" else self.rivals

    def version(self, tool: str) -> str | None:
        """The installed version of a tool; None where it is absent."""
        name = TOOLS[tool].distribution
        code = f"import importlib.metadata as m; print(m.version({name!r}))"
        return ask(self.python(tool), code)

    def sample(self, tool: str, mode: str, kind: str, subject: Subject, seconds: float) -> Sample:
        """One measurement of `seconds` at most (a search that overruns is ended)."""
        where = [str(subject.path), subject.twin, subject.order, str(seconds)]
        command = [self.python(tool), "-m", "harness.bench.measure", tool, mode, kind, *where]
        limit = seconds if tool == "explorer" else 2 * seconds
        output, problem = run_child(command, limit + GRACE)
        if problem:
            return Sample(False, False, None, limit, 0.0, problem)
        return Sample(**json.loads(output.splitlines()[-1]))


def ask(python: str, code: str) -> str | None:
    """What `code` prints in that interpreter; None where it fails."""
    try:
        output = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return output.stdout.strip()


def run_child(command: list[str], seconds: float) -> tuple[str, str]:
    """The child's output, and what went wrong or an empty text."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        output, errors = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.communicate()
        return "", f"did not come back within {seconds:g} s"
    if child.returncode != 0 or not output.strip():
        last = errors.strip().splitlines() or [f"exit status {child.returncode}"]
        return "", f"broke down: {last[-1]}"
    return output, ""
