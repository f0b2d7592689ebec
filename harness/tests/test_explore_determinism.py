"""The same files give the same outcome: in every run, with every hash seed, on every supported Python."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.explore import SuiteError
from harness.tests.explore_support import explore, lab_for
from harness.tests.programs import steady

RECORDED = json.loads(steady.GOLDEN.read_text(encoding="utf-8"))
# The executor's own source differs between versions, and so does the number of its points.
OF_ONE_VERSION = {"a real pool of two"}


def _by_script(seed: str) -> object:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, steady.__file__], env=environment, capture_output=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", [n for n in steady.PROGRAMS if n not in OF_ONE_VERSION])
def test_the_outcome_is_the_recorded_one(name: str) -> None:
    assert steady.outcome(name) == RECORDED[name]


def test_the_outcome_does_not_hang_on_the_hash_seed() -> None:
    first = _by_script("1")
    assert first == _by_script("0")
    assert first == _by_script("random")


@pytest.mark.parametrize("name", sorted(OF_ONE_VERSION))
def test_a_second_run_is_the_first_again(name: str) -> None:
    assert steady.outcome(name) == steady.outcome(name)


@pytest.mark.parametrize("name", [n for n, o in RECORDED.items() if "schedule" in o])
def test_a_replay_shows_the_same_failure(name: str, tmp_path: Path) -> None:
    lab = lab_for(tmp_path, steady.PROGRAMS[name])
    outcome = steady.outcome(name)
    for _ in range(2):
        again = lab.replay("scenario", {}, str(outcome["schedule"]))
        assert again.failure is not None
        assert again.failure.headline == outcome["headline"]
        assert again.failure.schedule == outcome["schedule"]
        assert again.failure.preemptions == outcome["preemptions"]


def test_no_step_of_a_shrunk_schedule_can_be_left_out(tmp_path: Path) -> None:
    for name in ("bounded buffer with notify", "a set of objects, walked"):
        lab = lab_for(tmp_path, steady.PROGRAMS[name])
        steps = str(steady.outcome(name)["schedule"]).split("-")
        for left_out in range(len(steps)):
            rest = "-".join(steps[:left_out] + steps[left_out + 1 :]) or "0"
            try:
                again = lab.replay("scenario", {}, rest)
            except SuiteError:  # the rest does not fit any more
                continue
            assert (
                again.failure is None or again.failure.headline != steady.outcome(name)["headline"]
            )


def test_a_schedule_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    lab = lab_for(tmp_path, steady.PROGRAMS["locked update of three"])
    with pytest.raises(SuiteError):
        lab.replay("scenario", {}, "b900c")
    with pytest.raises(ValueError, match="no step of a schedule"):
        lab.replay("scenario", {}, "hello!")


def test_state_of_the_module_does_not_leak_from_one_execution_into_the_next(tmp_path: Path) -> None:
    source = """
        import threading, itertools, random
        total = 0
        seen = []
        class C:
            made = 0
            names = {}
            def __init__(self): type(self).made += 1; self.names[self.made] = 1
        def counted(log=[]):
            counted.calls = getattr(counted, "calls", 0) + 1
            log.append(1)
            return len(log), counted.calls
        numbers = itertools.count()
        def scenario():
            global total
            def work():
                global total
                total += 1; seen.append(1)
            threads = [threading.Thread(target=work) for _ in range(2)]
            for t in threads: t.start()
            for t in threads: t.join()
            C()
            assert total in (1, 2) and len(seen) == 2, (total, seen)
            assert (C.made, len(C.names), counted(), next(numbers)) == (1, 1, (1, 1), 0)
        """
    outcome = explore(tmp_path, source)
    assert outcome.failure is None, outcome.failure
    assert outcome.schedules > 3


@pytest.mark.parametrize(
    "change",
    [
        "klass = C; klass.n += 1",
        "setattr(C, 'n', C.n + 1)",
        "C.fresh = getattr(C, 'fresh', 0) + 1; C.n = C.fresh",
    ],
)
def test_a_class_changed_behind_a_name_is_loaded_afresh(change: str, tmp_path: Path) -> None:
    source = f"""
        import threading
        class C:
            n = 0
        class F: up = 0
        def scenario():
            f = F()
            def work(): f.up += 1
            threads = [threading.Thread(target=work) for _ in range(2)]
            for t in threads: t.start()
            for t in threads: t.join()
            {change}
            assert C.n == 1, C.n
        """
    assert explore(tmp_path, source).failure is None


def test_chance_is_the_same_in_every_execution(tmp_path: Path) -> None:
    source = """
        import random, threading
        def scenario():
            class C: n = 0
            c = C()
            assert random.randrange(10**9) == random.Random(20061).randrange(10**9)
            def work():
                if random.random() < 0.5: c.n += 1
                c.n += 1
            threads = [threading.Thread(target=work) for _ in range(2)]
            for t in threads: t.start()
            for t in threads: t.join()
        """
    first = explore(tmp_path, source)
    assert first.failure is None, first.failure
    assert first.coverage.startswith("all ")
    assert first.coverage == explore(tmp_path, source).coverage


def test_code_that_is_not_the_same_on_every_run_proves_nothing(tmp_path: Path) -> None:
    source = """
        import threading
        def scenario(numbers):
            class C: n = 0
            c = C()
            def work():
                if next(numbers) % 3 == 0: c.n += 1; c.n += 1
                c.n += 1
            threads = [threading.Thread(target=work) for _ in range(3)]
            for t in threads: t.start()
            for t in threads: t.join()
        """
    outcome = explore(tmp_path, source, numbers=itertools.count())
    assert outcome.failure is None
    assert "no proof" in outcome.coverage, outcome.coverage
