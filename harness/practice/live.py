"""Grades a file whenever it is saved, or when asked to.

Guarantees: what is told belongs to the newest save: a grading that a newer save overtakes is ended,
and nothing more of it is told. A save that changes nothing is not graded again.
Assumptions: the folder of the file exists. Where file events do not reach us (network mounts, WSL),
the folder is polled instead; `needs_polling` knows the common cases.
"""

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import psutil
from watchfiles import watch

from harness.catalogue import Kata
from harness.errors import UsageError
from harness.grading.grade import Candidate, Listener, grade
from harness.grading.launch import Nursery
from harness.grading.results import Check, Grade, LevelResult
from harness.layout import WIDEST

_REMOTE = (
    "nfs",
    "cifs",
    "smb",
    "sshfs",
    "9p",
    "vboxsf",
    "vmhgfs",
    "fuse",
    "drvfs",
    "afs",
    "webdav",
)
_DEBOUNCE = 100  # milliseconds: an editor's save is several events
_STEP = 20
_POLL = 250
_LOOK = 500  # looks at the file at least so often: a save before the watcher stood is no event


class Audience(Protocol):
    """Is told what becomes of a save; from another thread."""

    def began(self) -> None:
        """A grading has begun."""

    def failed(self, check: Check) -> None:
        """A check has failed; the first one is the one to show."""

    def level_done(self, level: LevelResult) -> None:
        """A level is finished, or will not be reached."""

    def done(self, graded: Grade) -> None:
        """The grading is over."""

    def could_not(self, error: UsageError) -> None:
        """The file cannot be graded at all."""


class _Overtaken(Exception):  # noqa: N818 - nothing is wrong
    """A newer save is there."""


class Live:
    """Watches and grades in threads of its own, from `with` to its end."""

    def __init__(
        self,
        kata: Kata,
        audience: Audience,
        polling: bool | None = None,
        file: Path | None = None,
        width: int = WIDEST,
    ) -> None:
        self._width = width
        self._kata = kata
        self._audience = audience
        self._file = file or kata.stub
        self._polling = needs_polling(self._file) if polling is None else polling
        self._stop = threading.Event()
        self._wanted = threading.Semaphore(0)
        self._numbering = threading.Lock()
        self._newest = 0  # guarded by self._numbering; read without it, as any save is a later one
        self._threads = [
            threading.Thread(target=self._watch, name="watches the file", daemon=True),
            threading.Thread(target=self._grade, name="grades", daemon=True),
        ]

    def __enter__(self) -> "Live":
        self._nursery = Nursery()
        self._before = _digest(self._file)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self.grade_now()
        for thread in self._threads:
            thread.join()
        self._nursery.close()

    def grade_now(self) -> None:
        """As if the file had been saved."""
        with self._numbering:
            self._newest += 1
        self._wanted.release()

    def _watch(self) -> None:
        before = self._before
        changes = watch(
            self._file.parent, watch_filter=lambda _, path: Path(path).name == self._file.name,
            stop_event=self._stop, debounce=_DEBOUNCE, step=_STEP, rust_timeout=_LOOK, yield_on_timeout=True,
            force_polling=self._polling, poll_delay_ms=_POLL, raise_interrupt=False, recursive=False,
        )  # fmt: skip
        for _ in changes:
            now = _digest(self._file)
            if now != before and now:
                before = now
                self.grade_now()

    def _grade(self) -> None:
        while True:
            self._wanted.acquire()
            while self._wanted.acquire(blocking=False):
                pass  # of several saves, the newest is enough
            if self._stop.is_set():
                return
            try:
                self._once(self._newest)
            except _Overtaken:
                pass
            except UsageError as error:
                self._audience.could_not(error)

    def _once(self, number: int) -> None:
        self._audience.began()
        relay = _Relay(self._audience, lambda: self._stop.is_set() or self._newest != number)
        subject = Candidate(self._file)
        graded = grade(self._kata, subject, listener=relay, launch=self._nursery, width=self._width)
        relay.go_on()
        self._audience.done(graded)


class _Relay(Listener):
    def __init__(self, audience: Audience, is_old: Callable[[], bool]) -> None:
        self._audience = audience
        self._is_old = is_old

    def go_on(self) -> None:
        if self._is_old():
            raise _Overtaken

    def working(self, level: int, promise: str, done: int, of: int) -> None:
        self.go_on()

    def failed(self, check: Check) -> None:
        self.go_on()
        self._audience.failed(check)

    def level_done(self, level: LevelResult) -> None:
        self.go_on()
        self._audience.level_done(level)


def _digest(file: Path) -> bytes:
    try:
        return hashlib.sha256(file.read_bytes()).digest()
    except OSError:  # an editor is between removing the old and renaming the new
        return b""


def needs_polling(file: Path) -> bool:
    """Does the file lie where the system tells nobody of changes?"""
    if os.environ.get("WATCHFILES_FORCE_POLLING"):
        return True
    here = str(file.resolve())
    mounts = sorted(psutil.disk_partitions(all=True), key=lambda part: -len(part.mountpoint))
    for part in mounts:
        if here.startswith(part.mountpoint.rstrip("/") + "/"):
            return part.fstype.lower().startswith(_REMOTE)
    return False
