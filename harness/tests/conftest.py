"""Fixtures of the grader's tests."""

from pathlib import Path

import pytest

from harness.tests.grading_tools import Workbench

collect_ignore = ["tiny_catalogue"]  # its suite is graded, not run


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A small catalogue, and a command line on it."""
    return Workbench(tmp_path)
