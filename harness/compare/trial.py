"""Tries code that may be unfinished, wrong or endless, in a process of its own, before it is measured.

Guarantees: whatever the code does, the answer comes within PATIENCE seconds, and no process is left.
"""

import json
import sys
from pathlib import Path

from harness.bench.children import run_child
from harness.compare.races import races_of

PATIENCE = 20.0  # seconds
FEW = 300  # operations


def refusals(kata: str, path: Path) -> dict[str, str]:
    """By the race's title: why this file cannot run it. Empty if it can run all of them."""
    command = [sys.executable, "-m", "harness.compare.trial", kata, str(path.absolute())]
    output, problem = run_child(command, PATIENCE)
    if problem:
        return {race.title: f"it {problem}" for race in races_of(kata)}
    answer: dict[str, str] = json.loads(output.splitlines()[-1])
    return answer


def main(kata: str, path: str) -> None:
    """Prints the refusals as JSON."""
    from harness.compare.field import loaded

    module = loaded(Path(path), f"tried_{kata}")
    said: dict[str, str] = {}
    for race in races_of(kata):
        try:
            entry = race.enter(module)
            entry.work(FEW)
            entry.close()
        except NotImplementedError:
            said[race.title] = "it is not written yet"
        except Exception as error:
            said[race.title] = f"it raised {type(error).__name__}: {error}"
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
