"""What other programs read of a grade: golden files, and what their parsers demand.

After a change that is meant: KATA_GOLDEN=write kata check -k golden_format, then read the diff.
"""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from harness import cli
from harness.formats import FORMATS, words
from harness.grading.results import NOT_APPLICABLE, Check, Finding, Grade, LevelResult
from harness.tests.grading_tools import Workbench
from harness.verdict import Verdict

GOLDEN = Path(__file__).parent / "golden_formats"
NASTY = "\x00 \x1b[31m red \x85 \ud800 \uffff ]]> <&\"'> \r end"

RACE = Finding(
    "Lost update: T1 wrote back what it had made of the old value.",
    "/home/someone/tiny.py",
    18,
    "   value() is 1 after two adds\n   Lost update: T1 wrote back what it had made of the old"
    "\n   value.\n\n     main     T1\n   1 18 self.n += 1",
    "b2c",
    3,
    1,
)


def check(test: str, level: int, verdict: Verdict = Verdict.PASS, **more: Any) -> Check:
    coverage = "all 12 schedules with up to 2 preemptions"
    return Check(test, level, f"The promise of {test}.", verdict, 12, coverage, 0.25, **more)


def grade(*levels: LevelResult, implementation: str = "") -> Grade:
    return Grade("tiny", "A tiny kata", implementation, "/home/someone/tiny.py", levels, 3.21)


LEVEL_1 = LevelResult(1, "core", Verdict.PASS, (check("test_a[1]", 1), check("test_a[2]", 1)), 2)
LEVEL_2 = LevelResult(
    2,
    "threads",
    Verdict.RACE,
    (check("test_b", 2, Verdict.RACE, finding=RACE), check("test_c", 2)),
    3,
)
LEVEL_3 = LevelResult(3, "waiting", None, (), 4)


def broken_level(verdict: Verdict, headline: str) -> LevelResult:
    failed = check("test_a", 1, verdict, finding=Finding(headline))
    return LevelResult(1, "core", verdict, (failed,), 1)


GRADES = {
    "race": grade(LEVEL_1, LEVEL_2, LEVEL_3),
    "pass": grade(
        replace(
            LEVEL_1,
            checks=(LEVEL_1.checks[0], replace(LEVEL_1.checks[1], coverage=NOT_APPLICABLE)),
        ),
        implementation="c",
    ),
    "stub": grade(broken_level(Verdict.NOT_STARTED, ""), replace(LEVEL_3, number=2)),
    "crash": grade(broken_level(Verdict.CRASH, "The whole process died of SIGSEGV.")),
    "unreadable": grade(
        LevelResult(
            1,
            "core",
            Verdict.WRONG,
            (
                Check(
                    "load",
                    1,
                    "The module can be loaded.",
                    Verdict.WRONG,
                    finding=Finding("It has a syntax error: '(' was never closed", "/x/t.py", 1),
                ),
            ),
            2,
        ),
        replace(LEVEL_3, number=2),
    ),
    "kept back": grade(LevelResult(1, "core", Verdict.CRASH, (check("test_a", 1),), 3)),
    "nasty": grade(broken_level(Verdict.WRONG, NASTY), implementation=NASTY),
}


def golden(name: str, form: str) -> Path:
    return GOLDEN / f"{name.replace(' ', '_')}.{form}{FORMATS[form].ending}"


@pytest.mark.parametrize("form", ["junit", "gradescope", "exercism"])
@pytest.mark.parametrize("name", GRADES)
def test_the_text_of_a_golden_format_has_not_changed(name: str, form: str) -> None:
    text = FORMATS[form].render(GRADES[name])
    if os.environ.get("KATA_GOLDEN") == "write":
        golden(name, form).write_text(text)
    assert text == golden(name, form).read_text()


@pytest.mark.parametrize("name", GRADES)
def test_junit_has_counts_that_are_right_and_names_that_are_unique(name: str) -> None:
    root = ElementTree.fromstring(FORMATS["junit"].render(GRADES[name]).encode())
    assert root.tag == "testsuites"
    assert len(root) == len(GRADES[name].levels)
    for suite in root:
        cases = suite.findall("testcase")
        for counted, tag in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]:
            assert int(suite.attrib[counted]) == sum(case.find(tag) is not None for case in cases)
        assert int(suite.attrib["tests"]) == len(cases)
        names = [(case.attrib["classname"], case.attrib["name"]) for case in cases]
        assert len(set(names)) == len(names)
    bad = int(root.attrib["failures"]) + int(root.attrib["errors"])
    assert (bad == 0) is GRADES[name].ok


