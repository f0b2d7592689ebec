"""Each way to fail has its verdict, found at once; what is right has none."""

# ruff: noqa: E501 - a program a line reads best here

import textwrap
import time
from pathlib import Path

import pytest

from harness.explore import Limits, SuiteError
from harness.tests.explore_support import explore, lab_for, run_once
from harness.verdict import Verdict

HEAD = "import queue, sys, threading, time\nfrom concurrent.futures import ThreadPoolExecutor\n"


def _program(*bodies: str, setup: str = "pass") -> str:
    """A scenario that starts one thread a body and joins them."""
    lines = [HEAD, "def scenario():", textwrap.indent(textwrap.dedent(setup), "    ")]
    for number, body in enumerate(bodies):
        lines += [f"    def t{number}():", textwrap.indent(textwrap.dedent(body), "        ")]
    names = ", ".join(f"t{number}" for number in range(len(bodies)))
    lines += [
        f"    threads = [threading.Thread(target=f) for f in ({names},)]",
        "    for t in threads: t.start()",
        "    for t in threads: t.join()",
    ]
    return "\n".join(lines) + "\n"


FLAG = "class F: up = False; n = 0\nf = F(); lock = threading.Lock(); other = threading.Lock()"

# name, program, verdict
FAILURES = (
    ("assertion in main", HEAD + "def scenario():\n    assert 1 == 2, 'one is two'", Verdict.WRONG),
    ("assertion in a thread", _program("assert 1 == 2, 'one is two'"), Verdict.WRONG),
    ("exception in main", HEAD + "def scenario():\n    {}['k']", Verdict.WRONG),
    ("exception in a thread", _program("{}['k']"), Verdict.WRONG),
    ("exception in a raw thread", HEAD + "import _thread\ndef scenario():\n    _thread.start_new_thread(lambda: 1 / 0, ())\n    time.sleep(1)", Verdict.WRONG),
    ("not implemented", HEAD + "def scenario():\n    raise NotImplementedError", Verdict.NOT_STARTED),
    ("not implemented, in a thread", _program("raise NotImplementedError"), Verdict.NOT_STARTED),
    ("infinite recursion", HEAD + "def scenario():\n    def f(): f()\n    f()", Verdict.WRONG),
    ("infinite recursion in a thread", _program("def f(): f()\nf()"), Verdict.WRONG),
    ("self-deadlock", _program("lock.acquire(); lock.acquire()", setup=FLAG), Verdict.DEADLOCK),
    ("self-deadlock in main", HEAD + "def scenario():\n    lock = threading.Lock()\n    with lock:\n        with lock: pass", Verdict.DEADLOCK),
    ("join of oneself through another", _program("threading.main_thread().join()"), Verdict.DEADLOCK),
    ("waiting for nobody", HEAD + "def scenario():\n    threading.Event().wait()", Verdict.DEADLOCK),
    ("an empty queue", HEAD + "def scenario():\n    queue.Queue().get()", Verdict.DEADLOCK),
    ("an empty SimpleQueue", HEAD + "def scenario():\n    queue.SimpleQueue().get()", Verdict.DEADLOCK),
    ("a lock that a dead thread holds", _program("lock.acquire()", "time.sleep(1)\nlock.acquire()", setup=FLAG), Verdict.DEADLOCK),
    ("a barrier that one misses", _program("b.wait()", "pass", setup="b = threading.Barrier(2)"), Verdict.DEADLOCK),
    ("release of an unlocked lock", _program("lock.release()", setup=FLAG), Verdict.WRONG),
    ("release of somebody's RLock", _program("time.sleep(1)\nr.release()", setup="r = threading.RLock(); r.acquire()"), Verdict.WRONG),
    ("wait without the lock", _program("threading.Condition().wait()"), Verdict.WRONG),
    ("spinning on a variable", _program("while not up: pass", setup="up = False"), Verdict.HANG),
    ("spinning on an attribute", _program("while not f.up: pass", setup=FLAG), Verdict.HANG),
    ("spinning and counting", _program("n = 0\nwhile not f.up: n += 1", setup=FLAG), Verdict.HANG),
    ("spinning with a lock", _program("while True:\n    with lock:\n        if f.up: break", setup=FLAG), Verdict.HANG),
    ("spinning with sleep(0)", _program("while not f.up: time.sleep(0)", setup=FLAG), Verdict.HANG),
    ("spinning until a time", _program("end = time.monotonic() + 1\nwhile time.monotonic() < end: pass"), Verdict.HANG),
    ("spinning for a lock", _program("while not lock.acquire(False): pass", setup=FLAG + "\nlock.acquire()"), Verdict.HANG),
    ("spinning on is_set", _program("while not e.is_set(): pass", setup="e = threading.Event()"), Verdict.HANG),
    ("spinning on a queue", _program("while q.empty(): pass", setup="q = queue.Queue()"), Verdict.HANG),
    ("spinning while another sleeps", _program("while not f.up: pass", "time.sleep(1); f.up = True", setup=FLAG), Verdict.HANG),
    ("spinning in a for loop", _program("import itertools\nfor i in itertools.count():\n    if f.up: break", setup=FLAG), Verdict.HANG),
    ("spinning by a function", _program("def ready(): return f.up\nwhile not ready(): pass", setup=FLAG), Verdict.HANG),
    ("an empty endless loop", _program("while True: pass"), Verdict.HANG),
    ("an endless computation", _program("n = 0\nwhile True: n += 1"), Verdict.HANG),
    ("an endless loop that writes", _program("while True: f.n += 1", setup=FLAG), Verdict.HANG),
    ("polling with sleep, for ever", _program("while not f.up: time.sleep(0.01)", setup=FLAG), Verdict.HANG),
    ("polling with a timeout, for ever", _program("while not e.wait(0.01): pass", setup="e = threading.Event()"), Verdict.HANG),
    ("livelock of two polite threads", _program(
        "while f.n < 1:\n    if other.locked(): continue", "while f.n < 1:\n    if lock.locked(): continue", setup=FLAG), Verdict.HANG),
    ("an except that swallows everything", _program("while True:\n    try: time.sleep(1)\n    except BaseException: pass"), Verdict.HANG),
    ("a thread left behind", HEAD + "def scenario():\n    threading.Thread(target=threading.Event().wait).start()", Verdict.LEAK),
    ("a pool left behind", HEAD + "def scenario():\n    e = threading.Event()\n    ThreadPoolExecutor(1).submit(e.wait)", Verdict.LEAK),
    ("too many threads", HEAD + "def scenario():\n    e = threading.Event()\n    for _ in range(100_000): threading.Thread(target=e.wait).start()", None),
    ("a fork bomb of threads", HEAD + "def f():\n    threading.Thread(target=f).start()\n    threading.Event().wait()\ndef scenario():\n    f()", None),
    ("SystemExit in main", HEAD + "def scenario():\n    sys.exit(0)", None),
    ("os._exit is not called by us", HEAD + "def scenario():\n    raise SystemExit(0)", None),
    ("KeyboardInterrupt in main", HEAD + "def scenario():\n    raise KeyboardInterrupt", None),
    ("KeyboardInterrupt in a thread", _program("raise KeyboardInterrupt"), None),
    ("GeneratorExit in a thread", _program("raise GeneratorExit"), None),
)  # fmt: skip


