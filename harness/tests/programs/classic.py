"""Small programs with one bug each, and twins without it. `make()` gives the threads' bodies and a check."""

# ruff: noqa: E501 - a program a line reads best here

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from harness.verdict import Verdict

RACE = frozenset((Verdict.RACE, Verdict.WRONG))  # WRONG: broken already where nobody is interrupted
STUCK = frozenset((Verdict.DEADLOCK,))


@dataclass(frozen=True)
class Bug:
    """A program: `threads` bodies, and what exploring it must say."""

    name: str
    code: str
    threads: int = 2
    verdicts: frozenset[Verdict] = RACE
    within: int = 500  # executions

    def orders(self) -> Iterable[tuple[int, ...]]:
        """The orders in which the threads are started."""
        return itertools.permutations(range(self.threads))


def _lost_update(name: str, place: str, setup: str, read: str, body: str) -> Bug:
    """Two threads that add one each to something."""
    code = f"""
import threading, collections, dataclasses, functools, operator
{textwrap.dedent(setup)}
def make():
{textwrap.indent(textwrap.dedent(place), "    ")}
    def add():
{textwrap.indent(textwrap.dedent(body), "        ")}
    return [add, add], lambda: {read} == 2
"""
    return Bug(name, code)


_C = "class C:\n    n = 0\n    def __init__(self): self.n = 0; self.d = {'k': 0}; self.l = [0]\n"

