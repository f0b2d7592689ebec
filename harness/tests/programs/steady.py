"""Programs whose outcomes are recorded in `golden/outcomes.json`, and how they are computed.

Run as a script it prints the outcomes as JSON; with `--write` it records them.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from harness.explore import Limits
from harness.tests.explore_support import lab_for

GOLDEN = Path(__file__).parents[1] / "golden" / "outcomes.json"

_RUN = """
    threads = [threading.Thread(target=f) for f in bodies]
    for t in threads: t.start()
    for t in threads: t.join()
"""
_HEAD = "import collections, queue, threading, time\nfrom concurrent.futures import ThreadPoolExecutor, wait\n"

PROGRAMS = {
    "lost update": _HEAD + """
class C:
    def __init__(self): self.n = 0
    def add(self): self.n += 1
def scenario():
    c = C()
    bodies = [c.add] * 2""" + _RUN + "    assert c.n == 2, c.n\n",
    "locked update of three": _HEAD + """
class C:
    def __init__(self): self.n = 0; self.lock = threading.Lock()
    def add(self):
        with self.lock: self.n += 1
def scenario():
    c = C()
    bodies = [c.add] * 3""" + _RUN + "    assert c.n == 3, c.n\n",
    "AB-BA": _HEAD + """
def scenario():
    a, b = threading.Lock(), threading.Lock()
    def one(x, y):
        with x:
            with y: pass
    bodies = [lambda: one(a, b), lambda: one(b, a)]""" + _RUN,
    "bounded buffer with notify": _HEAD + """
class Buffer:
    def __init__(self): self.cond = threading.Condition(); self.items = []
    def put(self, x):
        with self.cond:
            while len(self.items) >= 1: self.cond.wait()
            self.items.append(x); self.cond.notify()
    def get(self):
        with self.cond:
            while not self.items: self.cond.wait()
            self.cond.notify()
            return self.items.pop(0)
def scenario():
    b = Buffer()
    bodies = [lambda: b.put(1), lambda: b.put(2), b.get, b.get]""" + _RUN,
    "a real pool of two": _HEAD + """
def scenario():
    seen = []
    with ThreadPoolExecutor(2) as pool:
        futures = [pool.submit(seen.append, i) for i in range(2)]
        wait(futures)
    assert seen == [0, 1], seen
""",
    "timeouts and polling": _HEAD + """
def scenario():
    q = queue.Queue(1); seen = []
    def put():
        for i in range(3): q.put(i, timeout=1); time.sleep(0.5)
    def get():
        for _ in range(3):
            try: seen.append(q.get(timeout=0.25))
            except queue.Empty: seen.append(None)
    bodies = [put, get]""" + _RUN + "    assert seen in ([0, None, 1], [0, 1, None], [0, None, None]), seen\n",
    "a set of objects, walked": _HEAD + """
class Node:
    def __init__(self, n): self.n = n
def scenario():
    nodes = {Node(i) for i in range(5)}
    order = []
    def walk():
        for node in nodes: order.append(node.n)
    bodies = [walk] * 2""" + _RUN + "    assert order[:5] == order[5:], order\n",
    "ids as keys": _HEAD + """
def scenario():
    things = [object() for _ in range(3)]; d = {}
    def put():
        for thing in sorted(things, key=id): d[id(thing)] = d.get(id(thing), 0) + 1
    bodies = [put] * 2""" + _RUN + "    assert set(d.values()) == {2}, list(d.values())\n",
    "spinning": _HEAD + """
def scenario():
    class F: up = False
    f = F()
    def wait():
        while not f.up: time.sleep(0)
    def set(): f.up = True
    bodies = [wait, set, wait]""" + _RUN,
    "sampled": _HEAD + """
def scenario():
    class F: n = 0
    f = F()
    def add():
        for _ in range(5): f.n += 1
    bodies = [add] * 3""" + _RUN + "    assert f.n > 2, f.n\n",
    "comprehensions and closures": _HEAD + """
def scenario():
    total = 0
    last = [0]
    def add():
        nonlocal total
        total, last[0] = total + sum([i for i in range(3) if i]), total
        fs = [lambda: i + total for i in range(2)]
        last.append([f() for f in fs])
    bodies = [add] * 2""" + _RUN + "    assert total == 6, total\n",
}  # fmt: skip


def outcome(name: str) -> dict[str, object]:
    """What exploring a program comes to, and what replaying its failure comes to."""
    with tempfile.TemporaryDirectory() as folder:
        lab = lab_for(Path(folder), PROGRAMS[name])
        found = lab.explore("scenario", {}, Limits(2, 400))
        result: dict[str, object] = {
            "verdict": found.verdict.value,
            "schedules": found.schedules,
            "coverage": found.coverage,
        }
        if found.failure is not None:
            again = lab.replay("scenario", {}, found.failure.schedule)
            assert again.failure is not None
            result |= {
                "headline": found.failure.headline,
                "line": found.failure.line,
                "schedule": found.failure.schedule,
                "found_at": found.failure.found_at,
                "preemptions": found.failure.preemptions,
                "again": [again.verdict.value, again.failure.headline, again.failure.schedule],
            }
        return result


def main() -> None:
    outcomes = {name: outcome(name) for name in PROGRAMS}
    text = json.dumps(outcomes, indent=2) + "\n"
    if "--write" in sys.argv:
        GOLDEN.parent.mkdir(exist_ok=True)
        GOLDEN.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
