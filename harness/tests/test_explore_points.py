"""Places where a point is easily forgotten: each program once had an outcome that the search passed by."""

# ruff: noqa: E501 - a program a line reads best here

from pathlib import Path

import pytest

from harness.explore import Lab, Limits
from harness.explore.locks import QUEUE_SITE
from harness.tests.explore_support import (
    by_brute_force,
    by_wandering,
    every_outcome,
    lab_for,
    start_and_join,
)
from harness.verdict import Verdict

HEAD = "import collections, queue, threading, time, _thread\ndef scenario(note, run):\n"

# name, set-up, bodies, text that must stand in some outcome
CASES = (
    ("a try while a condition's lock is held", "c = threading.Condition()",
     ["note(0, c.acquire(False)); note(0, c.acquire(False))", "with c: c.wait(1)"], "[False, False]"),
    ("a lock that is wanted again only after a wake-up", "a = threading.Lock(); e = threading.Event(); q = []",
     ["with a: q.append(1)\n        e.set()\n        with a: q.append(2)", "e.wait()\n        with a: q.append(3)\n        note(1, q[:])"],
     "[[1, 3]]"),
    ("a lock released by who does not hold it", "a, m = threading.Lock(), threading.Lock(); q = []",
     ["with m: q.append(0)\n        a.acquire()", "with m: q.append(1)\n        if q[0] == 0: a.release()"], "RuntimeError"),
    ("a try right after what announces the lock", "a = threading.Lock()\n    class F: up = False\n    f = F()",
     ["f.up = True; a.acquire()", "if f.up and a.acquire(False): note(1, a.release())"], "[None]"),
    ("locked() right after what announces the lock", "a = threading.Lock()\n    class F: up = False\n    f = F()",
     ["f.up = True; a.acquire()", "if f.up: note(1, a.locked())"], "[False]"),
    ("locked() while a lock is held for a moment", "a = threading.Lock()", ["with a: pass", "note(1, a.locked())"], "[True]"),
    ("sleep(0) need not give way", "class F: n = 0; m = 0\n    f = F()",
     ["f.m = 1; time.sleep(0); note(0, f.n)", "f.n = 1"], "[0]"),
    ("object.__setattr__", "class F: n = 0\n    f = F()",
     ["object.__setattr__(f, 'n', f.n + 1); note(0, f.n)", "object.__setattr__(f, 'n', f.n + 1); note(1, f.n)"], "(('0', '[1]'), ('1', '[1]'))"),
    ("super().__setattr__", "class F:\n        n = 0\n        def __setattr__(self, name, value): super().__setattr__(name, value)\n    f = F()",
     ["f.n = f.n + 1; note(0, f.n)", "f.n = f.n + 1; note(1, f.n)"], "(('0', '[1]'), ('1', '[1]'))"),
    ("a raw lock", "a = _thread.allocate_lock(); q = []", ["with a: q.append(0)", "with a: q.append(1)\n        note(1, q[:])"], "[[1]]"),
    ("a raw lock, held or not", "a = _thread.allocate_lock()", ["with a: pass", "note(1, a.locked())"], "[True]"),
    ("a started thread that calls a method in C", "q = []\n    t = threading.Thread(target=q.append, args=(0,))",
     ["t.start(); q.append(1); t.join(); note(0, q)"], "[[1, 0]]"),
    ("a timer that calls a method in C", "q = []\n    t = threading.Timer(1, q.append, [0]); t.start()",
     ["time.sleep(1); q.append(1); t.join(); note(0, q)"], "[[1, 0]]"),
    ("a callback of a future in C", "from concurrent.futures import Future\n    q = []; f = Future(); f.add_done_callback(q.append)",
     ["f.set_result(1)", "note(1, len(q))"], "[1]"),
    ("a future's result is there before its callbacks have run",
     "from concurrent.futures import Future\n    q = []; f = Future(); f.add_done_callback(q.append)",
     ["f.set_result(1)", "f.result(); note(1, len(q))"], "[0]"),
    ("is_alive", "t = threading.Thread(target=lambda: None)", ["t.start(); note(0, t.is_alive())"], "[True]"),
    ("a thread that has done its work and still lives", "q = queue.SimpleQueue()\n    t = threading.Thread(target=lambda: q.put(1))",
     ["t.start(); q.get(); note(0, t.is_alive())"], "[True]"),
    ("the same for a condition", "c = threading.Condition(); done = []\n    def body():\n        with c: done.append(1); c.notify()\n    t = threading.Thread(target=body)",
     ["t.start()\n        with c: c.wait_for(lambda: done)\n        note(0, t.is_alive())"], "[True]"),
    ("the order of two that wake at the same time", "q = []", ["time.sleep(1); q.append(0)", "time.sleep(1); q.append(1); note(1, q[:])"], "[[1]]"),
    ("a timeout at the very moment of the release", "a = threading.Lock()",
     ["with a: time.sleep(1)", "note(1, a.acquire(timeout=1))"], "[False]"),
    ("a notification for one who has just given up", "c = threading.Condition()",
     ["with c: note(0, c.wait(1))", "time.sleep(1)\n        with c: c.notify()"], "[True]"),
    ("a swap of two shared variables", "a, b = 1, 2",
     ["nonlocal a, b\n        a, b = b, a", "nonlocal a, b\n        note(1, (a, b))"], "[(2, 2)]"),
    ("a variable bound after the function that reads it", "def read():\n        return late\n    late = 0",
     ["nonlocal late\n        late = 1; late = 2", "note(1, read())"], "[1]"),
    ("an import that binds a shared name", "clock = None",
     ["nonlocal clock\n        import time as clock", "note(1, clock is None)"], "[True]"),
    ("a with statement that binds a shared name", "got = None\n    class M:\n        def __enter__(self): return 1\n        def __exit__(self, *e): pass",
     ["nonlocal got\n        with M() as got: got = 2", "note(1, got)"], "[1]"),
    ("a deleted shared name", "got = 1", ["nonlocal got\n        del got", "note(1, got)"], "NameError"),
    ("a word of a view beside its bytes", "m = bytearray(8)\n    w = memoryview(m).cast('Q')", ["m[1] = 1; m[1] = 2", "note(1, w[0])"], "[256]"),
    ("a part of a view beside the whole", "m = bytearray(8)\n    v = memoryview(m)[4:]", ["m[4] = 1; m[4] = 2", "note(1, v[0])"], "[1]"),
    ("a default argument", "class F: n = 0\n    f = F()", ["f.n = 1; f.n = 2", "g = lambda n=f.n: n\n        note(1, g())"], "[1]"),
)  # fmt: skip


