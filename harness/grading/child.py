"""The grading process: collects the suite, loads the candidate, runs the checks, sends results.

Guarantees: what the suite demands is collected and sent before the candidate is loaded, so that
nothing in the candidate can take a check away. After every check the grader looks whether it is
still whole, and after every level whether pytest and Hypothesis are; if not, the check is WRONG and
grading ends there. The process ends by `os._exit`
straight after its last message, so that nothing that the candidate left behind runs any more.
Assumptions: the parent (watch.py) starts it in a session of its own, and counts a check as passed
only when its signed result has come and the process ended in order.
"""

import faulthandler
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

import pytest

from harness.explore import SuiteError
from harness.grading import audit, limits
from harness.grading.channel import make_sender
from harness.grading.collecting import collect
from harness.grading.examiner import Examiner
from harness.grading.fingerprint import Fingerprint, Whole, of_the_grader
from harness.grading.output import Capped
from harness.grading.request import Request
from harness.grading.results import INDENT, Check, Finding
from harness.grading.screen import screen
from harness.grading.suite import is_real, level_of, outline
from harness.grading.tracebacks import describe, name_of
from harness.verdict import Verdict

if TYPE_CHECKING:
    from harness.grading.native import NativeExaminer

Send = Callable[[Mapping[str, Any]], None]


