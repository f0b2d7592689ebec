"""The standard library in the simulation behaves as the real one: the same snippets, run both ways."""

# ruff: noqa: E501 - a program a line reads best here

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from harness.explore.kernel import Execution
from harness.explore.simthread import SimThread
from harness.tests.explore_support import Observed, lab_for, run_once
from harness.verdict import Verdict

SNIPPETS = Path(__file__).with_name("programs") / "library.txt"


def snippets() -> list[str]:
    """Pieces of code that define `run(log)`, each with one outcome whatever the schedule."""
    return [part.strip("\n") for part in SNIPPETS.read_text(encoding="utf-8").split("\n---\n")]


def _result(run: Callable[[Callable[[object], None]], object]) -> tuple[str, list[str]]:
    log: list[str] = []

    def note(value: object) -> None:
        log.append(repr(value))

    return repr(run(note)), log


class Default:
    """Nobody is interrupted; the oldest thread that can run goes on."""

    def choose(
        self, run: Execution, thread: SimThread, free: bool, others: list[SimThread]
    ) -> SimThread | None:
        return others[0] if free else thread


class LastFirst:
    """Another order: everybody is interrupted, and the youngest thread goes first."""

    def choose(
        self, run: Execution, thread: SimThread, free: bool, others: list[SimThread]
    ) -> SimThread | None:
        return max(others, key=lambda other: other.index)


@pytest.mark.parametrize("snippet", snippets(), ids=lambda code: code.splitlines()[0][:50])
def test_the_simulated_library_behaves_as_the_real_one(snippet: str, tmp_path: Path) -> None:
    lab = lab_for(tmp_path, f"{snippet}\n\ndef scenario(note, result):\n    note(0, result(run))\n")
    plain = ModuleType("program")
    exec(compile(lab.program.candidate.text, "plain.py", "exec"), vars(plain))
    real = _result(vars(plain)["run"])

    seen = Observed(lab, result=_result)
    for strategy in (Default(), LastFirst()):
        for visible in (set(), seen.everything()):
            seen.run(strategy, visible, visible)
            assert seen.notes, f"nothing came of it: {seen.outcomes}"
            assert seen.notes[0] == [real]


def test_sleeps_end_in_the_order_of_their_deadlines_at_exact_times(tmp_path: Path) -> None:
    source = """
        import threading, time
        def scenario():
            start, wall = time.monotonic(), time.time()
            seen = []
            def nap(seconds):
                time.sleep(seconds)
                seen.append((seconds, time.monotonic() - start, time.time() - wall, time.perf_counter_ns() / 1e9 - start))
            threads = [threading.Thread(target=nap, args=(n,)) for n in (3, 1, 2.5, 0.25)]
            for t in threads: t.start()
            for t in threads: t.join()
            assert seen == [(n, n, n, n) for n in (0.25, 1, 2.5, 3)], seen
        """
    assert run_once(tmp_path, source).verdict is Verdict.PASS


def test_timeouts_take_exactly_their_time(tmp_path: Path) -> None:
    source = """
        import queue, threading, time
        from concurrent.futures import Future
        def scenario():
            lock = threading.Lock(); lock.acquire()
            condition, event, semaphore = threading.Condition(), threading.Event(), threading.Semaphore(0)
            sleeper = threading.Thread(target=time.sleep, args=(50,)); sleeper.start()
            def in_condition():
                with condition: condition.wait(1.5)
            def future():
                try: Future().result(1.5)
                except TimeoutError: pass
            def a_queue(q, call):
                try: call()
                except (queue.Empty, queue.Full): pass
            full, simple = queue.Queue(1), queue.SimpleQueue(); full.put(1)
            waits = [
                lambda: time.sleep(1.5), lambda: lock.acquire(timeout=1.5), in_condition, lambda: event.wait(1.5),
                lambda: semaphore.acquire(timeout=1.5), future, lambda: sleeper.join(1.5),
                lambda: a_queue(full, lambda: full.put(2, timeout=1.5)), lambda: a_queue(simple, lambda: simple.get(timeout=1.5)),
                lambda: a_queue(full, lambda: queue.Queue().get(timeout=1.5)),
            ]
            for number, wait in enumerate(waits):
                start = time.monotonic()
                wait()
                assert time.monotonic() - start == 1.5, (number, time.monotonic() - start)
            sleeper.join()
            assert time.monotonic() == 1074.0, time.monotonic()
        """
    outcome = run_once(tmp_path, source)
    assert outcome.verdict is Verdict.PASS, outcome.failure


def test_threads_have_the_same_names_and_idents_in_every_execution(tmp_path: Path) -> None:
    source = """
        import threading
        from concurrent.futures import ThreadPoolExecutor
        def scenario():
            seen = []
            t = threading.Thread(target=lambda: seen.append((threading.current_thread().name, threading.get_ident())))
            t.start(); t.join()
            with ThreadPoolExecutor(1) as pool: name = pool.submit(lambda: threading.current_thread().name).result()
            assert seen == [("Thread-1 (<lambda>)", 2)], seen
            assert name == "ThreadPoolExecutor-0_0", name
        """
    lab = lab_for(tmp_path, source)
    for _ in range(3):
        assert lab.run_once("scenario", {}).verdict is Verdict.PASS
