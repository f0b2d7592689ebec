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
from harness.hunt.choice import KINDS, SYMPTOMS, choose, without_header
from harness.hunt.guess import Guess, faulty_lines, judge
from harness.hunt.kept import Hunt, Kept
from harness.invocation import command
from harness.keep import Attempt, Kind, LevelOutcome, Store
from harness.keep.proposal import HUNT_MINUTES
from harness.layout import report_width
from harness.paths import short, state_dir
from harness.practice.live import Live
from harness.practice.panels import duration
from harness.practice.printer import Printer
from harness.report import make_console
from harness.variants import Broken


def run(name: str | None, read: bool, give_up: bool) -> int:
    """Hunts; 0 if the fault is mended."""
    kept, store = Kept(), Store(state_dir())
    hunt = kept.load(catalogue.find(name).name if name else None)
    if give_up:
        return _give_up(kept, store, hunt)
    if hunt is None:
        hunt = _begin(kept, store, name)
    return _Session(kept, store, hunt).run(read)


def _begin(kept: Kept, store: Store, name: str | None) -> Hunt:
    katas = [catalogue.find(name)] if name else list(catalogue.load())
    faults = [(kata.name, broken) for kata in katas for broken in kata.broken()]
    hunted = {
        (attempt.kata, attempt.variant): attempt.started
        for attempt in store.attempts()
        if attempt.kind is Kind.HUNT
    }
    chosen = choose([(of, broken.name) for of, broken in faults], hunted, str(len(hunted)))
    if chosen is None:
        raise UsageError("there is nothing to hunt", "a kata with broken variants", "kata list")
    hunt = Hunt(uuid.uuid4().hex, *chosen, time.time())
    fault = next(broken for of, broken in faults if (of, broken.name) == chosen)
    kept.begin(hunt, without_header(fault.path.read_text(encoding="utf-8")))
    return hunt


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
    console.print(f"\n Missing   {fault.missing}", soft_wrap=True)
    console.print(f" Lesson    {fault.lesson}", soft_wrap=True)
    console.print(f"\n {duration(hunt.active)} of hunting. Another one: {command('debug')}\n")


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
        self._say(f"\n {self._kata.title}, with a fault: {short(self._program)}")
        self._say(f" {SYMPTOMS[self._fault.verdict]}\n")
        if read and self._hunt.guess is None:
            self._ask()
        self._say(
            " It is graded when you save it. Enter grades it now; q and Enter leaves the hunt."
        )
        self._say(f" See the answer: {command('debug', self._hunt.kata, '--give-up')}\n")
        try:
            self._watch()
        except KeyboardInterrupt:
            pass
        return self._end()

    def _say(self, text: str) -> None:
        self._console.print(text, soft_wrap=True)

    def _original(self) -> str:
        """The program as the hunt began."""
        return without_header(self._fault.path.read_text(encoding="utf-8"))

    def _ask(self) -> None:
        """Kind and line, before anything may run."""
        for number, (text, _) in enumerate(KINDS, 1):
            self._say(f"   {number}  {text}")
        kind = click.prompt(" Which kind of fault is it", type=click.IntRange(1, len(KINDS)))
        last = len(self._program.read_text(encoding="utf-8").splitlines())
        line = click.prompt(" In which line", type=click.IntRange(1, last))
        self._hunt = Hunt(**{**vars(self._hunt), "guess": Guess(kind - 1, line)})
        self._kept.save(self._hunt)
        reference = without_header(self._kata.solution.read_text(encoding="utf-8"))
        right = judge(
            Guess(kind - 1, line), self._fault.verdict, faulty_lines(self._original(), reference)
        )
        self._say(
            f"\n The kind is {_word(right[0])}, the line is {_word(right[1])}. Now mend it.\n"
        )

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
            self._say(
                f"\n Left after {duration(self._hunt.active)}."
                f" Go on: {command('debug', self._hunt.kata)}\n"
            )
            return 1
        self._kept.end(self._hunt)
        _record(self._store, self._hunt, mended)
        _tell(self._console, self._hunt, self._fault)
        self._say(_difference(self._fault.path, self._program))
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
