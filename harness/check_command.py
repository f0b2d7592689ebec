"""`kata check`: the project's own tests, on all processors."""

import subprocess
import sys

from harness.paths import root

# Some tests share what was slow to make: xdist keeps those of one xdist_group in one process.
EVERYWHERE = ("-n", "logical", "--dist", "loadgroup")


def run(pytest_options: tuple[str, ...]) -> int:
    """Runs pytest over harness/tests; its exit status."""
    here = root()
    tests = str(here / "harness" / "tests")
    command = [sys.executable, "-m", "pytest", tests, *EVERYWHERE, *pytest_options]
    return subprocess.run(command, cwd=here, check=False).returncode
