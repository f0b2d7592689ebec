"""A process forked off the nursery grades as a fresh one does, and goes as surely."""

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from harness import catalogue
from harness.errors import UsageError
from harness.grading import watch
from harness.grading.grade import Candidate, grade
from harness.grading.launch import Ends, Nursery, environment
from harness.tests.grading_tools import HERE, ROOT, TINY, Workbench
from harness.verdict import Verdict

TINY_KATA = catalogue.load(TINY)[0]
# Those that attack the process itself; the watchdog's are slow, and the same on both ways.
DEADLY = (
    "aborts closes_every_file kills_the_grader os_exit_at_import os_exit_in_a_method "
    "prints_a_gigabyte redirects_every_file segfaults starts_a_shell sys_exit_at_import"
).split()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as made:
        yield made


def outcome(path: Path, nursery: Nursery | None) -> list[tuple[str, Verdict, str]]:
    candidate = Candidate(path)
    done = grade(TINY_KATA, candidate, launch=nursery) if nursery else grade(TINY_KATA, candidate)
    checks = [check for level in done.levels for check in level.checks]
    return [(c.test, c.verdict, c.finding.headline if c.finding else "") for c in checks]


@pytest.mark.parametrize("name", DEADLY)
def test_a_hostile_candidate_comes_to_the_same(name: str, nursery: Nursery) -> None:
    path = HERE / "hostile" / f"{name}.py"
    assert outcome(path, nursery) == outcome(path, None)


def test_files_of_known_verdict_come_to_the_same(nursery: Nursery) -> None:
    right = [variant.path for variant in TINY_KATA.right()]
    broken = [variant.path for variant in TINY_KATA.broken()]
    for path in (TINY_KATA.stub, TINY_KATA.solution, *right, *broken):
        assert outcome(path, nursery) == outcome(path, None)


def test_it_grades_on_after_a_grading_process_was_killed(nursery: Nursery) -> None:
    outcome(HERE / "hostile" / "aborts.py", nursery)
    assert {verdict for _, verdict, _ in outcome(TINY_KATA.solution, nursery)} == {Verdict.PASS}


def test_a_process_that_is_gone_in_no_time_is_listened_to_all_the_same(
    nursery: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_and_wait(end: int, line: bytes) -> None:
        write(end, line)
        while not set(psutil.Process().children(recursive=True)) <= before:
            time.sleep(0.01)

    write = watch._write
    assert outcome(TINY_KATA.solution, nursery)  # from here on it has the process of the suite
    before = set(psutil.Process().children(recursive=True))
    monkeypatch.setattr(watch, "_write", write_and_wait)
    refused = tmp_path / "refused.py"
    refused.write_text("def (:\n")
    assert [verdict for _, verdict, _ in outcome(refused, nursery)] == [Verdict.WRONG]


def test_a_nursery_that_is_gone_says_so() -> None:
    with Nursery() as made:
        made._server.kill()
        made._server.wait()
        with pytest.raises(OSError, match=r"nursery|[Pp]ipe|reset"):
            grade(TINY_KATA, Candidate(TINY_KATA.solution), launch=made)


def test_nothing_is_left_when_its_owner_is_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, cwd=ROOT)
    assert owner.stdout
    family = [int(word) for word in owner.stdout.readline().split()]
    assert all(psutil.pid_exists(pid) for pid in family)
    owner.kill()
    owner.wait()
    psutil.wait_procs(_alive(family), timeout=30)
    assert _alive(family) == []
    owner.stdout.close()


def _alive(pids: list[int]) -> list[psutil.Process]:
    return [psutil.Process(pid) for pid in pids if psutil.pid_exists(pid)]


# Prints the nursery's process and a grading process that waits for its request for ever.
OWNER = textwrap.dedent(
    f"""
    import os
    from harness.grading.launch import Ends, Nursery
    nursery = Nursery()
    asked, ask = os.pipe()
    channel, dump, output = (os.pipe()[1] for _ in range(3))
    process = nursery(Ends(asked, channel, dump, output), ".", "mark", {str(TINY_KATA.suite)!r})
    print(nursery._server.pid, process.pid, flush=True)
    process.wait()
    """
)


def test_the_status_of_a_grading_process_comes_when_it_is_gone(nursery: Nursery) -> None:
    asked, _ask = os.pipe()
    (_, channel), (_, dump), (_, output) = (os.pipe() for _ in range(3))
    suite = str(TINY_KATA.suite)
    process = nursery(Ends(asked, channel, dump, output), ".", "mark", suite)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(30) == -signal.SIGKILL
    assert not psutil.pid_exists(process.pid)
    assert process.poll() == -signal.SIGKILL


def test_the_environment_is_the_persons_without_what_changes_python(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing")
    monkeypatch.setenv("LANGUAGE", "cy")
    given = environment("m")
    assert "PYTHONPATH" not in given
    assert "PYTEST_ADDOPTS" not in given
    assert given["LANGUAGE"] == "cy"


def test_a_suite_that_has_changed_is_collected_again(bench: Workbench, nursery: Nursery) -> None:
    kata = catalogue.load(bench.root)[0]
    before = grade(kata, Candidate(kata.solution), launch=nursery)
    more = '\n\n@level(1)\ndef test_one_more(kata):\n    """One more."""\n    assert False\n'
    kata.suite.write_text(kata.suite.read_text() + more)
    after = grade(kata, Candidate(kata.solution), launch=nursery)
    assert (before.ok, after.ok) == (True, False)
    assert [check.test for level in after.levels for check in level.failures] == ["test_one_more"]


def test_a_suite_with_a_fault_is_named(bench: Workbench, nursery: Nursery) -> None:
    kata = catalogue.load(bench.root)[0]
    kata.suite.write_text("def test_nothing(:\n")
    with pytest.raises(UsageError, match="cannot be run"):
        grade(kata, Candidate(kata.solution), launch=nursery)


def open_files(pid: int) -> Iterator[str]:
    """What a process has open. It runs meanwhile, and may close some."""
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            yield os.readlink(file)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_grading_process_has_nothing_open_of_other_suites(
    bench: Workbench, nursery: Nursery
) -> None:
    """What leads to the process of another suite would let a candidate have itself graded there."""
    open_in = []
    for suite in (TINY_KATA.suite, catalogue.load(bench.root)[0].suite):
        ends = [os.pipe() for _ in Ends._fields]
        process = nursery(Ends(ends[0][0], *(end[1] for end in ends[1:])), ".", "mark", str(suite))
        open_in.append(sum(file.startswith("socket:") for file in open_files(process.pid)))
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
        for end in (one for pair in ends for one in pair):
            os.close(end)
    assert open_in == [0, 0]