class Grader:
    """Turns the checks of a suite into results.

    whole: the fingerprint of the grader, if it has been taken.
    """

    def __init__(self, request: Request, send: Send, whole: Whole | None = None) -> None:
        self._request = request
        self._send = send
        self._whole = whole
        self._candidate = Path(request.candidate)
        self._examiner: Examiner | NativeExaminer | None = None
        self._known: dict[str, Check] = {}  # what the first look has settled
        self._exit = os._exit
        self._running: pytest.Item

    def grade(self, items: list[pytest.Item], fault: str) -> None:
        """Judges the candidate by the items of the suite, and ends the process.

        fault: what is wrong with the suite.
        """
        if fault:
            self._suite_is_at_fault(fault)
        planned = [asdict(outline(item, Verdict.CRASH)) for item in items]
        self._send({"kind": "planned", "checks": planned})
        if not self._request.native:  # C is our own: it is trusted, and has to load a library
            self._judge_unrun()
        self._arm()
        self._run([item for item in items if isinstance(item, pytest.Function)])
        self._end()

    def _judge_unrun(self) -> None:
        refusal = screen(self._candidate)
        if refusal:
            self._send(
                {
                    "kind": "refused",
                    "finding": asdict(
                        Finding(
                            refusal.sentence,
                            str(self._candidate),
                            refusal.line,
                            indent(refusal.source, INDENT * 2),
                        )
                    ),
                }
            )
            self._end()

    def _arm(self) -> None:
        """Takes the grader's fingerprint; from here on the candidate may be loaded."""
        self._whole = self._whole or of_the_grader()
        self._simulated = Fingerprint(())
        if not self._request.native:
            audit.arm(str(self._candidate), self._refuse)

    def _run(self, items: list[pytest.Function]) -> None:
        if self._request.glance and not self._request.only:
            found = self._glance_at(
                [item for item in items if level_of(item) in self._request.levels]
            )
            self._send({"kind": "glanced"})
            if found and self._request.quick:
                return
        for number in self._request.levels:
            mine = [item for item in items if level_of(item) == number]
            if self._request.only:
                mine = [item for item in mine if item.name == self._request.only]
            ok = self._each(item for item in mine if not is_real(item))
            # Real threads can hang or crash the process: only where the model found nothing.
            ok = ok and self._each(item for item in mine if is_real(item))
            self._level_is_over()
            if not ok and not self._request.keep_going:
                return

    def _glance_at(self, items: list[pytest.Function]) -> bool:
        """Looks for the first level that fails, so that a person need not wait for those before it.

        What fails within the first schedules fails in the same way in a whole search: it is final.
        With `until` it looks at that test, and at the levels below it, which are to pass.
        """
        items = [i for i in items if not is_real(i) and not i.get_closest_marker("plain")]
        if not self._request.until:
            return self._first_that_fails(items)
        named = [i for i in items if self._request.until in (i.name, i.originalname)]
        below = [i for i in items if named and level_of(i) < level_of(named[0])]
        found = any(self._fails(item) for item in named)
        return self._first_that_fails(below, brief=True) or found

    def _first_that_fails(self, items: list[pytest.Function], brief: bool = False) -> bool:
        """Looks to the end of the first level that fails; whether one does."""
        failed_at = 0
        for item in items:
            if failed_at and level_of(item) > failed_at:
                break
            if self._fails(item, brief):
                failed_at = level_of(item)
        return failed_at > 0

    def _fails(self, item: pytest.Function, brief: bool = False) -> bool:
        check = self._watched(item, lambda item: self._glance(item, brief))
        if check.verdict is not Verdict.PASS:
            self._send({"kind": "early", "check": asdict(check)})
        return check.verdict is not Verdict.PASS

    def _glance(self, item: pytest.Function, brief: bool) -> Check:
        check, final = self._the_examiner().glance(item, brief)
        if final or check.verdict is not Verdict.PASS:
            self._known[item.name] = check
        return check

    def _each(self, items: Iterable[pytest.Function]) -> bool:
        """Runs them all, also after one has failed; whether all passed."""
        passed = [self._one(item) for item in items]
        return all(passed)

    def _one(self, item: pytest.Function) -> bool:
        self._running = item
        check = self._known.get(item.name) or self._watched(item, self._examine)
        self._send({"kind": "result", "check": asdict(check)})
        return check.verdict is Verdict.PASS

    def _the_examiner(self) -> "Examiner | NativeExaminer":
        if self._examiner is None:
            suite = Path(self._request.suite)
            if self._request.native:
                from harness.grading.native import NativeExaminer

                source = Path(self._request.native)
                self._examiner = NativeExaminer(self._candidate, suite, source, self._beat)
            else:
                asked = self._request
                self._examiner = Examiner(
                    self._candidate, suite, self._beat, asked.told, asked.film, asked.width
                )
            self._simulated = Fingerprint(self._examiner.world())
        return self._examiner

    def _examine(self, item: pytest.Function) -> Check:
        examiner = self._the_examiner()
        return self._replay(examiner, item) if self._request.schedule else examiner.examine(item)

    def _watched(self, item: pytest.Function, examine: Callable[[pytest.Function], Check]) -> Check:
        """What `examine` says of the check, unless the candidate has spoiled what says it."""
        self._running = item
        self._send({"kind": "start", "test": item.name})
        check = self._guarded(item, examine)
        assert self._whole is not None
        self._refuse_if(self._whole.near.changed() or self._simulated.changed())
        return check

    def _level_is_over(self) -> None:
        """What was said of a level counts only if what said it is whole."""
        assert self._whole is not None
        self._refuse_if(self._whole.far.changed())

    def _refuse_if(self, changed: str) -> None:
        if changed:
            self._refuse(f"It replaced `{changed}`, which belongs to Python or to the grader.")

    def _guarded(self, item: pytest.Function, examine: Callable[[pytest.Function], Check]) -> Check:
        try:
            return examine(item)
        except SuiteError as error:
            self._suite_is_at_fault(f"{item.name}: {error}")
            raise
        except BaseException as error:  # whatever it is, it came with the candidate
            finding = Finding(
                f"The check was cut short by {name_of(error)}",
                str(self._candidate),
                report=describe(error, self._candidate),
            )
            return replace(outline(item, Verdict.CRASH), finding=finding)

    def _replay(self, examiner: "Examiner | NativeExaminer", item: pytest.Function) -> Check:
        try:
            return examiner.replay(item, self._request.schedule)
        except (SuiteError, ValueError):  # the code has changed since, or it was mistyped
            self._send({"kind": "stale"})
            self._end()
            raise

    def _refuse(self, sentence: str, line: int | None = None) -> None:
        """The running check is WRONG, and nothing after it could be believed."""
        finding = Finding(sentence, str(self._candidate), line)
        check = replace(outline(self._running, Verdict.WRONG), finding=finding)
        self._send({"kind": "result", "check": asdict(check)})
        self._end()

    def _beat(self, text: str) -> None:
        self._send({"kind": "beat", "text": text})

    def _suite_is_at_fault(self, text: str) -> None:
        self._send({"kind": "suite", "text": text})
        self._end()

    def _end(self) -> None:
        self._send({"kind": "end"})
        self._exit(0)


def begin(channel: int, dump: int) -> tuple[Request, Send]:
    """Takes the request from standard input; what leads back to the parent.

    channel, dump: file descriptors.
    """
    sys.dont_write_bytecode = True  # from here on nothing is written, where it might be refused
    asked = json.loads(sys.stdin.buffer.readline())
    send = make_sender(channel, bytes.fromhex(asked.pop("key")))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdout, sys.stderr = Capped(1), Capped(2)
    limits.end_with_parent()
    limits.apply()
    faulthandler.enable(dump, all_threads=True)
    faulthandler.register(signal.SIGUSR1, dump, all_threads=True)
    return Request(**{**asked, "levels": tuple(asked["levels"])}), send


def main(channel: int, dump: int) -> None:
    """Grades what standard input asks for."""
    request, send = begin(channel, dump)
    collect(Path(request.suite), Grader(request, send).grade)
    raise SystemExit("pytest ended without running the suite")
