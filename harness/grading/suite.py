"""How a suite becomes checks: markers, the `kata` fixture, and the two worlds a test can run in.

Shared by the grader's own run of pytest and by a learner's plain `pytest katas/NAME`.

Guarantees: a test runs in the simulated world; one marked `stress` is collected once more for
real threads. Checks are in order of level, and within a level all simulated ones come first.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from harness.grading.results import REAL_THREADS, Check
from harness.verdict import Verdict

SIMULATED = "simulated"
_WORLD = "_world"


def generate_worlds(metafunc: pytest.Metafunc) -> None:
    """Asks for a test marked `stress` twice: simulated, and with real threads."""
    if metafunc.definition.get_closest_marker("stress"):
        metafunc.fixturenames.append(_WORLD)
        metafunc.parametrize(
            _WORLD, [SIMULATED, REAL_THREADS], ids=[pytest.HIDDEN_PARAM, REAL_THREADS]
        )


def is_real(item: pytest.Function) -> bool:
    """Whether this check runs with real threads."""
    return _parameters(item).get(_WORLD) == REAL_THREADS


def arguments(item: pytest.Function) -> dict[str, Any]:
    """What the suite's parametrize marks give the test; `kata` comes from the world."""
    return {name: value for name, value in _parameters(item).items() if name != _WORLD}


def _parameters(item: pytest.Function) -> Mapping[str, Any]:
    return item.callspec.params if hasattr(item, "callspec") else {}


def level_of(item: pytest.Item) -> int:
    """The level that a test belongs to; 0 where it names none, which no suite may do."""
    mark = item.get_closest_marker("level")
    return int(mark.args[0]) if mark and mark.args else 0


def outline(item: pytest.Item, verdict: Verdict) -> Check:
    """What this check is for, under a verdict; the rest is to be filled in."""
    return Check(item.name, level_of(item), promise_of(item), verdict)


def promise_of(item: pytest.Item) -> str:
    """The first line of the test's docstring: the promise that it checks."""
    text = (getattr(getattr(item, "obj", None), "__doc__", None) or "").strip()
    return text.splitlines()[0] if text else item.name.removeprefix("test_").replace("_", " ")


def in_order(items: list[pytest.Item]) -> list[pytest.Item]:
    """By level; in it, the simulated checks first, otherwise as the suite has them."""
    return sorted(
        items,
        key=lambda item: (level_of(item), isinstance(item, pytest.Function) and is_real(item)),
    )


def fault_in(items: list[pytest.Item]) -> str:
    """What is wrong with the suite itself, or ''."""
    for item in items:
        if not isinstance(item, pytest.Function) or "kata" not in item.fixturenames:
            return f"{item.name} does not ask for `kata`, so it checks nothing"
        if level_of(item) < 1:
            return f"{item.name} has no @level(n)"
    names = [item.name for item in items]
    doubled = next((name for name in names if names.count(name) > 1), None)
    return f"{doubled} stands twice in the suite" if doubled else ""


def settle_hypothesis(suite: Path) -> None:
    """The same examples on every run, nothing written, no verdict by the clock.

    Loaded before the suite, whose @settings build on it; not loaded at all without need, as it
    takes a quarter of a second.
    """
    if b"hypothesis" in suite.read_bytes():
        from hypothesis import HealthCheck, Phase, settings

        settings.register_profile(
            "katas",
            derandomize=True,
            database=None,
            deadline=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.generate, Phase.target, Phase.shrink),
        )
        settings.load_profile("katas")
