"""Who takes part in a race: your code, the Python reference, the C reference, the peers.

Guarantees: whoever cannot take part is left out with a word, and the race goes on.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from harness.candidates import native
from harness.catalogue import Kata
from harness.compare.race import Entry, Race, Work, again
from harness.compare.trial import refusals
from harness.errors import UsageError
from harness.grading.grade import Candidate
from harness.grading.stress import Loader
from harness.native import bind

PYTHON = "Python reference"
NATIVE = "C reference, by cffi"
OWN = "yours"


@dataclass(frozen=True)
class Runner:
    """An implementation of the kata that takes part; `why_not` says in which races it does not."""

    name: str
    module: Any
    is_native: bool
    why_not: dict[str, str]


@dataclass(frozen=True)
class Field:
    """Those who start in one race, and those who do not."""

    entries: dict[str, Entry]
    left_out: dict[str, str]


def runners(kata: Kata, own: Candidate | None, races: tuple[Race, ...]) -> Iterator[Runner]:
    """The kata's implementations; a module that is None has no race that it can run."""
    if own is not None:
        yield _own(kata, own, races)
    yield Runner(PYTHON, loaded(kata.solution, f"compared_{kata.name}"), False, {})
    try:
        c = native(kata, kata.solutions / f"{kata.name}.c", "c")
        module = loaded(c.path, f"compared_c_{kata.name}")
    except UsageError as error:
        yield Runner(NATIVE, None, True, dict.fromkeys(_titles(races), error.line))
    else:
        yield Runner(NATIVE, module, True, {})


def _own(kata: Kata, own: Candidate, races: tuple[Race, ...]) -> Runner:
    name = own.named if own.named in ("solution", "c") or ":" in own.named else OWN
    is_native = own.native is not None
    why_not = {} if is_native else refusals(kata.name, own.path)
    if len(why_not) == len(races):
        return Runner(name, None, is_native, why_not)
    bind.choose(own.native)
    try:
        module = loaded(own.path, f"compared_own_{kata.name}")
    finally:
        bind.choose(None)
    return Runner(name, module, is_native, why_not)


def loaded(path: Path, name: str) -> Any:
    """The module of a file that may import its neighbours."""
    folder = str(path.parent)
    if folder not in sys.path:
        sys.path.append(folder)
    return Loader(path, name).load()


@contextmanager
def field(race: Race, who: list[Runner]) -> Iterator[Field]:
    """Everybody ready to start; afterwards all are closed."""
    there = Field({}, {})
    try:
        for runner in who:
            if race.title in runner.why_not:
                there.left_out[runner.name] = runner.why_not[race.title]
            else:
                there.entries[runner.name] = race.enter(runner.module)
        for peer in race.peers:
            try:
                there.entries[peer.name] = peer.make()
            except ImportError as error:
                there.left_out[peer.name] = f"{error.name or 'it'} is not installed"
        yield there
    finally:
        for entry in there.entries.values():
            with suppress(Exception):
                entry.close()


def empty_call(kata: str) -> Work:
    """A call of C that returns at once: each kata's `_delete` of NULL."""
    ffi, lib = bind.load(kata)
    delete: Callable[[Any], None] = getattr(lib, _DELETE[kata])
    nothing = ffi.NULL
    return again(partial(delete, nothing))


_DELETE = {
    "bump_allocator": "arena_delete",
    "free_list_allocator": "heap_delete",
    "ordered_lock_transfer": "account_delete",
    "sliding_window": "sliding_log_delete",
    "spsc_ring_buffer": "ring_delete",
    "thread_pool": "pool_delete",
    "token_bucket": "token_bucket_delete",
}


def _titles(races: tuple[Race, ...]) -> list[str]:
    return [race.title for race in races]