@pytest.mark.parametrize(
    ("program", "verdict"), [f[1:] for f in FAILURES], ids=[f[0] for f in FAILURES]
)
def test_a_failure_gets_its_verdict_quickly(
    program: str, verdict: Verdict | None, tmp_path: Path
) -> None:
    start = time.process_time()
    outcome = run_once(tmp_path, program)
    assert outcome.verdict is not Verdict.PASS
    assert verdict in (None, outcome.verdict), outcome.failure
    assert outcome.failure is not None
    assert outcome.failure.headline
    assert "{thread}" not in outcome.failure.headline + outcome.failure.report
    assert time.process_time() - start < 10


STUBBORN = (
    "while True:\n    try: lock.acquire()\n    except BaseException: pass",
    "while True:\n    try: e.wait()\n    except BaseException: continue",
    "try: e.wait()\nfinally:\n    while True:\n        try: e.wait()\n        except BaseException: pass",
    "try: e.wait()\nfinally:\n    while True: f.n += 1",
    "try: e.wait()\nfinally: e.wait()",
    "try: e.wait()\nfinally:\n    with lock: f.n += 1",
    "try: e.wait()\nexcept BaseException: return",
    "try: e.wait()\nexcept BaseException: raise ValueError",
    "try: e.wait()\nfinally: threading.Thread(target=e.wait).start()",
    "with c:\n    while True:\n        try: c.wait()\n        except BaseException: pass",
    "def g():\n    try: yield\n    finally: e.wait()\nx = g(); next(x); e.wait()",
)


