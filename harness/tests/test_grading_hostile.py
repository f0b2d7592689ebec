"""Candidates that attack the grader, or just do not end: each gets a right verdict, and soon.

The files in `hostile/` say in their docstrings which verdict that is. They are graded three at a
time, all of them before the first is looked at.
"""

import ast
import re
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from harness.grading.launch import MARK
from harness.tests.grading_tools import HERE, Ran, Workbench

HOSTILE = sorted((HERE / "hostile").glob("*.py"))
SECONDS = 120  # the longest that a verdict may take: 60 on an idle machine, which this is not

pytestmark = pytest.mark.xdist_group("hostile")  # which share `graded`


@dataclass(frozen=True)
class Expected:
    verdicts: list[str]
    says: str


def expected(path: Path) -> Expected:
    text = ast.get_docstring(ast.parse(path.read_text())) or ""
    verdict = re.search(r"^Verdict: (.+)$", text, re.MULTILINE)
    says = re.search(r"^Says: (.+)$", text, re.MULTILINE)
    assert verdict, f"{path.name} does not say which verdict it should get"
    return Expected(verdict[1].split(" or "), says[1] if says else "")


@dataclass(frozen=True)
class Graded:
    ran: Ran
    seconds: float


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    workbench = Workbench(tmp_path_factory.mktemp("hostile"))
    solution = workbench.root / "solutions" / "tiny" / "tiny.py"
    assert workbench.grade("--impl", str(solution)).status == 0  # one honest attempt, to be kept
    return workbench


@pytest.fixture(scope="module")
def graded(bench: Workbench) -> Iterator[dict[str, "Future[Graded]"]]:
    def grade(path: Path) -> Graded:
        started = time.monotonic()
        ran = bench.grade("--impl", str(path))
        return Graded(ran, time.monotonic() - started)

    with ThreadPoolExecutor(3) as pool:
        yield {path.stem: pool.submit(grade, path) for path in HOSTILE}


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_a_hostile_candidate_gets_its_verdict(
    path: Path, graded: dict[str, "Future[Graded]"]
) -> None:
    result, wanted = graded[path.stem].result(), expected(path)
    ran = result.ran
    assert ran.document is not None, ran.out + ran.err
    first = next((verdict for verdict in ran.verdicts if verdict != "PASS"), "PASS")
    assert first in wanted.verdicts, ran.out + ran.err
    assert ran.status == (0 if wanted.verdicts == ["PASS"] else 1)
    assert wanted.says in ran.out, ran.out
    assert "Traceback" not in ran.out + ran.err, ran.out + ran.err
    assert result.seconds < SECONDS


def test_the_machine_and_the_history_are_whole_afterwards(
    bench: Workbench, graded: dict[str, "Future[Graded]"]
) -> None:
    for future in graded.values():
        future.result()
    left = []
    for process in psutil.process_iter():
        try:
            if MARK in process.environ() and str(bench.state) in str(process.environ()):
                left.append(process)
        except psutil.Error:
            continue
    assert left == [], "processes of the candidates are still there"
    header = bench.grade("--impl", str(HERE / "hostile" / "misses_its_class.py")).out
    attempts = len(graded) + 2
    assert f"attempt {attempts}" in header
