"""What a film calls variables and locks: as the source does, with the owner's name where that is not enough.

Guarantees
- Two things that have different names in the end are different things, and the other way round.
- Names depend on the order in which things are met, never on their addresses.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any

from harness.explore.camera import Camera, Key, Variable

LONGEST = 80  # characters of a value: a type may have any name
_NAME = re.compile(r"[\w.]+$")


class Labels:
    """The names of one film."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera
        self._names = _told_apart(camera.variables)
        self._locks: dict[object, str] = {}

    def box(self, identity: int) -> str:
        """The container with this id, or nothing if the source never named it."""
        home = self._camera.homes.get(identity)
        return self._names.get(home, "")

    def lock(self, key: object) -> str:
        """The lock with this id."""
        if key not in self._locks:
            self._locks[key] = self._new(self._lock(key))
        return self._locks[key]

    def _lock(self, key: object) -> str:
        home = self._camera.homes.get(key) if isinstance(key, int) else None
        if home in self._names:
            return self._names[home]
        return (
            self._camera.trace.lock_names.get(key, "a lock") if isinstance(key, int) else "a lock"
        )

    def _new(self, name: str) -> str:
        """Not yet another lock's."""
        taken = set(self._locks.values())
        number, fresh = 1, name
        while fresh in taken:
            number += 1
            fresh = f"{name} ({number})"
        return fresh

    def changed(self, index: int) -> list[list[str]]:
        """[name, old, new] for the variable that a step has changed, if there is one worth telling of."""
        change = self._camera.changes.get(index)
        if change is None or not self._camera.variables[change.variable].telling:
            return []
        return [[self._names[change.variable], change.old[:LONGEST], change.new[:LONGEST]]]

    def beginnings(self, steps: list[dict[str, Any]], suite: str) -> list[list[str]]:
        """[name, value before the first step that changes it] for each variable, in the order met.

        What never changes is told of the candidate's variables alone.
        """
        first: dict[str, str] = {}
        for step in steps:
            for name, old, _ in step["changed"]:
                first.setdefault(name, old)
        found = []
        for key, variable in self._ordered(suite):
            name = self._names[key]
            constant = variable.telling and variable.file != suite and _NAME.match(variable.text)
            if name in first or (constant and not isinstance(key, str)):
                found.append([name, first.get(name, variable.seen)[:LONGEST]])
        return found

    def _ordered(self, suite: str) -> list[tuple[Key, Variable]]:
        """Those of the candidate first."""
        return sorted(self._camera.variables.items(), key=lambda item: item[1].file == suite)


def _told_apart(variables: dict[Key, Variable]) -> dict[Key, str]:
    """A name for each."""
    texts = Counter(variable.text for variable in variables.values())
    numbers = _numbers(variables)
    many = Counter(kind for kind, _ in numbers.values())
    names: dict[Key, str] = {}
    taken: Counter[str] = Counter()
    for key, variable in variables.items():
        name = variable.text
        if texts[name] > 1 and variable.kind:
            kind, number = numbers[variable.owner]
            name += f" ({kind} {number})" if many[kind] > 1 else f" ({kind})"
        taken[name] += 1
        names[key] = name if taken[name] == 1 else f"{name} #{taken[name]}"
    return names


def _numbers(variables: dict[Key, Variable]) -> dict[Key, tuple[str, int]]:
    """The owners: each one's type, and how many-eth of that type it is."""
    seen: dict[str, int] = defaultdict(int)
    numbers: dict[Key, tuple[str, int]] = {}
    for variable in variables.values():
        if variable.kind and variable.owner not in numbers:
            seen[variable.kind] += 1
            numbers[variable.owner] = (variable.kind, seen[variable.kind])
    return numbers
