"""Where, when and with what a run was measured: without it no figure means anything."""

import os
import platform
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from harness.bench.children import Interpreters, ask
from harness.bench.tools import TOOLS


def setting_of(versions: Mapping[str, str], interpreters: Interpreters) -> dict[str, str]:
    """The facts of a run, by name; `versions` are those of the tools that are measured."""
    rivals = [f"{TOOLS[tool].title} {versions[tool]}" for tool in versions if tool != "explorer"]
    version = "import platform; print(platform.python_version())"
    return {
        "date": date.today().isoformat(),
        "machine": f"{processor()}, {os.cpu_count()} cores, {platform.system()}",
        "this explorer": f"Python {platform.python_version()}",
        "rivals": f"{', '.join(rivals)}; Python {ask(interpreters.rivals, version)}",
        "budget of a search": f"{interpreters.seconds:g} s",
    }


def as_list(setting: Mapping[str, str]) -> str:
    """For the README."""
    return "".join(f"- {name}: {value}\n" for name, value in setting.items())


def processor() -> str:
    """What the machine says of its processor."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()
