"""Plain `pytest katas/NAME`: the same checks as the grader's, in this process, on the stub's file.

Guarantees: the same worlds, the same order and the same reports as `kata grade`.
Assumptions: the candidate is the learner's own code. Nothing is fenced off here, and a hang of
real threads ends by pytest-timeout: the verdict that counts is the grader's.
"""

from pathlib import Path

import pytest

from harness.grading.examiner import Examiner
from harness.grading.results import Check
from harness.grading.suite import generate_worlds, in_order, is_real, settle_hypothesis
from harness.layout import parts
from harness.verdict import Verdict

SECONDS_WITH_REAL_THREADS = 60
_examiners: dict[Path, Examiner] = {}


@pytest.fixture
def kata() -> None:
    """The candidate's module; each world provides its own."""


def pytest_collect_file(file_path: Path) -> None:
    """Settles Hypothesis before the suite's own settings build on it."""
    if file_path.name == f"test_{file_path.parent.name}.py":
        settle_hypothesis(file_path)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    generate_worlds(metafunc)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = in_order(items)
    for item in items:
        if isinstance(item, pytest.Function) and is_real(item):
            item.add_marker(pytest.mark.timeout(SECONDS_WITH_REAL_THREADS))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if "kata" not in pyfuncitem.fixturenames:
        return None
    check = _examiner(pyfuncitem).examine(pyfuncitem)
    if check.verdict is not Verdict.PASS:
        pytest.fail(_text(check), pytrace=False)
    return True


def _examiner(item: pytest.Function) -> Examiner:
    suite = item.path
    if suite not in _examiners:
        candidate = suite.with_name(suite.name.removeprefix("test_"))
        try:
            _examiners[suite] = Examiner(candidate, suite, lambda text: None)
        except SyntaxError as error:
            place = f"{candidate.name}:{error.lineno}"
            pytest.fail(f"{place}: not valid Python: {error.msg}", pytrace=False)
    return _examiners[suite]


def _text(check: Check) -> str:
    head = f"{check.verdict}: {check.promise}"
    if check.verdict is Verdict.NOT_STARTED:
        return head
    return "\n\n".join([head, *(parts(check.finding) if check.finding else [])])
