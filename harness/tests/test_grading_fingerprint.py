"""What the fingerprint notices, and what it lets be."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from harness.grading.fingerprint import Fingerprint, of_the_grader


def module() -> Any:
    made = ModuleType("sample")
    exec("def f(x=1): return x\nclass A:\n    def m(self): pass\nn = 1\n", made.__dict__)
    return made


def swap_code(sample: Any) -> None:
    sample.f.__code__ = (lambda x: 2).__code__


def swap_defaults(sample: Any) -> None:
    sample.f.__defaults__ = (2,)


CHANGES: dict[str, Callable[[Any], None]] = {
    "sample.f": lambda sample: setattr(sample, "f", lambda: 2),
    "sample.f (code)": swap_code,
    "sample.f (defaults)": swap_defaults,
    "sample.A": lambda sample: delattr(sample, "A"),
    "sample.A.m": lambda sample: setattr(sample.A, "m", lambda self: 2),
    "sample.A.__eq__": lambda sample: setattr(sample.A, "__eq__", lambda self, other: True),
    "sample.len": lambda sample: setattr(sample, "len", lambda value: 0),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_replaced_function_or_class_is_named(name: str) -> None:
    sample = module()
    sample.A.__module__ = "sample"
    before = Fingerprint([sample])
    assert before.changed() == ""
    CHANGES[name](sample)
    assert before.changed() == name.partition(" ")[0]


def test_ordinary_state_may_change() -> None:
    sample = module()
    before = Fingerprint([sample])
    sample.n = 2
    sample.cache = {}
    sample.A.count = 3
    assert before.changed() == ""


def test_the_grader_is_as_it_was() -> None:
    assert [part.changed() for part in of_the_grader()] == ["", ""]
