"""A round of practice: its phases, its time, its notes, and how it is kept."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness import catalogue
from harness.catalogue import PHASES
from harness.errors import UsageError
from harness.keep import Kind
from harness.practice import notes, panels, question
from harness.practice.round import CODE, DONE, GRACE, REVIEW, Round, begin
from harness.practice.saved import Saved
from harness.tests.grading_tools import ROOT, TINY

KATA = catalogue.load(TINY)[0]  # 1, 2, 3 and 4 minutes
NEW = begin(KATA, "abcdef123", 1_000.0)


def in_phase(phase: str, spent: float = 0.0) -> Round:
    return replace(NEW, phase=phase).after(spent)


def test_the_phases_come_in_their_order_and_end() -> None:
    seen, state = [], NEW
    while state.phase != DONE:
        seen.append(state.phase)
        state = state.moved_on()
    assert tuple(seen) == PHASES
    assert state.moved_on() == state == state.after(5.0)


def test_time_counts_for_the_phase_that_it_was_spent_in() -> None:
    state = NEW.after(20.0).after(15.0)
    assert (state.left_in_phase, state.left_in_all, state.active) == (25.0, 565.0, 35.0)
    state = state.moved_on()
    assert (state.left_in_phase, state.left_in_all, state.active) == (120.0, 540.0, 35.0)


def test_a_phase_that_is_over_takes_nothing_from_those_after_it() -> None:
    state = NEW.after(100.0)
    assert (state.left_in_phase, state.left_in_all) == (-40.0, 540.0)


def test_minutes_are_shared_as_the_kata_shares_its_own() -> None:
    state = begin(KATA, "u", 0.0, minutes=20)
    assert [state.budget[phase] for phase in PHASES] == [120.0, 240.0, 360.0, 480.0]


def test_after_the_time_to_code_there_is_one_minute_of_grace() -> None:
    assert not in_phase(CODE, 179.0).in_grace
    assert in_phase(CODE, 180.0).in_grace
    assert in_phase(CODE, 180.0 + GRACE - 1).in_grace
    late = in_phase(CODE, 180.0 + GRACE)
    assert late.over_time
    assert not late.in_grace
    assert not in_phase(REVIEW, 10_000.0).over_time, "nobody is cut short in the review"


def test_a_level_keeps_the_time_at_which_it_first_passed() -> None:
    state = in_phase(CODE, 60.0).graded({1: "PASS", 2: "RACE"}).after(30.0)
    state = state.graded({1: "PASS", 2: "PASS"}).after(5.0).graded({1: "WRONG"})
    assert state.passed == {1: 60.0, 2: 90.0}
    assert state.verdicts == {1: "WRONG"}


def test_what_is_graded_in_the_review_no_longer_counts() -> None:
    assert in_phase(REVIEW).graded({1: "PASS"}).passed == {}


def test_the_history_gets_the_splits_and_not_the_time_of_the_review() -> None:
    state = in_phase(CODE, 50.0).graded({1: "PASS"}).moved_on().after(500.0)
    attempt = state.as_attempt(KATA, 2_000.0)
    assert (attempt.kind, attempt.passed, attempt.of) == (Kind.PRACTICE, 1, 3)
    assert dict(attempt.phases)[CODE] == 50.0
    assert (attempt.active, attempt.par) == (50.0, 360.0)
    assert attempt.levels[0].passed_at == 50.0


# -- notes ------------------------------------------------------------------------------------------


def test_new_notes_have_all_headings_and_nothing_under_them() -> None:
    text = notes.template("A counter")
    assert notes.missing(text) == [heading for heading, _, _ in notes.HEADINGS]


def test_only_what_a_person_wrote_counts() -> None:
    text = notes.template("A counter").replace("## Assumptions\n", "## assumptions\n\nInts only.\n")
    assert "Assumptions" not in notes.missing(text)
    assert "Scope and questions" in notes.missing(text)
    assert notes.missing("no headings at all") == notes.missing("")


def test_notes_that_are_there_are_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "notes.md"
    notes.prepare(file, "A counter")
    file.write_text("mine")
    notes.prepare(file, "A counter")
    assert notes.read(file) == "mine"


# -- keeping ------------------------------------------------------------------------------------------


def test_a_round_comes_back_as_it_was(tmp_path: Path) -> None:
    state = in_phase(CODE, 61.5).graded({1: "PASS", 2: "HANG"}).scored(0, 3)
    saved = Saved("tiny", tmp_path)
    assert saved.load() is None
    saved.save(state)
    assert Saved("tiny", tmp_path).load() == state


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"format": 2}', '{"format": 1, "who": 1}', '{"format": 1, "passed": {}}'],
)
def test_a_round_that_cannot_be_read_is_put_aside(text: str, tmp_path: Path) -> None:
    saved = Saved("tiny", tmp_path)
    saved.folder.mkdir(parents=True)
    saved.file.write_text(text)
    with pytest.raises(UsageError, match="cannot be read"):
        saved.load()
    assert [file.read_text() for file in saved.folder.glob("unreadable-*")] == [text]
    assert saved.load() is None


def test_a_round_that_has_ended_takes_its_notes_with_it(tmp_path: Path) -> None:
    saved = Saved("tiny", tmp_path)
    notes.prepare(saved.notes, "A counter")
    place = saved.put_away(NEW)
    assert saved.load() is None
    assert json.loads((place / "round.json").read_text())["uid"] == NEW.uid
    assert (place / "notes.md").is_file()
    assert not saved.notes.exists()


# -- what is shown -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kata", catalogue.load(ROOT), ids=lambda kata: kata.name)
def test_every_kata_has_something_to_show_in_each_phase(kata: catalogue.Kata) -> None:
    assert ">" in question.briefing(kata), "the interviewer's words"
    assert "What to ask" not in question.task(kata), "the answers are for afterwards"
    assert "```python" in question.task(kata), "the API"
    for level in kata.levels:
        assert question.level(kata, level.number), f"level {level.number}"
    assert len(question.follow_up(kata, len(kata.levels))) > 200, "after the last level"
    assert question.level(kata, 2) in question.follow_up(kata, 1)


def test_the_clock_says_in_words_what_its_colour_says() -> None:
    assert "0:30 left" in str(panels.clock(KATA, NEW.after(30.0), False, 98))
    assert "0:10 over" in str(panels.clock(KATA, NEW.after(70.0), False, 98))
    assert "0:59 to finish" in str(panels.clock(KATA, in_phase(CODE, 180.5), False, 98))
    assert "PAUSED" in str(panels.clock(KATA, NEW, True, 98))
