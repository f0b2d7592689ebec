"""`kata check`: the project's own tests."""

import subprocess
import sys

from harness.paths import root


def run(pytest_options: tuple[str, ...]) -> int:
    """Runs pytest over harness/tests; its exit status."""
    here = root()
    command = [sys.executable, "-m", "pytest", str(here / "harness" / "tests"), *pytest_options]
    return subprocess.run(command, cwd=here, check=False).returncode
