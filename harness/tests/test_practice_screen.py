"""The screen of a round, with keys pressed by a pilot and a clock that the test moves."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from harness import catalogue
from harness.catalogue import Kata
from harness.keep import Store
from harness.practice import notes
from harness.practice.round import CODE, GRACE, REVIEW, Round, begin
from harness.practice.saved import Saved
from harness.practice.screen import Practice
from harness.tests.grading_tools import Workbench

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

    def play(self, script: Callable[[Pilot[Round]], Awaitable[None]]) -> None:
        async def run() -> None:
            async with self.app.run_test(size=(100, 30)) as pilot:
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


def test_a_suspended_machine_costs_a_moment_and_an_editor_its_time(bench: Workbench) -> None:
    desk = Desk(bench, "clarify", spent=0.0)

    async def script(pilot: Pilot[Round]) -> None:
        desk.now = 10_000.0
        desk.app.tick()
        assert desk.app.state.active <= 5.0
        before = desk.app.state.active
        desk.now += 90.0
        desk.app.tick(longest=float("inf"))
        assert desk.app.state.active == before + 90.0

    desk.play(script)
