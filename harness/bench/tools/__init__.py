"""One adapter a tool, each in the mode that serves it best.

An adapter has one function, `prepare(subject)`, which loads the program, outside the clock, and
returns the search: a function of mode and seconds.

Guarantees: a tool that is not installed is only missed when its adapter is imported.
"""

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, cast

from harness.bench.catalogue import Subject


@dataclass(frozen=True)
class Facts:
    """What is known of a tool without importing it."""

    title: str
    distribution: str  # what has to be installed
    finding: tuple[str, ...]  # modes in which it looks for a bug
    exhausting: str  # the mode that covers all schedules with at most 2 preemptions
    sampling: str  # the mode that is left to run for a rate


TOOLS: Final = {
    "explorer": Facts("this explorer", "greenlet", ("bounded",), "bounded", "bounded"),
    "frontrun": Facts("frontrun", "frontrun", ("dpor", "random"), "dpor", "random"),
    "interleave": Facts(
        "interleave-test", "interleave-test", ("pct", "random", "dfs"), "dfs", "pct"
    ),
}


@dataclass(frozen=True)
class Run:
    """What one search came to."""

    failed: bool  # it reported a failure
    exhausted: bool  # it says that it covered everything within its bound
    schedules: int | None  # None where the tool does not tell
    note: str = ""


Search = Callable[[str, float], Run]  # (mode, seconds)


class Tool(Protocol):
    """What each adapter module offers."""

    def prepare(self, subject: Subject) -> Search:
        """Load the program; the search stops at the first failure or after `seconds`."""


def load_tool(name: str) -> Tool:
    """The adapter. Raises ImportError where its tool is not installed."""
    return cast("Tool", importlib.import_module(f"harness.bench.tools.{name}"))


def load_program(path: Path) -> Any:
    """The program as an ordinary module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
