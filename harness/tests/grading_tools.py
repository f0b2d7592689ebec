"""What the tests of the grader share: the command line on a small catalogue of its own."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
TINY = HERE / "tiny_catalogue"


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    status: int
    out: str
    err: str
    document: Any = None  # what --json wrote

    @property
    def verdicts(self) -> list[str]:
        """A verdict a level."""
        return [level["verdict"] for level in self.document["levels"]]

    @property
    def failures(self) -> list[dict[str, Any]]:
        """The failed checks, in order."""
        checks = [check for level in self.document["levels"] for check in level["checks"]]
        return [check for check in checks if check["verdict"] != "PASS"]


class Workbench:
    """A copy of the small catalogue with a history of its own, and a command line on it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.state = folder / "state"
        self.state.mkdir(parents=True)
        shutil.copytree(TINY, self.root)

    def environment(self, **more: str) -> dict[str, str]:
        others = ("KATA_", "PYTEST", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")
        # Not `items()`: pytest changes its own variable while threads are here.
        kept = {k: os.environ[k] for k in os.environ if not k.startswith(others)}
        own = {"KATA_ROOT": str(self.root), "KATA_STATE": str(self.state), "KATA_COMMAND": "kata"}
        return {**kept, **own, **more}

    def kata(self, *words: str, cwd: Path | None = None, **environment: str) -> Ran:
        """Runs `kata WORDS`."""
        done = subprocess.run(
            [sys.executable, "-c", "from harness.cli import main; main()", *words],
            cwd=cwd or self.root,
            env=self.environment(PYTHONPATH=str(ROOT), **environment),
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=120,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def types(self, *words: str, **environment: str) -> "pexpect.spawn[str]":
        """Runs `kata WORDS` at a terminal."""
        return pexpect.spawn(
            sys.executable,
            ["-c", "from harness.cli import main; main()", *words],
            cwd=str(self.root),
            env=self.environment(PYTHONPATH=str(ROOT), **{"TERM": "xterm-256color", **environment}),
            dimensions=(30, 100),
            encoding="utf-8",
            timeout=60,
        )

    def grade(self, *words: str) -> Ran:
        """Runs `kata grade tiny WORDS` and reads the JSON that it writes."""
        file = self.state / f"result-{abs(hash(words))}.json"
        ran = self.kata("grade", "tiny", *words, "--json", str(file))
        document = json.loads(file.read_text()) if file.exists() else None
        return Ran(ran.status, ran.out, ran.err, document)
