"""The full-screen view of a round: the question, what the phase asks for, the time, and few keys.

Guarantees: the round is saved at every change and every few seconds, so that a closed terminal loses
nothing; only time in which this screen is up and not paused counts.
Assumptions: a terminal that textual can draw on; the learner's editor is beside it, or $EDITOR.
"""

import contextlib
import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Footer, Markdown, Static

from harness import hints
from harness.catalogue import Kata
from harness.errors import UsageError
from harness.grading.results import Check, Grade, LevelResult
from harness.keep import HintShown, Store
from harness.paths import short
from harness.practice import notes, panels, question
from harness.practice.live import Live
from harness.practice.round import CODE, DONE, REVIEW, RUBRIC, Round
from harness.practice.saved import Saved
from harness.verdict import Verdict

TICK = 0.5  # seconds between two looks at the clock
LONGEST = 5.0  # seconds that one tick may count: more was a suspended machine
SAVE_EVERY = 3.0  # seconds


class Told(Message):
    """News from the thread that grades."""

    def __init__(self, action: Callable[[], None]) -> None:
        super().__init__()
        self.action = action


class Practice(App[Round]):
    """Runs one round; its result is where the round stands when it is left."""

    CSS = """
    #clock { height: auto; padding: 0 1; background: $panel; }
    #said { height: auto; max-height: 4; padding: 0 1; color: $text-muted; }
    #task { width: 3fr; padding: 0 1; }
    #side { width: 2fr; padding: 0 1; border-left: solid $panel; }
    .narrow #body { layout: vertical; }
    .narrow #task, .narrow #side { width: 1fr; height: 1fr; border-left: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("n", "move_on", "Next phase"),
        ("p", "pause", "Pause"),
        ("h", "hint", "Hint"),
        ("e", "edit", "Editor"),
        ("g", "grade", "Grade"),
        ("q", "leave", "Leave"),
        Binding("ctrl+c", "leave", show=False, priority=True),
        *[(str(points), f"score({points})", "") for points in (1, 2, 3, 4)],
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self, kata: Kata, state: Round, saved: Saved, store: Store,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        super().__init__()
        self.kata = kata
        self.state = state
        self.paused = False
        self._saved = saved
        self._store = store
        self._clock = clock
        self._looked = self._saved_at = clock()
        self._failure: Check | None = None
        self._grading = False
        self._live: Live | None = None
        self._awaits_verdict = False  # the last one of the phase, which is over then

    # -- drawing ---------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """The clock, the question beside what the phase asks for, a line of news, the keys."""
        yield Static(id="clock")
        with Horizontal(id="body"):
            with VerticalScroll(id="task"):
                yield Markdown(id="question")
            with VerticalScroll(id="side"):
                yield Static(id="panel")
        yield Static(id="said")
        yield Footer()

    def on_mount(self) -> None:
        """Begins, or goes on."""
        self.title = self.kata.name
        self.set_class(self.size.width < panels.WIDE, "narrow")
        self.set_interval(TICK, self.tick)
        self._enter()

    def on_resize(self, resized: events.Resize) -> None:
        """Side by side where there is room."""
        self.set_class(resized.size.width < panels.WIDE, "narrow")
        self._draw()

    def on_unmount(self) -> None:
        """However it ends: the watcher stops, the round is kept."""
        if self._live is not None:
            self._live.__exit__()
            self._live = None
        if self.state.phase != DONE:
            self._saved.save(self.state)

    def say(self, text: str) -> None:
        """One line of news."""
        self.query_one("#said", Static).update(Text(text))

    def _draw(self) -> None:
        clock = panels.clock(self.kata, self.state, self.paused, self.size.width - 2)
        self.query_one("#clock", Static).update(clock)
        self.query_one("#panel", Static).update(self._panel())

    def _panel(self) -> Text:
        if self.state.phase == CODE:
            return panels.levels(self.kata, self.state, self._failure, self._grading)
        if self.state.phase == REVIEW:
            return panels.rubric(self.state)
        return panels.headings(
            self.state.phase, notes.filled(notes.read(self._saved.notes)), short(self._saved.notes)
        )

    # -- time --------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Time has passed."""
        now = self._clock()
        passed, self._looked = min(now - self._looked, LONGEST), now
        if not self.paused and not self._awaits_verdict:
            self.state = self.state.after(passed)
        if now - self._saved_at >= SAVE_EVERY:
            self._save()
        if self.state.over_time and not self._awaits_verdict:
            self._awaits_verdict = True
            self.say("Time is up. The verdict on what stands there now:")
            self.action_grade()
        self._draw()

    def _save(self) -> None:
        self._saved_at = self._clock()
        self._saved.save(self.state)

    # -- phases --------------------------------------------------------------------------------------

    def _enter(self) -> None:
        """What a phase begins with."""
        if self.state.phase == CODE:
            self._live = Live(self.kata, self)
            self._live.__enter__()
            self._live.grade_now()
            self.say(f"Write into {short(self.kata.stub)}: it is graded whenever you save it.")
        self.query_one("#question", Markdown).update(self._question())
        self._save()
        self._draw()

    def _question(self) -> str:
        if self.state.phase == CODE:
            return question.task(self.kata)
        if self.state.phase == REVIEW:
            return question.follow_up(self.kata, self._reached())
        return question.briefing(self.kata)

    def _reached(self) -> int:
        verdicts = self.state.verdicts
        return sum(verdicts.get(level.number) == "PASS" for level in self.kata.levels)

    def action_move_on(self) -> None:
        """To the next phase, if this one is done."""
        if self.paused:
            self.say("Paused: p goes on.")
            return
        left = notes.missing(notes.read(self._saved.notes))
        needed = [heading for heading, _, phase in notes.HEADINGS if phase == self.state.phase]
        waiting = [heading for heading in needed if heading in left]
        if waiting:
            self.say(
                f"First write something in {short(self._saved.notes)} under: {', '.join(waiting)}"
            )
            return
        if self._grading and not self._awaits_verdict:
            self._awaits_verdict = True
            self.say("The verdict on what you saved last is being made; n goes on without it.")
            return
        self._leave_phase()

    def _leave_phase(self) -> None:
        self._awaits_verdict = self._grading = False
        if self._live is not None:
            self._live.__exit__()
            self._live = None
        self.state = self.state.moved_on()
        self.say("")
        if self.state.phase == DONE:
            self.exit(self.state)
        else:
            self._enter()

    def action_pause(self) -> None:
        """Stops the clock, or goes on."""
        self.paused = not self.paused
        self.say("Paused. Time stands still; p goes on." if self.paused else "")
        self._draw()

    def action_leave(self) -> None:
        """Ends the program, not the round."""
        self.exit(self.state)

    def action_edit(self) -> None:
        """Opens the notes, or the code, in the person's editor."""
        path = self.kata.stub if self.state.phase == CODE else self._saved.notes
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
        if not editor:
            self.say(f"$EDITOR names no editor; open {short(path)} in yours.")
            return
        with self.suspend(), _ctrl_c_is_the_editors():
            why_not = self._edit(editor, path)  # an error must not pass through `suspend`
        if why_not:
            self.say(f"{editor} cannot be run: {why_not}. Open {short(path)} in your editor.")

    def _edit(self, editor: str, path: Path) -> str:
        """Until it ends; '' or why it cannot be run."""
        try:
            running = subprocess.Popen([*shlex.split(editor), str(path)])
        except OSError as error:
            return error.strerror or str(error)
        except ValueError as error:
            return str(error)
        while True:
            try:
                running.wait(SAVE_EVERY)
                return ""
            except subprocess.TimeoutExpired:
                pass
            finally:
                self.tick()  # writing is active time, and is kept, though nobody sees the clock

    def action_hint(self) -> None:
        """One hint for the first level that does not pass."""
        level = min(self._reached() + 1, len(self.kata.levels))
        shown = [(hint.level, hint.number) for hint in self._store.hints(self.kata.name)]
        hint = hints.following(hints.read(self.kata), shown, level)
        if hint is None:
            self.say(f"There is no further hint for level {level}.")
            return
        self._store.add_hint(HintShown(self.kata.name, hint.level, hint.number, time.time()))
        text = f"## {hint.title}\n\n{hint.text}\n\n---\n\n{self._question()}"
        self.query_one("#question", Markdown).update(text)
        self.query_one("#task").scroll_home(animate=False)

    def action_score(self, points: int) -> None:
        """Fills in the next line of the rubric."""
        if self.state.phase == REVIEW and len(self.state.scores) < len(RUBRIC):
            self.state = self.state.scored(len(self.state.scores), points)
            self._save()
            self._draw()

    # -- grading: told by a thread of `live` -----------------------------------------------------------

    def action_grade(self) -> None:
        """Grades now."""
        if self._live is None:
            self.say("Grading begins with the code.")
        else:
            self._live.grade_now()

    def began(self) -> None:
        """See `live.Audience`."""
        self._later(lambda: self._show(True, None))

    def failed(self, check: Check) -> None:
        """See `live.Audience`."""
        self._later(lambda: self._show(True, self._failure or check))

    def level_done(self, level: LevelResult) -> None:
        """See `live.Audience`."""
        self._later(lambda: self._lit(level))

    def done(self, graded: Grade) -> None:
        """See `live.Audience`."""
        self._later(lambda: self._graded(graded))

    def could_not(self, error: UsageError) -> None:
        """See `live.Audience`."""
        self._later(lambda: self._not_graded(error))

    def _later(self, action: Callable[[], None]) -> None:
        """Has the screen do it, and waits for nothing: the screen may be waiting for this thread."""
        self.post_message(Told(action))

    def on_told(self, told: "Told") -> None:
        """What the thread that grades had to say."""
        told.action()

    def _show(self, grading: bool, failure: Check | None) -> None:
        self._grading, self._failure = grading, failure
        self._draw()

    def _lit(self, level: LevelResult) -> None:
        """A level lights up; behind one that fails, what passed in an earlier save goes out."""
        if level.verdict is None:
            return
        lit = {
            number: verdict
            for number, verdict in self.state.verdicts.items()
            if number < level.number or level.verdict is Verdict.PASS
        }
        self.state = self.state.graded({**lit, level.number: level.verdict})
        self._draw()

    def _graded(self, graded: Grade) -> None:
        verdicts = {lv.number: lv.verdict for lv in graded.levels if lv.verdict is not None}
        self.state = self.state.graded(verdicts)
        self._ended(graded.first_failure)

    def _not_graded(self, error: UsageError) -> None:
        self.say(error.seen)
        self._ended(None)

    def _ended(self, failure: Check | None) -> None:
        self._show(False, failure)
        self._save()
        if self._awaits_verdict:
            self._leave_phase()


@contextlib.contextmanager
def _ctrl_c_is_the_editors() -> Iterator[None]:
    """It reaches us as well, and is not meant for us; a handler of ours is not inherited."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