@pytest.mark.parametrize("body", STUBBORN)
def test_a_thread_that_will_not_die_hangs_nothing(body: str, tmp_path: Path) -> None:
    setup = FLAG + "\ne = threading.Event(); c = threading.Condition()\nlock.acquire()"
    lab = lab_for(tmp_path, _program(body, "lock.acquire()", setup=setup))
    for _ in range(3):
        assert lab.run_once("scenario", {}).verdict is Verdict.DEADLOCK


# name, program: no alarm
RIGHT = (
    ("nothing", HEAD + "def scenario(): pass"),
    ("a long computation", _program(*["n = 0\nfor i in range(10_000): n += i"] * 3)),
    ("a long computation in a while", _program(*["n = 0\nwhile n < 10_000: n += 1"] * 3)),
    ("a long computation on attributes", _program("while f.n < 10_000: f.n += 1", setup=FLAG)),
    ("a linear search", _program("i = 0\nwhile q[i] != 1999: i += 1", setup="q = list(range(2000))")),
    ("two linear searches", _program(*["i = 0\nwhile q[i] != 1999: i += 1"] * 2, setup="q = list(range(2000))")),
    ("ten linear searches", _program("for _ in range(10):\n    i = 0\n    while q[i] != 1999: i += 1",
                                     "for _ in range(10):\n    for v in q: pass", setup="q = list(range(2000))")),
    ("a walk through a linked list", _program("node = head\nwhile node.next is not None: node = node.next\n" * 4, setup=(
        "class N:\n    def __init__(self, n): self.next = n\nhead = None\nfor _ in range(2000): head = N(head)"))),
    ("binary search", _program("lo, hi = 0, len(q)\nwhile lo < hi:\n    m = (lo + hi) // 2\n    if q[m] < 77: lo = m + 1\n    else: hi = m",
                               setup="q = list(range(100_000))")),
    ("nested loops", _program("for i in range(150):\n    for j in range(150):\n        if q[j] == -1: break", setup="q = list(range(200))")),
    ("producer and consumer with sleep", _program(
        "for i in range(50): time.sleep(0.1); q.put(i)\nq.put(None)", "while q.get() is not None: time.sleep(0.05)", setup="q = queue.Queue()")),
    ("polling with sleep", _program("while not f.up: time.sleep(0.1)", "time.sleep(20); f.up = True", setup=FLAG)),
    ("polling with a timeout", _program("while not e.wait(0.1): pass", "time.sleep(20); e.set()", setup="e = threading.Event()")),
    ("spinning while another works", _program("while not f.up: pass", "for i in range(5000): f.n += 1\nf.up = True", setup=FLAG)),
    ("spinning for a lock", _program("while not lock.acquire(False): pass\nlock.release()", "for _ in range(20):\n    with lock: f.n += 1", setup=FLAG)),
    ("two that spin for each other in turn", _program(
        "for _ in range(30):\n    while f.n % 2: pass\n    f.n += 1", "for _ in range(30):\n    while not f.n % 2: pass\n    f.n += 1", setup=FLAG)),
    ("a daemon left behind", HEAD + "def scenario():\n    threading.Thread(target=threading.Event().wait, daemon=True).start()"),
    ("a daemon that polls", HEAD + "def poll():\n    while True: time.sleep(1)\ndef scenario():\n    threading.Thread(target=poll, daemon=True).start()\n    time.sleep(3)"),
    ("a thread that ends after main", HEAD + "def scenario():\n    threading.Thread(target=time.sleep, args=(5,)).start()"),
    ("SystemExit in a thread", _program("sys.exit(1)")),
    ("a lock released by another thread", _program("lock.acquire()", "lock.release()", setup=FLAG + "\nlock.acquire()")),
    ("a hundred threads", HEAD + "def scenario():\n    e = threading.Event()\n    ts = [threading.Thread(target=e.wait) for _ in range(100)]\n"
                                 "    for t in ts: t.start()\n    e.set()\n    for t in ts: t.join()"),
    ("a thousand threads, one after the other", HEAD + "def scenario():\n    for _ in range(1000):\n        t = threading.Thread(target=len, args=('',))\n        t.start(); t.join()"),
    ("deep recursion", _program("def f(n): return n and f(n - 1)\nf(200)")),
    ("an exception that is caught", _program("try: {}['k']\nexcept KeyError: pass")),
    ("an error passed to a future", HEAD + "def scenario():\n    with ThreadPoolExecutor(1) as p: assert isinstance(p.submit(lambda: 1 / 0).exception(), ZeroDivisionError)"),
    ("a callback's error is the library's to log", HEAD + "import logging\nfrom concurrent.futures import Future\ndef scenario():\n    logging.getLogger('concurrent.futures').disabled = True\n"
                                 "    f = Future(); f.add_done_callback(lambda g: 1 / 0); f.set_result(1)"),
)  # fmt: skip


