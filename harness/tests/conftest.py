"""Fixtures of the grader's tests."""

from collections import Counter
from pathlib import Path

import pytest

from harness.tests.grading_tools import Workbench

collect_ignore = ["tiny_catalogue"]  # its suite is graded, not run


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A small catalogue, and a command line on it."""
    return Workbench(tmp_path)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line a reason: what was not tested here, and what to install."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple)
    )
    for reason, count in reasons.items():
        terminalreporter.write_line(f"{count} skipped: {reason}")