def _lab(folder: Path, setup: str, bodies: list[str]) -> Lab:
    lines = [HEAD + "    " + setup]
    for number, body in enumerate(bodies):
        lines.append(f"    def t{number}():\n        {body}")
    names = ", ".join(f"t{number}" for number in range(len(bodies)))
    lines.append(f"    run([threading.Thread(target=t) for t in ({names},)])\n")
    return lab_for(folder, "\n".join(lines))


@pytest.mark.parametrize(
    ("setup", "bodies", "wanted"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_the_search_finds_it(setup: str, bodies: list[str], wanted: str, tmp_path: Path) -> None:
    lab = _lab(tmp_path, setup, bodies)
    found, _, coverage = every_outcome(lab, 1000, run=start_and_join)
    assert not coverage.spent
    assert any(wanted in str(outcome) for outcome in found), found
    assert by_wandering(lab, 60, run=start_and_join) <= found
    assert by_brute_force(lab, most=100_000, run=start_and_join) == found


def test_what_threads_do_while_they_are_unwound_is_no_race(tmp_path: Path) -> None:
    bodies = ["with a: f.n += 1"] * 2
    lab = _lab(tmp_path, "a = threading.Lock()\n    class F: n = 0\n    f = F()", bodies)
    _, search, _ = every_outcome(lab, 2, run=start_and_join)
    assert search.visible == {QUEUE_SITE}
    assert len(search.visible_locks) == 1


def test_locks_of_the_suites_own_module_are_free_in_every_execution(tmp_path: Path) -> None:
    (tmp_path / "kata.py").write_text("class C:\n    n = 0\n")
    (tmp_path / "suite.py").write_text(
        "import threading\n"
        "LOCK, MUTEX = threading.RLock(), threading.Lock()\n"
        "def test(kata):\n"
        "    class F: n = 0\n"
        "    f = F()\n"
        "    def work():\n"
        "        with LOCK: f.n += 1\n"
        "    threads = [threading.Thread(target=work) for _ in range(2)]\n"
        "    for t in threads: t.start()\n"
        "    for t in threads: t.join()\n"
        "    MUTEX.acquire()\n"
        "    assert f.n == 2\n"
    )
    lab = Lab(tmp_path / "kata.py", tmp_path / "suite.py")
    for _ in range(2):
        assert lab.explore("test", {}, Limits(2, 500)).verdict is Verdict.PASS