LOST_UPDATES = (
    _lost_update("attribute", "c = C()", _C, "c.n", "c.n += 1"),
    _lost_update("attribute, spelled out", "c = C()", _C, "c.n", "c.n = c.n + 1"),
    _lost_update("attribute, through a local", "c = C()", _C, "c.n", "old = c.n\nc.n = old + 1"),
    _lost_update("attribute of what a call returns", "c = C()\nget = lambda: c", _C, "c.n", "get().n += 1"),
    _lost_update("dict entry", "c = C()", _C, "c.d['k']", "c.d['k'] += 1"),
    _lost_update("dict entry by get", "c = C()", _C, "c.d['k']", "c.d['k'] = c.d.get('k', 0) + 1"),
    _lost_update("dict entry by update", "c = C()", _C, "c.d['k']", "c.d.update(k=c.d['k'] + 1)"),
    _lost_update("dict entry with a tuple for a key", "d = {(1, 2): 0}", "", "d[1, 2]", "d[1, 2] += 1"),
    _lost_update("defaultdict", "d = collections.defaultdict(int)", "", "d['k']", "d['k'] += 1"),
    _lost_update("Counter", "d = collections.Counter()", "", "d['k']", "d['k'] += 1"),
    _lost_update("OrderedDict", "d = collections.OrderedDict(k=0)", "", "d['k']", "d['k'] += 1"),
    _lost_update("UserDict", "d = collections.UserDict(k=0)", "", "d['k']", "d['k'] += 1"),
    _lost_update("list slot", "c = C()", _C, "c.l[0]", "c.l[0] += 1"),
    _lost_update("list slot from the end", "c = C()", _C, "c.l[0]", "c.l[-1] = c.l[0] + 1"),
    _lost_update("list by a slice", "c = C()", _C, "c.l[0]", "c.l[:] = [c.l[0] + 1]"),
    _lost_update("array", "import array\na = array.array('i', [0])", "", "a[0]", "a[0] += 1"),
    _lost_update("bytearray", "a = bytearray(1)", "", "a[0]", "a[0] += 1"),
    _lost_update("memoryview", "a = bytearray(1)\nm = memoryview(a)", "", "a[0]", "m[0] += 1"),
    _lost_update("global", "global n\nn = 0", "n = 0", "n", "global n\nn += 1"),
    _lost_update("global in a tuple", "global n\nn = 0", "n = 0", "n", "global n\nn, other = n + 1, 2"),
    _lost_update("global by a walrus", "global n\nn = 0", "n = 0", "n", "global n\nif (n := n + 1): pass"),
    _lost_update("nonlocal", "n = 0", "", "n", "nonlocal n\nn += 1"),
    _lost_update("nonlocal in a tuple", "n = 0", "", "n", "nonlocal n\nother, (n, *rest) = 1, (n + 1, 2)"),
    _lost_update("nonlocal by a walrus", "n = 0", "", "n", "nonlocal n\nprint(end='') if (n := n + 1) else None"),
    _lost_update("nonlocal as a loop's variable", "n = 0", "", "n", "nonlocal n\nfor n in [n + 1]: pass"),
    _lost_update("class attribute", "C.n = 0", _C, "C.n", "C.n += 1"),
    _lost_update("class attribute by type(self)", "C.n = 0\nc = D()", _C + "class D(C): pass", "D.n",
                 "type(c).n += 1"),
    _lost_update("class attribute, read through the object", "c = E()", "class E: n = 0", "E.n",
                 "E.n = c.n + 1"),
    _lost_update("class attribute, read through a subclass", "c = F()",
                 "class E: n = 0\nclass F(E): pass", "E.n", "E.n = F.n + 1"),
    _lost_update("attribute of a function", "f.n = 0", "def f(): pass", "f.n", "f.n += 1"),
    _lost_update("getattr and setattr", "c = C()", _C, "c.n", "setattr(c, 'n', getattr(c, 'n') + 1)"),
    _lost_update("__slots__", "c = S()", "class S:\n    __slots__ = ('n',)\n    def __init__(self): self.n = 0", "c.n", "c.n += 1"),
    _lost_update("dataclass", "c = D()", "@dataclasses.dataclass\nclass D:\n    n: int = 0", "c.n", "c.n += 1"),
    _lost_update("property", "c = P()", """
        class P:
            def __init__(self): self._n = 0
            @property
            def n(self): return self._n
            @n.setter
            def n(self, value): self._n = value
        """, "c.n", "c.n += 1"),
    _lost_update("descriptor", "c = P()", """
        class Field:
            def __set_name__(self, owner, name): self.key = "_" + name
            def __get__(self, thing, cls): return thing.__dict__[self.key]
            def __set__(self, thing, value): thing.__dict__[self.key] = value
        class P:
            n = Field()
            def __init__(self): self.n = 0
        """, "c.n", "c.n += 1"),
    _lost_update("private name", "c = P()", """
        class P:
            def __init__(self): self.__n = 0
            def add(self): self.__n += 1
            def get(self): return self.__n
        """, "c.get()", "c.add()"),
    _lost_update("lambda", "c = C()\nbump = lambda: setattr(c, 'n', c.n + 1)", _C, "c.n", "bump()"),
    _lost_update("unpacking into an attribute", "c = C()", _C, "c.n", "c.n, _ = c.n + 1, 0"),
    _lost_update("in a comprehension", "c = C()", _C, "c.n", "c.n = [c.n + i for i in (1,)][0]"),
    _lost_update("star arguments", "c = C()\ndef put(v): c.n = v", _C, "c.n", "put(*[c.n + 1])"),
    _lost_update("default argument", "c = C()", _C, "c.n", "def f(v=c.n): c.n = v + 1\nf()"),
    _lost_update("try and finally", "c = C()", _C, "c.n", "try: old = c.n\nfinally: c.n = old + 1"),
    _lost_update("match", "c = C()", _C, "c.n", "match c.n:\n    case old: c.n = old + 1"),
    _lost_update("functools.partial", "c = C()", _C, "c.n", "functools.partial(setattr, c, 'n')(c.n + 1)"),
    _lost_update("super", "c = D()", _C + """
class B(C):
    def add(self): self.n += 1
class D(B):
    def add(self): super().add()
""", "c.n", "c.add()"),
    _lost_update("a lock each", "c = C()", _C, "c.n", "with threading.Lock(): c.n += 1"),
    _lost_update("read outside of the lock", "c = C()\nlock = threading.Lock()", _C, "c.n",
                 "old = c.n\nwith lock: c.n = old + 1"),
    _lost_update("two locked steps", "c = C()\nlock = threading.Lock()", _C, "c.n",
                 "with lock: old = c.n\nwith lock: c.n = old + 1"),
    _lost_update("two deques", "q = collections.deque([0])", "", "q[0]", "v = q.popleft() if q else 0\nq.append(v + 1)"),
)  # fmt: skip


