"""`kata debug`: a program with a fault. Find it, mend it, against the clock."""

import difflib
import sys
import time
import uuid
from pathlib import Path

import click
from rich.console import Console

from harness import catalogue
from harness.catalogue import Kata
from harness.errors import UsageError
from harness.grading.grade import Candidate
from harness.grading.results import Grade
from harness.hunt.choice import KINDS, SYMPTOMS, Name, choose, without_header
from harness.hunt.guess import Guess, faulty_lines, judge
from harness.hunt.kept import Hunt, Kept
from harness.invocation import command
from harness.keep import Attempt, Kind, LevelOutcome, Store
from harness.keep.proposal import HUNT_MINUTES, day_of
from harness.layout import hanging, report_width
from harness.paths import short, state_dir
from harness.practice.live import Live
from harness.practice.panels import duration
from harness.practice.printer import Printer
from harness.report import make_console
from harness.variants import Broken


def run(name: str | None, read: bool, give_up: bool, again: bool = False) -> int:
    """Hunts; 0 if the fault is mended."""
    kept, store = Kept(), Store(state_dir())
    hunt = kept.load(catalogue.find(name).name if name else None)
    if give_up:
        return _give_up(kept, store, hunt)
    if hunt is None:
        hunt = _begin(kept, store, name, again)
    return _Session(kept, store, hunt).run(read)


def _begin(kept: Kept, store: Store, name: str | None, again: bool) -> Hunt:
    katas = [catalogue.find(name)] if name else list(catalogue.load())
    faults = {(kata.name, broken.name): broken for kata in katas for broken in kata.broken()}
    hunted = _hunted(store)
    known = [fault for fault in faults if fault in hunted] if again else list(faults)
    chosen = choose(known, hunted, _due(store), str(len(hunted)))
    if chosen is None:
        raise _nothing(name, there_are_some=bool(faults))
    hunt = Hunt(uuid.uuid4().hex, *chosen, time.time())
    kept.begin(hunt, without_header(faults[chosen].path.read_text(encoding="utf-8")))
    return hunt


def _hunted(store: Store) -> dict[Name, float]:
    return {
        (attempt.kata, attempt.variant): attempt.started
        for attempt in store.attempts()
        if attempt.kind is Kind.HUNT
    }


def _due(store: Store) -> dict[Name, float]:
    today = day_of(time.time(), None)
    cards = (card for card in store.cards() if card.variant and day_of(card.due, None) <= today)
    return {(card.kata, card.variant): card.due for card in cards}


def _nothing(name: str | None, there_are_some: bool) -> UsageError:
    of = f" of {name}" if name else ""
    if not there_are_some:
        return UsageError(
            f"there is no fault{of} to hunt", "a kata with broken variants", "kata list"
        )
    words = ["kata", "debug", *([name] if name else [])]
    return UsageError(f"no fault{of} has been hunted yet", "one to hunt again", " ".join(words))


def _fault(hunt: Hunt) -> tuple[Kata, Broken]:
    kata = catalogue.find(hunt.kata)
    for broken in kata.broken():
        if broken.name == hunt.variant:
            return kata, broken
    raise UsageError(
        "the fault of the hunt that goes on is no longer in this version",
        "a variant that is there",
        "kata debug --give-up",
    )


def _give_up(kept: Kept, store: Store, hunt: Hunt | None) -> int:
    if hunt is None:
        raise UsageError("no hunt goes on", "one that was begun", "kata debug")
    kept.end(hunt)
    _, fault = _fault(hunt)
    _record(store, hunt, None)
    _tell(make_console(), hunt, fault)
    return 1


def _record(store: Store, hunt: Hunt, graded: Grade | None) -> None:
    kata, _ = _fault(hunt)
    levels = graded.levels if graded else ()
    store.record(
        Attempt(
            kata=hunt.kata,
            kind=Kind.HUNT,
            started=hunt.started,
            ended=time.time(),
            levels=tuple(LevelOutcome(level.number, level.verdict) for level in levels),
            of=len(kata.levels),
            active=hunt.active,
            par=60.0 * HUNT_MINUTES,
            variant=hunt.variant,
            uid=hunt.uid,
        )
    )


