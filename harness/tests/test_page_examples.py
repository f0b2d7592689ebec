"""Each kata's notes name a failure to step through: its command still fails in the way that they say.

If a suite or a variant has changed, `kata grade NAME --impl VARIANT` prints the command as it is now.
"""

import re
import shlex
from pathlib import Path

import pytest

from harness import catalogue
from harness.candidates import candidate
from harness.grading.grade import run_one
from harness.replay_command import split
from harness.tests.grading_tools import ROOT
from harness.verdict import Verdict

NAMES = sorted(folder.name for folder in (ROOT / "solutions").iterdir() if folder.is_dir())
EXAMPLE = re.compile(
    r"^## Step through a failure\n.*?^```\n(?P<command>kata replay .*?)\n```\n\n(?P<verdict>[A-Z ]+):",
    re.DOTALL | re.MULTILINE,
)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_in_the_notes_fails_as_they_say(name: str) -> None:
    notes = (ROOT / "solutions" / name / "notes.md").read_text(encoding="utf-8")
    example = EXAMPLE.search(notes)
    assert example, f"solutions/{name}/notes.md has no section `## Step through a failure`"
    _, _, kata, failure, _, impl, option, _ = shlex.split(example["command"])
    assert (kata, option) == (name, "--html")
    found = catalogue.find(name)
    check, _ = run_one(found, candidate(found, impl), *split(failure), film=True)
    assert check.finding is not None, "it passes now: the notes need another schedule"
    assert check.verdict is Verdict(example["verdict"])
    assert check.finding.film
    assert Path(check.finding.file).exists()