def _both(name: str, setup: str, body: str, check: str) -> Bug:
    return Bug(
        name,
        f"""
import collections, heapq, threading
def make():
{textwrap.indent(textwrap.dedent(setup), "    ")}
    def work():
{textwrap.indent(textwrap.dedent(body), "        ")}
    return [work, work], lambda: {check}
""",
    )


CHECK_THEN_ACT = (
    _both("list that is not empty", "q = [1]", "if q: q.pop()", "True"),
    _both("list with a length", "q = [1]", "if len(q) > 0: q.pop()", "True"),
    _both("list item", "q = [1]", "if 1 in q: q.remove(1)", "True"),
    _both("deque", "q = collections.deque([1])", "if q: q.popleft()", "True"),
    _both("set", "q = {1}", "if 1 in q: q.remove(1)", "True"),
    _both("dict key", "d = {'k': 1}", "if 'k' in d: del d['k']", "True"),
    _both("dict entry made twice", "d = {}\nmade = []", "if 'k' not in d:\n    d['k'] = 1\n    made.append(1)", "len(made) == 1"),
    _both("dict length", "d = {'k': 1}\nmade = []", "if len(d) == 1:\n    del d['k']", "True"),
    _both("heap", "q = [1]", "if q: heapq.heappop(q)", "True"),
    _both("first item of a list", "q = [1, 2]\ngot = []", "v = q[0]\ndel q[0]\ngot.append(v)", "sorted(got) == [1, 2]"),
    _both("list by a local name", "class C: pass\nc = C(); c.q = [1]", "q = c.q\nif q: q.pop()", "True"),
    _both("bound method", "q = [1]\ntake = q.pop", "if q: take()", "True"),
    _both("bound method on an object", "class C: pass\nc = C(); c.q = [1]; c.take = c.q.pop", "if c.q: c.take()", "True"),
    _both("method of the class", "q = [1]", "if list.__len__(q): list.pop(q)", "True"),
    _both("is None", "class C: x = None\nc = C()\nmade = []", "if c.x is None:\n    c.x = object()\n    made.append(1)", "len(made) == 1"),
    _both("double-checked locking without the second check",
          "class C: x = None\nc = C(); lock = threading.Lock(); made = []",
          "if c.x is None:\n    with lock:\n        c.x = object()\n        made.append(1)", "len(made) == 1"),
    _both("hasattr", "class C: pass\nc = C(); made = []", "if not hasattr(c, 'x'):\n    c.x = 1\n    made.append(1)", "len(made) == 1"),
    _both("try-lock of another lock", "a = threading.Lock()\nclass C: n = 0\nc = C()",
          "if not a.locked():\n    old = c.n\n    with a: c.n = old + 1\nelse:\n    with a: c.n += 1", "c.n == 2"),
    _both("event", "e = threading.Event()\nmade = []", "if not e.is_set():\n    made.append(1)\n    e.set()", "len(made) == 1"),
    _both("queue's size", "import queue\nq = queue.Queue(); q.put(1)", "if q.qsize() == 1: q.get_nowait()", "True"),
    _both("SimpleQueue's emptiness", "import queue\nq = queue.SimpleQueue(); q.put(1)", "if not q.empty(): q.get_nowait()", "True"),
)  # fmt: skip


def _two(
    name: str,
    setup: str,
    one: str,
    two: str,
    check: str = "True",
    verdicts: frozenset[Verdict] = RACE,
) -> Bug:
    return Bug(
        name,
        f"""
import collections, heapq, itertools, queue, threading, time
def make():
{textwrap.indent(textwrap.dedent(setup), "    ")}
    def one():
{textwrap.indent(textwrap.dedent(one), "        ")}
    def two():
{textwrap.indent(textwrap.dedent(two), "        ")}
    return [one, two], lambda: {check}
""",
        verdicts=verdicts,
    )


