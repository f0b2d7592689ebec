"""One measurement in a process of its own: `python -m harness.bench.measure TOOL MODE ...`.

Prints one line of JSON. Runs in whatever interpreter the tool is installed in.

Guarantees: the tool is imported and warmed up, and the program loaded, before the clock starts; the
time is that of the whole search, with all that the tool does to explain a failure and to clean up.
Assumptions: the parent ends the process if it does not come back.
"""

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from harness.bench.catalogue import WARM_UP, Subject
from harness.bench.tools import Run, Search, Tool, load_tool

REPEATS = 5  # of a search that takes no more than QUICK
QUICK = 1.0  # seconds


@dataclass(frozen=True)
class Sample:
    """What a search came to, and how long it took; times in seconds."""

    failed: bool
    exhausted: bool
    schedules: int | None
    seconds: float
    loading: float  # spent before the search, once a file
    note: str


def timed(search: Search, mode: str, seconds: float) -> tuple[Run, float]:
    """One search and how long it took."""
    start = time.perf_counter()
    run = search(mode, seconds)
    return run, time.perf_counter() - start


def one_search(tool: Tool, mode: str, subject: Subject, seconds: float) -> Sample:
    """The median of REPEATS searches, each on the program loaded afresh; one if it is slow."""
    times: list[float] = []
    loads: list[float] = []
    while not times or (times[0] < QUICK and len(times) < REPEATS):
        start = time.perf_counter()
        search = tool.prepare(subject)
        loads.append(time.perf_counter() - start)
        run, took = timed(search, mode, seconds)
        times.append(took)
    exhausted = run.exhausted and times[0] < seconds
    return Sample(run.failed, exhausted, run.schedules, median(times), median(loads), run.note)


def rate(tool: Tool, mode: str, subject: Subject, seconds: float) -> Sample:
    """Search again and again for `seconds`: schedules and time of all together."""
    search = tool.prepare(subject)
    schedules, spent, run = 0, 0.0, Run(False, False, 0)
    while spent < seconds and not run.failed:
        run, took = timed(search, mode, seconds - spent)
        schedules += run.schedules or 0
        spent += took
    return Sample(run.failed, False, schedules, spent, 0.0, run.note)


def main(arguments: list[str]) -> None:
    """TOOL MODE search|rate PATH TWIN ORDER SECONDS"""
    name, mode, kind, path, twin, order, seconds = arguments
    tool = load_tool(name)
    tool.prepare(Subject(WARM_UP, "fixed", "forward"))(mode, 1.0)
    measure = rate if kind == "rate" else one_search
    sample = measure(tool, mode, Subject(Path(path), twin, order), float(seconds))
    print(json.dumps(asdict(sample)))


if __name__ == "__main__":
    main(sys.argv[1:])
