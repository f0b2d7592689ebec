"""What is refused unrun, and, as important, what is not."""

from pathlib import Path

import pytest

from harness.grading.screen import screen
from harness.tests.grading_tools import ROOT

REFUSED = {
    "import ctypes": "`ctypes`",
    "from multiprocessing.pool import ThreadPool": "`multiprocessing`",
    "import numpy as np": "`numpy`",
    "from . import helper": "relatively",
    "import sys as s\ns.modules['x'] = 1": "`sys.modules`",
    "from sys import modules": "`sys.modules`",
    "import threading\nthreading.Lock = object": "`threading.Lock`",
    "from threading import Thread as T\nT.start = None": "`threading.Thread.start`",
    "import threading\nthreading.__dict__['Lock'] = 1": "`threading.__dict__`",
    "import time\nsetattr(time, 'sleep', None)": "`time`",
    "getattr(f, '__globals__')": "`__globals__`",
    "def f(:\n  pass": "not valid Python",
    "x = '\0'": "",
    "(" * 500: "",
}
ACCEPTED = [
    "from __future__ import annotations\nimport threading, time, queue, collections, heapq, sys\n",
    "import sys\nassert sys.maxsize > 0\nsys.setrecursionlimit(5000)",
    "import time\nclass A:\n    def __init__(self):\n        self.time = time.monotonic\n",
    "import queue\ndef f(queue):\n    queue[0] = 1\n    queue.head = 2\n",
    "import threading\nmine = threading.local()\nmine.value = 1\n",
    "class Meta(type): pass\nclass A(metaclass=Meta):\n    count = 0\nA.count += 1\n",
    "def f():\n    pass\nif __name__ == '__main__':\n    import doctest, pytest\n    doctest.testmod()",
    "import dataclasses, enum, typing, contextlib, functools, itertools, weakref, logging, abc",
]


@pytest.mark.parametrize(
    ("content", "line", "sentence"),
    [
        (b"# \xe9\nx = 1\n", None, "encoding declaration"),
        (b"x = 1\n\n\n# \xe9\n", 4, "byte 0xe9 is not utf-8"),
    ],
)
def test_bytes_that_are_no_text_are_refused_in_comments_too(
    content: bytes, line: int | None, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "file.py"
    path.write_bytes(content)
    refusal = screen(path)
    assert refusal
    assert refusal.line == line
    assert sentence in refusal.sentence


@pytest.mark.parametrize("source", REFUSED, ids=lambda source: source[:30].replace("\n", " "))
def test_what_reaches_past_the_kata_is_refused(source: str, tmp_path: Path) -> None:
    file = tmp_path / "kata.py"
    file.write_text(source)
    refusal = screen(file)
    assert refusal is not None
    assert REFUSED[source] in refusal.sentence


@pytest.mark.parametrize("source", ACCEPTED, ids=lambda source: source[:30].replace("\n", " "))
def test_ordinary_code_is_not_refused(source: str, tmp_path: Path) -> None:
    file = tmp_path / "kata.py"
    file.write_text(source)
    assert screen(file) is None


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("solutions/*/**/*.py")), ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_no_file_of_the_catalogue_is_refused(path: Path) -> None:
    assert screen(path) is None


def test_a_refusal_names_the_line_and_shows_it(tmp_path: Path) -> None:
    file = tmp_path / "kata.py"
    file.write_text("import threading\n\nimport ctypes  # fast\n")
    refusal = screen(file)
    assert refusal is not None
    assert (refusal.line, refusal.source) == (3, "import ctypes  # fast")


def test_a_file_that_is_not_text_is_refused_with_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "kata.py"
    file.write_bytes(b"\x80\x81\xff" * 100)
    assert screen(file) is not None