OTHERS = (
    _two("iteration of a list that grows", "q = [1, 2]\nseen = []", "for v in q: seen.append(v)", "q.insert(0, 0)",
         "seen in ([1, 2], [0, 1, 2])"),
    _two("iteration of a dict that grows", "d = {1: 1}", "for k in d: pass", "d[2] = 2"),
    _two("iteration of a dict's items", "d = {1: 1}", "for k, v in d.items(): pass", "d[2] = 2"),
    _two("iteration of a dict's values", "d = {1: 1}", "for v in d.values(): pass", "del d[1]"),
    _two("iteration of a set", "s = {1}", "for v in s: pass", "s.add(2)"),
    _two("iteration of a deque", "s = collections.deque([1])", "for v in s: pass", "s.append(2)"),
    _two("iteration in a comprehension", "d = {1: 1}", "[k for k in d]", "d[2] = 2"),
    _two("iteration in a generator expression", "d = {1: 1}", "sum(k for k in d)", "d[2] = 2"),
    _two("iteration by enumerate", "d = {1: 1}", "for i, k in enumerate(d): pass", "d[2] = 2"),
    _two("iteration by zip", "d = {1: 1, 3: 3}", "for i, k in zip('ab', d): pass", "d[2] = 2"),
    _two("iteration by map", "d = {1: 1, 3: 3}", "for k in map(str, d): pass", "d[2] = 2"),
    _two("iteration by iter and next", "d = {1: 1, 3: 3}", "it = iter(d)\nnext(it)\nnext(it)", "d[2] = 2"),
    _two("iteration by yield from", "d = {1: 1}\ndef walk(): yield from d", "for v in walk(): pass", "d[2] = 2"),
    _two("index after len", "q = [1, 2]", "if len(q) == 2: q[1]", "q.pop()"),
    _two("torn pair", "class C: a = b = 0\nc = C(); c.a = c.b = 0\nseen = []", "c.a = 1\nc.b = 1", "seen.append((c.a, c.b))",
         "seen[0] in ((0, 0), (1, 1))"),
    _two("torn pair in one assignment", "class C: pass\nc = C(); c.a = c.b = 0\nseen = []", "c.a, c.b = 1, 1",
         "seen.append((c.b, c.a))", "seen[0] in ((0, 0), (1, 1))"),
    _two("early publication", "class R: pass\nr = R(); r.slots = [None]; r.tail = 0\ngot = []",
         "r.tail += 1\nr.slots[0] = 'item'", "if r.tail > 0: got.append(r.slots[0])", "got in ([], ['item'])"),
    _two("flag rebound by the owner", "flag = False\nseen = []\nd = {}\ndef reader():\n    if flag: seen.append(d.get('k'))",
         "nonlocal flag\nflag = True\nd['k'] = 1", "reader()", "seen in ([], [1])"),
    _two("len of a dict while an entry is deleted", "d = {1: 1, 2: 2}\nseen = []", "del d[1]\nd[3] = 3", "seen.append(len(d))",
         "seen == [2]"),
    _two("slot after a deletion", "q = [1, 2]\nseen = []", "del q[0]\nq.insert(0, 1)", "seen.append(q[0])", "seen == [1]"),
    _two("sum of a list in two steps", "q = [5, 5]", "q[0] -= 1\nq[1] += 1", "assert sum(q) == 10, 'torn'"),
    _two("a set's difference", "a = {1, 2}; seen = []", "a.discard(1); a.add(1)", "seen.append(a - {2})", "seen == [{1}]"),
    _two("unpacking a list", "q = [1, 1]; seen = []", "q[0] = 2; q[1] = 2", "a, b = q; seen.append(a == b)", "seen == [True]"),
    _two("a list in an f-string", "q = [1]; seen = []", "q[0] = 2; q[0] = 1", "seen.append(f'{q}')", "seen == ['[1]']"),
    _two("keywords from a dict", "q = {'a': 1}; seen = []\ndef f(a): seen.append(a)", "q['a'] = 2; q['a'] = 1", "f(**q)", "seen == [1]"),
    _two("dict in a dict display", "q = {'a': 1}; seen = []", "q['a'] = 2; q['a'] = 1", "seen.append({**q})", "seen == [{'a': 1}]"),
    _two("json of a dict", "import json\nq = {'a': 1}; seen = []", "q['a'] = 2; q['a'] = 1", "seen.append(json.dumps(q))",
         "seen == ['{\"a\": 1}']"),
    _two("copy of a list", "import copy\nq = [1]; seen = []", "q[0] = 2; q[0] = 1", "seen.append(copy.copy(q))", "seen == [[1]]"),
    _two("slice of a list", "q = [1, 2]; seen = []", "q[0] = 2; q[0] = 1", "seen.append(q[:])", "seen == [[1, 2]]"),
    _two("closure variable of a loop", "seen = []\nthreads = []\nfor i in range(2): threads.append(lambda: seen.append(i))\nready = []",
         "ready.append(1)", "seen.append(bool(ready))", "seen == [True]"),
    _two("StringIO", "import io\ns = io.StringIO()", "s.write('a'); s.write('b')", "s.write('-')", "s.getvalue() != 'a-b'"),
    _two("generator with state, shared", "def gen():\n    n = 0\n    while n < 4:\n        n += 1\n        yield n\ng = gen(); got = []",
         "got.append(next(g))", "got.append(next(g))", "sorted(got) == [1, 2] and got[0] == 1"),
    _two("a generator that is already running", "class C: n = 0\nc = C()\ndef gen():\n    while True:\n        c.n += 1\n        yield c.n\ng = gen()",
         "next(g)", "next(g)"),
    _two("a generator of variables of its own that is already running", "def gen():\n    n = 0\n    while n < 4:\n        n += 1\n        yield n\ng = gen()",
         "next(g)", "next(g)"),
    _two("a generator that two threads send to", "def gen():\n    n = 0\n    while True: n += yield n\ng = gen(); next(g)", "g.send(1)", "g.send(1)"),
    _two("a list that is being sorted by a key in Python", "q = [2, 1]", "q.sort(key=lambda v: v)", "assert len(q) == 2, 'empty'"),
    _two("min with a key in Python", "q = collections.deque([2, 1])", "min(q, key=lambda v: v)", "q.append(0)"),
    _two("insort with a key in Python", "import bisect\nq = [4, 5, 6, 7]", "bisect.insort(q, 5.5, key=lambda v: v)",
         "bisect.insort(q, 1, key=lambda v: v)", "q == sorted(q)"),
    _two("a heap of what compares in Python", "import dataclasses\n@dataclasses.dataclass(order=True)\nclass T: n: int\nq = [T(4), T(5)]",
         "heapq.heappush(q, T(1))", "heapq.heappush(q, T(2))", "[heapq.heappop(q).n for _ in '1234'] == [1, 2, 4, 5]"),
    _two("remove of what compares in Python", "class T:\n    def __eq__(self, other): return other is last\nlast = T()\nq = collections.deque([T(), last])",
         "q.remove(T())", "q.append(3)"),
    _two("defaultdict that makes its entry in Python", "d = collections.defaultdict(threading.Condition); got = []",
         "got.append(d['k'])", "got.append(d['k'])", "got[0] is got[1]"),
    _two("lru_cache that makes two", "import functools\n@functools.lru_cache\ndef lock_of(k): return threading.Lock()\ngot = []",
         "got.append(lock_of(1))", "got.append(lock_of(1))", "got[0] is got[1]"),
    _two("a method in C from a table", "q = []; table = {'put': q.append}; seen = []", "table['put'](1)", "n = len(q)\nseen.append(len(q) - n)",
         "seen == [0]"),
    _two("a method in C from getattr", "q = []; seen = []", "getattr(q, 'append')(1)", "n = len(q)\nseen.append(len(q) - n)", "seen == [0]"),
    _two("a thread that calls a list's method", "q = []\nt = threading.Thread(target=q.append, args=(1,))", "t.start()\nq.append(2)\nt.join()",
         "pass", "q == [1, 2]"),
    _two("AB-BA", "a, b = threading.Lock(), threading.Lock()", "with a:\n    with b: pass", "with b:\n    with a: pass", verdicts=STUCK),
    _two("AB-BA with RLocks", "a, b = threading.RLock(), threading.RLock()", "with a:\n    with b: pass", "with b:\n    with a: pass", verdicts=STUCK),
    _two("AB-BA through conditions", "a, b = threading.Condition(), threading.Condition()", "with a:\n    with b: b.notify()",
         "with b:\n    with a: a.notify()", verdicts=STUCK),
    _two("if around wait", "c = threading.Condition(); q = []", "with c:\n    q.append(1); c.notify_all()",
         "def take():\n    with c:\n        if not q: c.wait()\n        q.pop()\nt = threading.Thread(target=take); t.start()\nwith c:\n    q.append(1); c.notify_all()\ntake()\nt.join()"),
    _two("lost wakeup", "c = threading.Condition()", "with c: c.wait()", "with c: c.notify()", verdicts=STUCK),
    _two("lost wakeup, flag not under the lock", "c = threading.Condition()\nclass F: ready = False\nf = F()",
         "if not f.ready:\n    with c: c.wait()", "f.ready = True\nwith c: c.notify()", verdicts=STUCK),
    _two("event set and cleared", "e = threading.Event()", "e.wait()", "e.set(); e.clear()", verdicts=STUCK),
    _two("missing notify", "c = threading.Condition(); q = []", "with c:\n    while not q: c.wait()", "with c: q.append(1)", verdicts=STUCK),
    _two("a lock that is not released on an error", "a = threading.Lock(); q = [1]",
         "a.acquire()\ntry: q.pop()\nexcept IndexError: pass\nelse: a.release()",
         "a.acquire()\ntry: q.pop()\nexcept IndexError: pass\nelse: a.release()\na.acquire(); a.release()", verdicts=STUCK),
    _two("a semaphore taken twice", "s = threading.Semaphore(2)", "with s:\n    with s: pass", "with s:\n    with s: pass", verdicts=STUCK),
    _two("join under a lock", "a = threading.Lock()\ndef body():\n    with a: pass", "t = threading.Thread(target=body)\nwith a:\n    t.start(); t.join()",
         "pass", verdicts=STUCK),
    _two("release by another thread", "a = threading.Lock(); b = threading.Lock(); q = []",
         "with b: q.append(1)\na.acquire()", "with b: q.append(2)\na.release()"),
)  # fmt: skip

