"""Small random programs with threads, as source text; the same one for the same seed.

Each program is a list of threads, each a list of steps over shared objects; `scenario(note,
run, order)` starts the threads in the given order, joins them and notes what is left.
"""

# ruff: noqa: E501 - a program a line reads best here

from __future__ import annotations

import random
from dataclasses import dataclass

HEAD = """\
import queue, threading, time, collections

class Shared:
    kind = 0
    def __init__(self):
        self.n = 0
        self.d = {"a": 0}
        self.l = [7, 8]
        self.q = collections.deque([1])
        self.s = {1}

count = 0

def scenario(note, run, order):
    global count
    count = 0
    x = Shared()
    total = 0
    A, B, R = threading.Lock(), threading.Lock(), threading.RLock()
    C, E = threading.Condition(), threading.Event()
    S = threading.Semaphore(1)
    Q = queue.SimpleQueue()
    P = queue.Queue(1)
"""

MEMORY = (
    "x.n = {v}", "x.n += {v}", "note({t}, x.n)", "x.n = x.n + 1", "Shared.kind += 1", "note({t}, x.kind)",
    "x.d['a'] += 1", "x.d['b'] = {v}", "note({t}, x.d.get('b'))", "note({t}, 'b' in x.d)", "note({t}, len(x.d))",
    "x.d.pop('b', None)", "note({t}, sorted(x.d))", "x.d.setdefault('b', {v})", "note({t}, list(x.d.items()))",
    "del x.d['a']", "note({t}, [k for k, _ in x.d.items()])",
    "x.l.append({v})", "note({t}, x.l[0])", "note({t}, x.l[-1])", "x.l[0] = {v}", "note({t}, len(x.l))",
    "note({t}, tuple(x.l))", "x.l.pop()", "del x.l[0]", "note({t}, sum(x.l))", "note({t}, {v} in x.l)",
    "x.l[:] = [{v}]", "x.l += [{v}]", "note({t}, [v for v in x.l])", "first, *rest = x.l; note({t}, first)",
    "x.l, x.n = [x.n], {v}", "note({t}, f'{{x.l}}')", "x.l.insert(0, {v})",
    "x.q.append({v})", "x.q.popleft()", "note({t}, tuple(x.q))", "x.q and note({t}, x.q[0])",
    "x.s.add({v})", "note({t}, {v} in x.s)", "x.s.discard({v})", "note({t}, x.s - {{1}})",
    "total += {v}", "note({t}, total)", "total, local = total + 1, 0", "note({t}, (total := total + 1))",
    "count += 1", "note({t}, count)", "note({t}, getattr(x, 'n'))", "setattr(x, 'n', {v})",
    "push = x.l.append; push({v})", "note({t}, next(iter(x.l), None))", "note({t}, max(x.l, default=0))",
    "if x.n == 0: x.n = {v}", "if not x.l: x.n += 1", "note({t}, {v} in x.d.values())",
)  # fmt: skip
LOCKS = (
    "with A: {m}", "with A: {m}; {n}", "with B: {m}", "with A:\n    with B: {m}", "with B:\n    with A: {m}",
    "with R:\n    with R: {m}", "with R: {m}\n{n}", "with A: {m}\nwith A: {n}",
    "if A.acquire(False):\n    {m}\n    A.release()\nelse: note({t}, 'busy')",
    "if A.acquire(timeout=1):\n    {m}\n    A.release()\nelse: note({t}, 'late')",
    "note({t}, A.locked())", "A.release()", "A.acquire()", "with A: time.sleep(1)", "if R.acquire(False): {m}; R.release()",
    "with A: {m}\n{n}",
)  # fmt: skip
WAITING = (
    "with C: C.wait()", "with C: note({t}, C.wait(1))", "with C: C.notify()", "with C: {m}; C.notify_all()",
    "with C:\n    if x.n == 0: C.wait(2)\n    {m}", "with C:\n    x.n = 1\n    C.notify()",
    "with C:\n    while x.n == 0: C.wait()",
    "E.set()", "E.clear()", "note({t}, E.is_set())", "E.wait()", "note({t}, E.wait(1))", "{m}; E.set()", "E.wait(2); {m}",
    "S.acquire()", "S.release()", "note({t}, S.acquire(False))", "note({t}, S.acquire(timeout=1))", "with S: {m}",
    "Q.put({v})", "note({t}, Q.get())", "note({t}, Q.empty())", "note({t}, Q.qsize())", "note({t}, Q.get(timeout=1))",
    "if not Q.empty(): note({t}, Q.get_nowait())", "P.put({v})", "note({t}, P.get())", "note({t}, P.qsize())",
    "try: P.put_nowait({v})\nexcept queue.Full: note({t}, 'full')", "try: note({t}, P.get(timeout=1))\nexcept queue.Empty: note({t}, 'empty')",
    "time.sleep(1)", "time.sleep(2)", "time.sleep(0)", "note({t}, time.monotonic() - start)",
    "C.acquire(); {m}; C.release()", "note({t}, C.acquire(False))",
)  # fmt: skip
THREADS = (
    "u = threading.Thread(target=lambda: {b}); u.start(); u.join(); {m}",
    "u = threading.Thread(target=lambda: {b}); u.start(); {m}; u.join()",
    "u = threading.Thread(target=lambda: {b}); u.start(); note({t}, u.is_alive())",
    "u = threading.Thread(target=x.l.append, args=({v},)); u.start(); {m}",
    "u = threading.Timer(1, lambda: {b}); u.start(); {m}",
    "u = threading.Thread(target=lambda: {b}); u.start(); u.join(1); {m}",
)  # fmt: skip


