"""What the tests of the page share: films of small programs, and pages of them."""

import textwrap
from pathlib import Path
from typing import Any

from harness.explore import Lab, Limits
from harness.page import Caption, page

PROGRAMS = Path(__file__).parents[1] / "bench" / "programs"
CAPTION = Caption(
    kata="bank",
    implementation="broken:two_orders",
    verdict="DEADLOCK",
    promise="Transfers in both directions end.",
    headline="Locks are taken in different orders.",
    report="   Locks are taken in different orders.",
    again="kata replay bank test_transfers:b7c --impl broken:two_orders",
)


def film_of(path: Path, arguments: dict[str, Any], schedules: int = 2000) -> dict[str, Any]:
    """The film of the first failure of a file that holds its own scenario."""
    lab = Lab(path, path)
    failure = lab.explore("scenario", arguments, Limits(2, schedules)).failure
    assert failure is not None, "the explorer did not find the failure"
    film = lab.film("scenario", arguments, failure.schedule)
    assert film is not None, "the failure did not happen again"
    return film


def classic(name: str) -> dict[str, Any]:
    """The film of one of the classic bugs."""
    return film_of(PROGRAMS / f"{name}.py", {"twin": "broken", "order": (0, 1)})


def film_from(folder: Path, source: str) -> dict[str, Any]:
    """The film of a program from its text, run once in the default order."""
    path = folder / "program.py"
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    film = Lab(path, path).film("scenario", {}, "0")
    assert film is not None, "the program does not fail"
    return film


def page_of(film: dict[str, Any]) -> str:
    """Its page, under a caption that is the same each time."""
    return page(film, CAPTION)