@pytest.mark.parametrize("program", [r[1] for r in RIGHT], ids=[r[0] for r in RIGHT])
def test_what_is_right_raises_no_alarm(program: str, tmp_path: Path) -> None:
    outcome = run_once(tmp_path, program)
    assert outcome.verdict is Verdict.PASS, outcome.failure and outcome.failure.report


def test_a_deadlock_names_its_circle(tmp_path: Path) -> None:
    bodies = [
        "with lock:\n    time.sleep(1)\n    with other: pass",
        "with other:\n    time.sleep(1)\n    with lock: pass",
    ]
    outcome = run_once(tmp_path, _program(*bodies, setup=FLAG))
    assert outcome.verdict is Verdict.DEADLOCK
    assert outcome.failure is not None
    assert "t0" in outcome.failure.report
    assert "t1" in outcome.failure.report
    assert outcome.failure.line in (10, 14)


def test_a_scenario_without_a_choice_is_the_suites_error(tmp_path: Path) -> None:
    with pytest.raises(SuiteError):
        explore(tmp_path, HEAD + "def scenario():\n    threading.Lock().acquire()")
    with pytest.raises(SuiteError):
        explore(tmp_path, _program("pass"))


def test_a_failure_outranks_the_missing_choice(tmp_path: Path) -> None:
    assert explore(tmp_path, HEAD + "def scenario(): assert 0, 'no'").verdict is Verdict.WRONG


def test_a_spent_budget_is_no_proof(tmp_path: Path) -> None:
    source = _program(*["for i in range(6): f.n = i"] * 3, setup=FLAG)
    outcome = lab_for(tmp_path, source).explore("scenario", {}, Limits(2, 50))
    assert outcome.verdict is Verdict.PASS
    assert "incomplete" in outcome.coverage
    assert "all" not in outcome.coverage


def test_an_endless_execution_does_not_remember_everything(tmp_path: Path) -> None:
    """The verdict comes although every turn of the loop makes a new object."""
    source = _program("while True: f.q = [1]", setup=FLAG)
    assert run_once(tmp_path, source).verdict is Verdict.HANG


def test_waiters_that_wake_each_other_without_end_are_a_livelock(tmp_path: Path) -> None:
    body = "with c:\n    while not up:\n        c.notify_all()\n        c.wait()"
    source = _program(body, body, setup="c = threading.Condition(); up = False")
    outcome = run_once(tmp_path, source)
    assert outcome.verdict is Verdict.HANG
    assert outcome.failure is not None
    assert "livelock" in outcome.failure.headline


def test_what_does_not_happen_again_is_said_to(tmp_path: Path) -> None:
    """Something of the machine's decides: here, how often a file has been written."""
    source = HEAD + (
        "def scenario():\n"
        "    with open(__file__ + '.times', 'a+') as f:\n"
        "        f.write('x'); f.seek(0); times = len(f.read())\n"
        "    assert times != 1, 'the first time'"
    )
    source = source.replace("__file__", repr(str(tmp_path / "counted")))
    outcome = run_once(tmp_path, source)
    assert outcome.verdict is Verdict.WRONG
    assert outcome.failure is not None
    assert outcome.failure.headline == "the first time"
    assert "did not happen" in outcome.failure.report
    assert outcome.failure.schedule == ""


def test_a_failure_that_is_not_to_be_told_has_the_same_verdict(tmp_path: Path) -> None:
    race = _program("n = f.n\nf.n = n + 1\nassert f.n == n + 1, 'lost'", "f.n = 7", setup=FLAG)
    wrong = _program("assert 1 == 2, 'one is two'", "f.n = 7", setup=FLAG)
    for source, verdict in ((race, Verdict.RACE), (wrong, Verdict.WRONG)):
        told, untold = (
            lab_for(tmp_path, source).explore("scenario", {}, Limits(2, 500), told=told)
            for told in (True, False)
        )
        assert told.verdict is untold.verdict is verdict
        assert told.failure is not None
        assert untold.failure is not None
        assert told.failure.line == untold.failure.line
