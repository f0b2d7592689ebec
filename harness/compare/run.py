"""Runs the races of a kata, one after the other."""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from harness.catalogue import Kata
from harness.compare.field import NATIVE, PYTHON, Field, Runner, empty_call, field, runners
from harness.compare.figures import Figure, Result, figures_of
from harness.compare.race import Race, Work
from harness.compare.races import races_of
from harness.compare.windows import BrokeDownError, Clock, measure
from harness.grading.grade import Candidate
from harness.native.bind import is_compiled, load

CALL = "an empty call by cffi"
BY_ABI = "C is bound in cffi's ABI mode; where Python's headers are installed, a call costs less."


def results(kata: Kata, own: Candidate | None, rounds: int, window: int) -> Iterator[Result]:
    """A result a race, as they come."""
    races = races_of(kata.name)
    who = list(runners(kata, own, races))
    call = empty_call(kata.name) if any(r.name == NATIVE and r.module for r in who) else None
    notes = (BY_ABI,) if call and not is_compiled(load(kata.name)) else ()
    for race in races:
        with field(race, who) as there:
            yield replace(result(race, there, who, call, rounds, window), notes=notes)


def result(
    race: Race,
    there: Field,
    who: list[Runner],
    call: Work | None,
    rounds: int,
    window: int,
    clock: Clock = time.perf_counter_ns,
) -> Result:
    """Measures those who are there, and the empty call among them; who breaks down is left out."""
    works = {name: entry.work for name, entry in there.entries.items()}
    gauges = {name: entry.gauge for name, entry in there.entries.items() if entry.gauge}
    if call:
        works[CALL] = call
    try:
        windows = measure(works, rounds, window * race.length, clock, gauges)
    except BrokeDownError as error:
        broken = there.entries.pop(error.name)
        there.left_out[error.name] = f"it raised {type(error.__cause__).__name__}"
        with suppress(Exception):
            broken.close()
        return result(race, there, who, call, rounds, window, clock)
    empty = Figure(CALL, tuple(windows.pop(CALL))) if call else None
    calls: Mapping[str, float] = {r.name: race.calls for r in who if r.is_native}
    figures = figures_of(windows, PYTHON, calls, empty)
    return Result(race.title, race.operation, PYTHON, figures, there.left_out, empty)