def _tell(console: Console, hunt: Hunt, fault: Broken) -> None:
    """What was missing, and what there is to learn from it."""
    width = report_width(console)
    console.print("\n" + hanging(" Missing   ", fault.missing, width), soft_wrap=True)
    console.print(hanging(" Lesson    ", fault.lesson, width), soft_wrap=True)
    after = f"\n {duration(hunt.active)} of hunting. Another one: {command('debug')}\n"
    console.print(after, soft_wrap=True)


class _Session:
    """One sitting at a hunt."""

    def __init__(self, kept: Kept, store: Store, hunt: Hunt) -> None:
        self._kept = kept
        self._store = store
        self._hunt = hunt
        self._kata, self._fault = _fault(hunt)
        self._program = kept.program(hunt)
        self._console = make_console()
        self._looked = time.monotonic()
        subject = Candidate(self._program, str(self._program))
        self._mending = _Mending(self._console, self._kata, subject)

    def run(self, read: bool) -> int:
        """Shows the program's symptom, and grades every save until it is mended."""
        self._say(f"{self._kata.title}, with a fault: {short(self._program)}", above=True)
        self._say(SYMPTOMS[self._fault.verdict], below=True)
        if read and self._hunt.guess is None:
            self._ask()
        self._say(
            "It is graded when you save it. Enter grades it now; q and Enter leaves the hunt."
        )
        self._show(f" See the answer: {command('debug', self._hunt.kata, '--give-up')}\n")
        try:
            self._watch()
        except KeyboardInterrupt:
            pass
        return self._end()

    def _say(self, text: str, above: bool = False, below: bool = False) -> None:
        """A sentence, with an empty line above it or below it."""
        told = hanging(" ", text, report_width(self._console))
        self._show("\n" * above + told + "\n" * below)

    def _show(self, text: str) -> None:
        """What is never broken: commands, source."""
        self._console.print(text, soft_wrap=True)

    def _original(self) -> str:
        """The program as the hunt began."""
        return without_header(self._fault.path.read_text(encoding="utf-8"))

    def _ask(self) -> None:
        """Kind and line, before anything may run."""
        for number, (text, _) in enumerate(KINDS, 1):
            self._show(f"   {number}  {text}")
        kind = click.prompt(" Which kind of fault is it", type=click.IntRange(1, len(KINDS)))
        last = len(self._program.read_text(encoding="utf-8").splitlines())
        line = click.prompt(" In which line", type=click.IntRange(1, last))
        self._hunt = Hunt(**{**vars(self._hunt), "guess": Guess(kind - 1, line)})
        self._kept.save(self._hunt)
        reference = without_header(self._kata.solution.read_text(encoding="utf-8"))
        right = judge(
            Guess(kind - 1, line), self._fault.verdict, faulty_lines(self._original(), reference)
        )
        told = f"The kind is {_word(right[0])}, the line is {_word(right[1])}. Now mend it."
        self._say(told, above=True, below=True)

    def _watch(self) -> None:
        width = report_width(self._console)
        with Live(self._kata, self._mending, file=self._program, width=width) as live:
            if self._program.read_text(encoding="utf-8") != self._original():
                live.grade_now()  # it was changed before anybody watched
            for line in sys.stdin:
                if self._mending.mended or line.strip().lower().startswith("q"):
                    return
                live.grade_now()

    def _end(self) -> int:
        self._hunt = self._hunt.after(time.monotonic() - self._looked)
        mended = self._mending.mended
        if mended is None:
            self._kept.save(self._hunt)
            self._show(
                f"\n Left after {duration(self._hunt.active)}."
                f" Go on: {command('debug', self._hunt.kata)}\n"
            )
            return 1
        self._kept.end(self._hunt)
        _record(self._store, self._hunt, mended)
        _tell(self._console, self._hunt, self._fault)
        self._show(_difference(self._fault.path, self._program))
        return 0


class _Mending(Printer):
    """Remembers the grading that found no fault any more."""

    mended: Grade | None = None

    def done(self, graded: Grade) -> None:
        super().done(graded)
        if graded.ok:
            self.mended = graded
            self.console.print(" Mended. Enter shows what was missing.")


def _word(right: bool) -> str:
    return "right" if right else "another one"


def _difference(broken: Path, mended: Path) -> str:
    """From the faulty program to the mended one."""
    before = without_header(broken.read_text(encoding="utf-8")).splitlines()
    after = mended.read_text(encoding="utf-8").splitlines()
    lines = difflib.unified_diff(before, after, "with the fault", "as you mended it", lineterm="")
    return "\n".join(lines)
