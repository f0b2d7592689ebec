"""Collects a suite with pytest and hands its checks on.

Guarantees: nothing of a candidate is loaded here; `use` is called once, with the checks in order.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.grading.suite import fault_in, generate_worlds, in_order, settle_hypothesis

# pytest's own plugins that grading has no use for; each costs time at start-up.
WITHOUT = (
    "cacheprovider debugging doctest faulthandler junitxml legacypath logging pastebin "
    "setuponly setupplan stepwise terminal terminalprogress threadexception tmpdir unittest "
    "unraisableexception warnings"
).split()

Use = Callable[[list[pytest.Item], str], None]  # the checks, and what is wrong with the suite or ""


class _Collector:
    """The pytest plugin in whose place of running tests `use` is called."""

    def __init__(self, use: Use) -> None:
        self._use = use
        self._fault = ""

    @pytest.fixture
    def kata(self) -> None:
        """Stands for the candidate's module, which each world provides itself."""

    def pytest_configure(self, config: pytest.Config) -> None:
        for marker in ("level", "explore", "machine", "stress", "abandons", "plain"):
            config.addinivalue_line("markers", f"{marker}(): see harness.grading.suite")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        generate_worlds(metafunc)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and not self._fault:
            self._fault = str(report.longrepr)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = in_order(session.items)
        self._use(items, self._fault or fault_in(items))
        return True


def collect(suite: Path, use: Use) -> None:
    """Calls `use` with what stands in the suite."""
    settle_hypothesis(suite)
    options = [f"-pno:{name}" for name in WITHOUT]
    pytest.main(
        [*options, "-c", os.devnull, "--noconftest", "--capture=no", "--import-mode=importlib",
         "--rootdir", str(suite.parent), str(suite)],
        plugins=[_Collector(use)],
    )  # fmt: skip