def test_junit_holds_several_katas_in_one_document() -> None:
    render_all = FORMATS["junit"].render_all
    assert render_all
    root = ElementTree.fromstring(render_all([GRADES["race"], GRADES["stub"]]))
    assert [len(root), root.attrib["tests"]] == [5, "8"]


@pytest.mark.parametrize("name", GRADES)
def test_gradescope_fits_its_specification(name: str) -> None:
    document = json.loads(FORMATS["gradescope"].render(GRADES[name]))
    assert document["score"] == GRADES[name].points
    levels = [test for test in document["tests"] if "max_score" in test]
    assert sum(test["max_score"] for test in levels) == 100
    assert sum(test["score"] for test in levels) == GRADES[name].points
    for test in document["tests"]:
        fits(test, number=str, name=str, output=str)
        assert test.get("status", "passed") in ("passed", "failed")
    bad = any(test.get("status") == "failed" for test in document["tests"])
    assert bad is not GRADES[name].ok


@pytest.mark.parametrize("name", GRADES)
def test_exercism_fits_its_specification(name: str) -> None:
    document = json.loads(FORMATS["exercism"].render(GRADES[name]))
    assert document["version"] == 3
    assert (document["status"] == "pass") is GRADES[name].ok
    assert (document["status"] == "error") is isinstance(document["message"], str)
    for test in document["tests"]:
        fits(test, name=str, status=str, message=str | None, task_id=int)
        assert test["status"] in ("pass", "fail", "error")
        assert (test["status"] == "pass") is (test["message"] is None)
    if document["status"] == "error":
        assert all(test["status"] == "error" for test in document["tests"])


def fits(row: dict[str, Any], **kinds: Any) -> None:
    for name, kind in kinds.items():
        assert isinstance(row[name], kind), (name, row)


def test_exercism_cuts_a_message_at_what_the_specification_allows() -> None:
    long = grade(broken_level(Verdict.WRONG, "x" * 70_000))
    (test,) = json.loads(FORMATS["exercism"].render(long))["tests"]
    assert len(test["message"]) == 65_535
    assert test["message"].endswith("(cut here)")


@pytest.mark.parametrize("character", [*map(chr, range(0x20)), "\x7f", "\ud800", "\uffff", "\x9b"])
def test_what_a_parser_refuses_is_shown_not_dropped(character: str) -> None:
    text = words.clean(f"<{character}>")
    element = ElementTree.Element("t")
    element.text = text
    assert ElementTree.fromstring(ElementTree.tostring(element, encoding="unicode")).text == text
    assert len(text) > 2


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return Workbench(tmp_path_factory.mktemp("formats"))


def test_a_format_goes_to_standard_output_alone_there(workbench: Workbench) -> None:
    ran = workbench.kata("grade", "tiny", "--impl", "solution", "--level", "1", "--format", "junit")
    assert ran.status == 0
    assert ElementTree.fromstring(ran.out).attrib["failures"] == "0"
    assert "100 of 100" in ran.err


def test_a_format_goes_to_a_file_beside_the_json(workbench: Workbench) -> None:
    words = ["grade", "tiny", "--format", "exercism", "-o", "e.json", "--json", "own.json"]
    ran = workbench.kata(*words)
    assert ran.status == 1
    assert "NOT STARTED" in ran.out
    assert json.loads((workbench.root / "e.json").read_text())["status"] == "fail"
    assert json.loads((workbench.root / "own.json").read_text())["passed"] is False


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (["grade", "tiny", "-o", "x"], "not in which format"),
        (["grade", "--format", "exercism"], "room for one kata alone"),
        (["grade", "tiny", "--format", "junit", "--json", "-"], "both --json and --format"),
        (["grade", "tiny", "--format", "junit", "-o", "no/such/file"], "cannot be written"),
        (["grade", "tiny", "--format", "yaml"], "is not one of 'json', 'junit'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_written_is_said_before_the_work(
    workbench: Workbench, words: list[str], seen: str
) -> None:
    ran = workbench.kata(*words)
    assert ran.status == 2
    assert seen in ran.err
    assert ran.out == ""


def test_the_command_line_offers_what_there_is() -> None:
    assert tuple(FORMATS) == cli.FORMATS