NOTIFY = (
    Bug("notify where notify_all is needed", """
import threading
def make():
    c = threading.Condition(); q = []; log = []
    def put():
        with c:
            q.append(1); c.notify()
    def take():
        with c:
            while not q: c.wait()
            q.pop()
    def watch():
        with c:
            while not q and not log: c.wait()
            log.append(1)
    return [put, take, watch], None
""", 3, STUCK),
)  # fmt: skip

BUGS = (
    *(Bug(f"lost update: {b.name}", b.code, b.threads, b.verdicts, b.within) for b in LOST_UPDATES),
    *(
        Bug(f"check then act: {b.name}", b.code, b.threads, b.verdicts, b.within)
        for b in CHECK_THEN_ACT
    ),
    *OTHERS,
    *NOTIFY,
)

TWINS = (
    _both("count is atomic", "import itertools\nc = itertools.count(); got = []", "got.append(next(c))", "sorted(got) == [0, 1]"),
    _both("locked generator", "def gen():\n    n = 0\n    while True: n += yield n\ng = gen(); next(g); lock = threading.Lock(); got = []",
          "with lock: got.append(g.send(1))", "sorted(got) == [1, 2]"),
    _both("append is atomic", "q = []", "q.append(1)", "len(q) == 2"),
    _both("setdefault is atomic", "d = {}; got = []", "got.append(d.setdefault('k', object()))", "got[0] is got[1]"),
    _both("dict.pop is atomic", "d = {'k': 1}; got = []", "got.append(d.pop('k', None))", "sorted(got, key=str) == [1, None]"),
    _both("heappush is atomic", "q = []", "heapq.heappush(q, 1)", "q == [1, 1]"),
    _both("locked counter", "class C: n = 0\nc = C(); lock = threading.Lock()", "with lock: c.n += 1", "c.n == 2"),
    _both("RLock", "class C: n = 0\nc = C(); lock = threading.RLock()", "with lock:\n    with lock: c.n += 1", "c.n == 2"),
    _both("locked global", "global n\nn = 0; lock = threading.Lock()", "global n\nwith lock: n += 1", "n == 2"),
    _both("threads' own data", "local = threading.local(); got = []", "local.n = 0\nlocal.n += 1\ngot.append(local.n)", "got == [1, 1]"),
    _both("own objects", "class C: n = 0\ngot = []", "c = C(); c.n += 1; got.append(c.n)", "got == [1, 1]"),
    _both("double-checked locking", "class C: x = None\nc = C(); lock = threading.Lock(); made = []",
          "if c.x is None:\n    with lock:\n        if c.x is None:\n            c.x = object()\n            made.append(1)", "len(made) == 1"),
    _both("try-lock and wait", "a = threading.Lock()\nclass C: n = 0\nc = C()",
          "if not a.acquire(False): a.acquire()\nc.n += 1\na.release()", "c.n == 2"),
    _both("semaphore as a lock", "a = threading.Semaphore(1)\nclass C: n = 0\nc = C()", "with a: c.n += 1", "c.n == 2"),
    _both("snapshot before the walk", "d = {1: 1}; lock = threading.Lock()", "with lock: keys = list(d)\nfor k in keys: pass\nwith lock: d[2] = 2", "True"),
    _both("defaultdict makes one list", "d = collections.defaultdict(list)", "d['k'].append(1)", "d['k'] == [1, 1]"),
    _both("setdefault with a Condition is atomic", "d = {}; got = []", "got.append(d.setdefault('k', threading.Condition()))", "got[0] is got[1]"),
    _both("sort with a key in C is atomic", "q = ['b', 'a']", "q.sort(key=str.upper)\nassert len(q) == 2, 'empty'", "q == ['a', 'b']"),
    _both("locked lru_cache", "import functools\nlock = threading.Lock(); got = []\n@functools.lru_cache\ndef lock_of(k): return threading.Lock()",
          "with lock: got.append(lock_of(1))", "got[0] is got[1]"),
    _two("while around wait", "c = threading.Condition(); q = []", "with c:\n    while not q: c.wait()\n    q.pop()",
         "with c:\n    q.append(1); c.notify()"),
    _two("wait_for", "c = threading.Condition(); q = []", "with c:\n    c.wait_for(lambda: q)\n    q.pop()", "with c:\n    q.append(1); c.notify()"),
    _two("locks in one order", "a, b = threading.Lock(), threading.Lock()", "with a:\n    with b: pass", "with a:\n    with b: pass"),
    _two("queue", "q = queue.Queue(1); got = []", "for i in range(3): q.put(i)", "for i in range(3): got.append(q.get())", "got == [0, 1, 2]"),
    _two("event", "e = threading.Event(); q = []", "q.append(1); e.set()", "e.wait(); q.pop()"),
    _two("publication after the write", "class R: pass\nr = R(); r.slots = [None]; r.tail = 0\ngot = []",
         "r.slots[0] = 'item'\nr.tail += 1", "if r.tail > 0: got.append(r.slots[0])", "got in ([], ['item'])"),
    _two("spinning until a flag is set", "class R: ready = False\nr = R(); d = {}", "d['k'] = 1; r.ready = True",
         "while not r.ready: pass\nd['k']"),
    _two("spinning with sleep(0)", "class R: ready = False\nr = R(); d = {}", "d['k'] = 1; r.ready = True",
         "while not r.ready: time.sleep(0)\nd['k']"),
    _two("spinning for a lock", "a = threading.Lock(); d = {}", "with a: d['k'] = 1", "while not a.acquire(False): pass\na.release()"),
)  # fmt: skip
