"""The screen of a round, with keys pressed by a pilot and a clock that the test moves."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Markdown, Static

from harness import catalogue
from harness.catalogue import Kata
from harness.grading.results import Grade, LevelResult
from harness.keep import Store
from harness.practice import notes, question
from harness.practice.round import CODE, GRACE, REVIEW, Round, begin
from harness.practice.saved import Saved
from harness.practice.screen import Practice, Told
from harness.tests.grading_tools import Workbench
from harness.verdict import Verdict

PATIENCE = 60.0  # seconds of real time

pytestmark = pytest.mark.timeout(180)


class Desk:
    """A round in some phase, on the small catalogue, with a clock of its own."""

    def __init__(self, bench: Workbench, phase: str, spent: float) -> None:
        self.kata: Kata = catalogue.load(bench.root)[0]
        self.now = 0.0
        self.saved = Saved("tiny", bench.state)
        notes.prepare(self.saved.notes, self.kata.title)
        state = begin(self.kata, "abcdef", 1_000.0)
        state = Round(**{**vars(state), "phase": phase}).after(spent)
        store = Store(bench.state)
        self.app = Practice(self.kata, state, self.saved, store, clock=lambda: self.now)

    def play(self, script: Callable[[Pilot[Round]], Awaitable[None]], width: int = 100) -> None:
        async def run() -> None:
            async with self.app.run_test(size=(width, 30)) as pilot:
                await script(pilot)

        asyncio.run(run())


async def until(pilot: Pilot[Round], happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not happened():
            await pilot.pause(0.05)


def test_when_the_minute_of_grace_is_over_the_verdict_stands_and_the_review_begins(
    bench: Workbench,
) -> None:
    desk = Desk(bench, CODE, spent=180.0 + GRACE - 1.0)
    solution: Path = desk.kata.solution
    desk.kata.stub.write_text(solution.read_text())

    async def script(pilot: Pilot[Round]) -> None:
        desk.now += 2.0
        await until(pilot, lambda: desk.app.state.phase == REVIEW)

    desk.play(script)
    assert set(desk.app.state.verdicts.values()) == {"PASS"}
    kept = desk.saved.load()
    assert kept is not None
    assert kept.phase == REVIEW


def test_one_can_move_on_while_it_grades(bench: Workbench) -> None:
    desk = Desk(bench, CODE, spent=10.0)

    async def script(pilot: Pilot[Round]) -> None:
        for _ in range(3):
            await pilot.press("g")
        await pilot.press("n")
        await until(pilot, lambda: desk.app.state.phase == REVIEW)

    desk.play(script)


def test_a_pause_stops_the_clock(bench: Workbench) -> None:
    desk = Desk(bench, "clarify", spent=0.0)

    async def script(pilot: Pilot[Round]) -> None:
        desk.now = 3.0
        desk.app.tick()
        await pilot.press("p")
        desk.now = 7.0
        desk.app.tick()
        assert desk.app.state.active == 3.0
        await pilot.press("p")
        desk.now = 8.0
        desk.app.tick()
        assert desk.app.state.active == 4.0

    desk.play(script)


def test_a_suspended_machine_costs_a_moment(bench: Workbench) -> None:
    desk = Desk(bench, "clarify", spent=0.0)

    async def script(pilot: Pilot[Round]) -> None:
        desk.now = 10_000.0
        desk.app.tick()
        assert desk.app.state.active <= 5.0

    desk.play(script)


def level(number: int, verdict: Verdict) -> LevelResult:
    return LevelResult(number, "a level", verdict)


def test_levels_light_up_one_by_one_and_go_out_behind_one_that_fails(bench: Workbench) -> None:
    desk = Desk(bench, "whiteboard", spent=0.0)

    async def script(_: Pilot[Round]) -> None:
        app = desk.app
        app.state = replace(app.state, phase=CODE)
        for number in (1, 2):
            app.on_told(told(app, level(number, Verdict.PASS)))
            assert len(app.state.passed) == number
        app.on_told(told(app, level(1, Verdict.PASS)))  # the next save
        assert app.state.verdicts == {1: "PASS", 2: "PASS"}
        app.on_told(told(app, level(1, Verdict.RACE)))
        assert app.state.verdicts == {1: "RACE"}

    desk.play(script)


def told(app: Practice, result: LevelResult) -> Told:
    """What the screen is told of a level."""
    messages: list[Told] = []
    app.post_message = messages.append  # type: ignore[method-assign, assignment]
    app.level_done(result)
    del app.post_message
    return messages[0]


def test_moving_on_while_it_grades_waits_for_the_verdict_on_the_last_save(bench: Workbench) -> None:
    desk = Desk(bench, CODE, spent=10.0)
    desk.kata.stub.write_text(desk.kata.solution.read_text())

    async def script(pilot: Pilot[Round]) -> None:
        held: list[Grade] = []  # so that it cannot be done before the key is pressed
        done, desk.app.done = desk.app.done, held.append  # type: ignore[method-assign, assignment]
        await until(pilot, lambda: desk.app._grading)
        await pilot.press("n")
        assert desk.app.state.phase == CODE
        await until(pilot, lambda: bool(held))
        done(held[0])
        await until(pilot, lambda: desk.app.state.phase == REVIEW)

    desk.play(script)
    assert list(desk.app.state.verdicts.values()) == ["PASS"] * 3


def test_a_file_that_is_gone_when_time_is_up_does_not_stop_the_round(bench: Workbench) -> None:
    desk = Desk(bench, CODE, spent=180.0 + GRACE - 1.0)
    desk.kata.stub.unlink()

    async def script(pilot: Pilot[Round]) -> None:
        desk.now += 2.0
        await until(pilot, lambda: desk.app.state.phase == REVIEW)
        before = desk.app.state.active
        desk.now += 3.0
        desk.app.tick()
        assert desk.app.state.active == before + 3.0

    desk.play(script)


def test_a_hint_stands_above_the_question_which_stays(bench: Workbench) -> None:
    desk = Desk(bench, "clarify", spent=0.0)

    async def script(pilot: Pilot[Round]) -> None:
        await pilot.press("h")
        shown = desk.app.query_one("#question", Markdown).source
        hint, _, asked = shown.partition("---")
        assert "What does" in hint
        assert asked.strip() == question.briefing(desk.kata).strip()

    desk.play(script)


def test_at_60_columns_the_clock_has_two_lines_and_at_110_one(bench: Workbench) -> None:
    desk = Desk(bench, CODE, spent=180.0 + 10.0)

    async def script(pilot: Pilot[Round]) -> None:
        desk.app.kata = replace(desk.kata, name="ordered_lock_transfer")
        desk.app.paused = True
        desk.app.tick()
        await pilot.pause()
        clock = desk.app.query_one("#clock", Static)
        await until(pilot, lambda: clock.size.height == 2)
        assert clock.size.width <= 60
        assert desk.app.has_class("narrow")
        await pilot.resize_terminal(110, 32)
        await until(pilot, lambda: clock.size.height == 1)
        assert not desk.app.has_class("narrow")

    desk.play(script, width=60)
