"""A comparison as JSON: all windows' figures, and where and when they were measured."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from harness.bench.setting import processor
from harness.compare.figures import Figure, Result
from harness.native.compiler import NoCompilerError, find

FORMAT_VERSION = 1
PEERS = ("limits", "pyrate-limiter")


def setting() -> dict[str, Any]:
    """The machine, the day, how busy the machine was before it began, and with what it is compared."""
    return {
        "date": date.today().isoformat(),
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
        "compiler": _compiler(),
        "peers": {name: _version(name) for name in PEERS},
    }


def _compiler() -> str | None:
    try:
        return find().version
    except NoCompilerError:
        return None


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def document(kata: str, where: dict[str, Any], results: Sequence[Result]) -> str:
    """The text; times in nanoseconds per operation."""
    content = {
        "format_version": FORMAT_VERSION,
        "kata": kata,
        **where,
        "races": [_race(result) for result in results],
    }
    return json.dumps(content, indent=1) + "\n"


def _race(result: Result) -> dict[str, Any]:
    return {
        "title": result.title,
        "operation": result.operation,
        "baseline": result.baseline,
        "empty_call": _figure(result.call) if result.call else None,
        "contenders": [_figure(figure) for figure in result.figures],
        "left_out": dict(result.left_out),
        "notes": list(result.notes),
    }


def _figure(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "median": round(figure.median, 3),
        "p10": round(figure.p10, 3),
        "ratio": None if figure.ratio is None else round(figure.ratio, 4),
        "mostly_the_call": figure.mostly_the_call,
        "instructions": figure.instructions,
        "windows": [round(value, 3) for value in figure.windows],
    }
