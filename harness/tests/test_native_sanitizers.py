"""What a driver under a sanitizer comes to is told by its status and by the sanitizer's own words."""

from pathlib import Path

import pytest

from harness.native import sanitizers
from harness.native.sanitizers import Sanitizer


def program(folder: Path, said: str, status: int) -> Path:
    made = folder / "driver"
    made.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit {status}\n")
    made.chmod(0o755)
    return made


@pytest.mark.parametrize(
    ("sanitizer", "said"),
    [
        (Sanitizer.NONE, "a check of its own failed"),
        (Sanitizer.THREAD, "WARNING: ThreadSanitizer: data race"),
        (Sanitizer.ADDRESS, "==1==ERROR: AddressSanitizer: heap-use-after-free"),
        (Sanitizer.UNDEFINED, "a.c:3:5: runtime error: shift exponent 99 is too large"),
        (Sanitizer.UNDEFINED, "thread 7 panic: shift exponent 99 is too large"),
    ],
)
def test_an_objection_is_caught_in_the_words_of_each_sanitizer(
    tmp_path: Path, sanitizer: Sanitizer, said: str
) -> None:
    ran = sanitizers._run(program(tmp_path, said, 1), sanitizer)
    assert ran.caught
    assert not ran.clean
    assert sanitizers._run(program(tmp_path, said, 0), sanitizer).clean


def test_a_crash_without_a_word_is_not_the_sanitizers(tmp_path: Path) -> None:
    ran = sanitizers._run(program(tmp_path, "Segmentation fault", 139), Sanitizer.THREAD)
    assert not ran.caught
    assert not ran.clean


def test_a_program_that_never_ends_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = tmp_path / "driver"
    endless.write_text("#!/bin/sh\nwhile :; do :; done\n")
    endless.chmod(0o755)
    monkeypatch.setattr(sanitizers, "PATIENCE", 0.2)
    ran = sanitizers._run(endless, Sanitizer.NONE)
    assert ran.status is None
    assert not ran.caught
