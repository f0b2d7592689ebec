"""What a suite is lent says in words what was missed."""

import pytest

from harness.suite import raises


def test_raises_lets_what_was_due_pass() -> None:
    with raises(LookupError, "f(0)"):
        raise KeyError("of the kind that was due")


def test_raises_says_what_was_due() -> None:
    missed = pytest.raises(
        AssertionError, match=r"^f\(0\) raised nothing, where ValueError was due$"
    )
    with missed, raises(ValueError, "f(0)"):
        pass


def test_raises_lets_other_exceptions_out() -> None:
    with pytest.raises(TypeError, match="another one"), raises(ValueError, "f(0)"):
        raise TypeError("another one")
