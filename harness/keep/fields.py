"""Fields of a JSON document, read with care.

Guarantees: what a Reader returns has the type and the range that its method names; anything else is a
Wrong, which says at which place of the document. A field that nobody asked for is one too.
"""

import enum
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
E = TypeVar("E", bound=enum.StrEnum)

LAST_MOMENT = 4102444800.0  # the year 2100
LONGEST_DURATION = 10 * 366 * 86400.0
LARGEST_COUNT = 1000
LARGEST = 1e15
_KINDS = {dict: "an object", list: "a list", str: "a text", float: "a number", int: "a number"}


@dataclass(frozen=True)
class At:
    """A place in a document: `attempts[3].levels[0]`."""

    text: str = ""

    def __truediv__(self, step: str | int) -> "At":
        if isinstance(step, int):
            return At(f"{self.text}[{step}]")
        return At(f"{self.text}.{step}" if self.text else step)


class Wrong(Exception):  # noqa: N818  a word that reads well where it is raised
    """A document that is not as it should be."""

    def __init__(self, at: At, what: str) -> None:
        super().__init__(f"{at.text or 'the document'} {what}")


class Reader:
    """One object of the document."""

    def __init__(self, value: Any, at: At) -> None:
        if not isinstance(value, dict):
            raise Wrong(at, f"is {_shown(value)}, not an object")
        self._value = value
        self._asked: set[str] = set()
        self.at = at

    def names(self) -> Collection[str]:
        """The names of its fields."""
        return tuple(self._value)

    def inner(self, name: str) -> "Reader":
        """An object."""
        return Reader(self._get(name, dict), self.at / name)

    def each(self, name: str, read: Callable[["Reader"], T]) -> tuple[T, ...]:
        """A list of objects, each with no field that is not read."""
        found = []
        for n, value in enumerate(self._get(name, list)):
            row = Reader(value, self.at / name / n)
            found.append(read(row))
            row.done()
        return tuple(found)

    def text(self, name: str) -> str:
        """A text, perhaps empty."""
        text: str = self._get(name, str)
        try:
            text.encode()
        except UnicodeEncodeError:
            self._refuse(name, "a text that can be written as UTF-8")
        return text

    def name(self, name: str) -> str:
        """A text that is not empty, and does nothing to a terminal."""
        text = self.text(name)
        if not text or not text.isprintable():
            self._refuse(name, "a text that is not empty, of letters and signs")
        return text

    def member(self, name: str, kind: type[E]) -> E:
        """One of the words of an enumeration."""
        word = self.text(name)
        if word not in list(kind):
            self._refuse(name, "one of " + ", ".join(kind))
        return kind(word)

    def truth(self, name: str) -> bool:
        """True or false."""
        self._asked.add(name)
        value = self._value.get(name)
        if not isinstance(value, bool):
            if name not in self._value:
                raise Wrong(self.at / name, "is missing")
            self._refuse(name, "true or false")
        return bool(value)

    def number(self, name: str) -> float:
        """A number."""
        value = self._get(name, float, int)
        if not abs(value) < LARGEST:  # nor is it NaN, nor an integer too large for a float
            self._refuse(name, "a number that is not too large")
        return float(value)

    def count(self, name: str) -> int:
        """A whole number from 1."""
        value = self.number(name)
        if value != int(value) or not 1 <= value <= LARGEST_COUNT:
            self._refuse(name, f"a whole number from 1 to {LARGEST_COUNT}")
        return int(value)

    def moment(self, name: str) -> float:
        """Seconds since the epoch, in this century or the last."""
        value = self.number(name)
        if not 0 <= value < LAST_MOMENT:
            self._refuse(name, "a number of seconds since 1970")
        return value

    def duration(self, name: str) -> float:
        """A number of seconds."""
        value = self.number(name)
        if not 0 <= value <= LONGEST_DURATION:
            self._refuse(name, "a number of seconds from 0")
        return value

    def perhaps(self, name: str, read: Callable[[str], T]) -> T | None:
        """Null, or what `read` makes of it."""
        if name in self._value and self._value[name] is None:
            self._asked.add(name)
            return None
        return read(name)

    def done(self) -> None:
        """Everything has been read that there should be."""
        for name in self._value:
            if name not in self._asked:
                raise Wrong(self.at / name, "is not known here")

    def _get(self, name: str, *kinds: type) -> Any:
        self._asked.add(name)
        if name not in self._value:
            raise Wrong(self.at / name, "is missing")
        value = self._value[name]
        if not isinstance(value, kinds) or isinstance(value, bool):
            self._refuse(name, _KINDS[kinds[0]])
        return value

    def _refuse(self, name: str, wanted: str) -> Any:
        raise Wrong(self.at / name, f"is {_shown(self._value[name])}, not {wanted}")


def _shown(value: Any) -> str:
    for kind in (dict, list):
        if isinstance(value, kind):
            return _KINDS[kind]
    words = {None: "null", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return words[value]
    text = repr(value)
    return text if len(text) <= 40 else text[:39] + "…"
