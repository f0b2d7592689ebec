"""`kata practice`: a round against the clock; goes on where the last one was left."""

import sys
import time
import uuid

from harness import catalogue
from harness.catalogue import PHASES, Kata
from harness.errors import UsageError
from harness.invocation import command
from harness.keep import Store
from harness.layout import hanging
from harness.paths import short, state_dir
from harness.practice import notes, panels
from harness.practice.round import DONE, Round, begin
from harness.practice.saved import Saved
from harness.report import make_console

SHORTEST = 4.0  # minutes: one a phase


def run(name: str, minutes: float | None) -> int:
    """Practises; 0 if every level passed by the end of the round."""
    kata = catalogue.find(name)
    if minutes is not None and not SHORTEST <= minutes <= 24 * 60:
        raise UsageError(
            f"--minutes is {minutes:g}",
            f"from {SHORTEST:g} to 1440",
            f"kata practice {name} --minutes 45",
        )
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("a round needs a terminal, and this is none", "", f"kata grade {name}")
    saved = Saved(kata.name)
    state = saved.load() or begin(kata, uuid.uuid4().hex, time.time(), minutes)
    notes.prepare(saved.notes, kata.title)
    saved.save(state)
    return _finish(kata, _on_screen(kata, state, saved), saved)


def _on_screen(kata: Kata, state: Round, saved: Saved) -> Round:
    from harness.practice.screen import Practice

    app = Practice(kata, state, saved, Store(state_dir()))
    app.run()
    return app.state


def _finish(kata: Kata, state: Round, saved: Saved) -> int:
    console = make_console()
    if state.phase != DONE:
        spent = panels.duration(state.active)
        left = f"{kata.name}: left in phase {state.phase}, after {spent} of active time."
        console.print("\n" + hanging(" ", left, console.width), soft_wrap=True)
        console.print(f" Go on    {command('practice', kata.name)}\n", soft_wrap=True)
        return 1
    attempt = state.as_attempt(kata, time.time())
    number = Store(state_dir()).record(attempt, kata.stub.read_bytes())
    place = saved.put_away(state)
    console.print(f"\n {kata.name}, attempt {number}: {attempt.passed} of {attempt.of} levels\n")
    for phase in PHASES:
        over = state.spent.get(phase, 0.0) - state.budget[phase]
        late = f"   {panels.duration(over)} over" if over > 0 else ""
        console.print(f"   {phase:<11}{panels.duration(state.spent.get(phase, 0.0)):>7}{late}")
    console.print(f"\n Your notes   {short(place / saved.notes.name)}", soft_wrap=True)
    console.print(f" What next    {command('next')}\n", soft_wrap=True)
    return 0 if attempt.complete else 1