@dataclass(frozen=True)
class Program:
    """A program and how many threads `order` permutes."""

    source: str
    threads: int


def random_program(seed: int, threads: int = 2, longest: int = 3) -> Program:
    """The program of this seed."""
    dice = random.Random(seed)
    kinds = dice.choice(["m", "ml", "mlw", "mw", "mt", "mlwt", "l", "lw", "w"])
    # A few of the steps only: threads that have nothing in common have nothing to race for.
    pool = _pool(dice, kinds)
    bodies = [
        [_step(dice, pool, thread) for _ in range(dice.randint(1, longest))]
        for thread in range(threads)
    ]
    return Program(_source(bodies), threads)


def _pool(dice: random.Random, kinds: str) -> list[str]:
    tables = {"m": MEMORY, "l": LOCKS, "w": WAITING, "t": THREADS}
    pool: list[str] = []
    for kind in kinds:
        pool += dice.sample(tables[kind], 4)
    return pool


def _step(dice: random.Random, pool: list[str], thread: int) -> str:
    memory = [step for step in pool if step in MEMORY] or ["x.n += 1", "note({t}, x.n)"]
    calls = [
        "setattr(x, 'n', 5)",
        f"note({thread + 10}, x.n)",
        "x.l.append(4)",
        "note(9, len(x.d))",
        "E.set()",
    ]

    def simple() -> str:
        chosen = dice.choice([step for step in memory if not step.startswith("if")] or ["x.n += 1"])
        return chosen.format(t=thread, v=dice.randint(1, 3))

    return dice.choice(pool).format(
        t=thread, v=dice.randint(1, 3), m=simple(), n=simple(), b=dice.choice(calls)
    )


def _source(bodies: list[list[str]]) -> str:
    lines = [HEAD, "    start = time.monotonic()"]
    for number, body in enumerate(bodies):
        lines += [f"    def t{number}():", "        nonlocal total", "        global count"]
        lines += [f"        {line}" for step in body for line in step.splitlines()]
    names = ", ".join(f"t{number}" for number in range(len(bodies)))
    lines += [
        f"    bodies = [{names}]",
        "    run([threading.Thread(target=bodies[i]) for i in order])",
        "    note('end', (x.n, tuple(x.d.items()), tuple(x.l), tuple(x.q), frozenset(x.s), total, count, Shared.kind))",
    ]
    return "\n".join(lines) + "\n"
