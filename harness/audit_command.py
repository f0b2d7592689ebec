"""`kata audit`: which test kills which variant, and whether every verdict is as it should be."""

import time
from collections import defaultdict
from collections.abc import Sequence

from harness import catalogue
from harness.audit.judge import Judged, judge_all, subjects
from harness.audit.native import examinations, examined
from harness.audit.rules import faults, faults_of, strays
from harness.catalogue import Kata
from harness.errors import UsageError
from harness.native.compiler import NoCompilerError, find
from harness.native.references import reference
from harness.report import StatusLine, make_console


def run(name: str | None, repeat: int) -> int:
    """Audits one kata, or all; 0 if nothing is at fault, and every repeat said the same."""
    if repeat < 1:
        raise UsageError(f"--repeat is {repeat}", "1 or more", "kata audit --repeat 2")
    katas = catalogue.load() if name is None else (catalogue.find(name),)
    audit = _Audit()
    at_fault = list(strays(catalogue.load()))
    for kata in katas:
        at_fault += audit.of(kata, repeat)
    audit.summary(at_fault)
    return 1 if at_fault else 0


class _Audit:
    def __init__(self) -> None:
        self._console = make_console()
        self._status = StatusLine(self._console)

    def of(self, kata: Kata, repeat: int) -> list[str]:
        """Judges a kata, prints its matrix; what is at fault with it."""
        started = time.monotonic()
        first = self._judge(kata, 1, repeat)
        found = faults(kata, first)
        for number in range(2, repeat + 1):
            found += differences(first, self._judge(kata, number, repeat), number)
        self._status.clear()
        self._matrix(kata, first, time.monotonic() - started, repeat)
        found += self._in_c(kata)
        return [f"{kata.name}: {fault}" for fault in found]

    def _in_c(self, kata: Kata) -> list[str]:
        """Examines the kata's C files; what is at fault with them."""
        c = reference(kata)
        if c is None:
            return []
        try:
            compiler = find()
        except NoCompilerError as error:
            self._print(f"\nIn C: not looked at: {error.line}")
            return []
        wanted = examinations(c, compiler)
        results = dict(examined(wanted, compiler, self._status.show))
        at_fault = [fault for found in results.values() for fault in found or ()]
        self._status.clear()
        self._print(f"\nIn C: {len(wanted)} examinations, {len(at_fault)} at fault")
        for name, found in results.items():
            if found is None:
                self._print(f"   skipped, as {compiler.name} has no such sanitizer: {name}")
        return at_fault

    def _judge(self, kata: Kata, number: int, repeat: int) -> list[Judged]:
        wanted = subjects(kata)
        done: list[Judged] = []

        def tell(one: Judged) -> None:
            done.append(one)
            again = f", run {number} of {repeat}" if repeat > 1 else ""
            self._status.show(f"{kata.name}: {len(done)} of {len(wanted)} files{again}")

        return judge_all(wanted, tell, all_killers=number == 1)

    def _matrix(self, kata: Kata, judged: Sequence[Judged], seconds: float, repeat: int) -> None:
        broken = [one for one in judged if one.subject.broken]
        right = len(judged) - len(broken) - 2
        runs = f", {repeat} runs" if repeat > 1 else ""
        self._print("")
        self._print(f"{kata.name}: {len(broken)} broken, {right} right, {seconds:.0f} s{runs}")
        self._print("")
        killed: dict[str, set[str]] = defaultdict(set)
        for one in broken:
            for check in one.failures:
                killed[check.function].add(one.subject.candidate.path.stem)
        for solution in judged:
            if solution.subject.candidate.named == "solution":
                for test in dict.fromkeys(solution.tests):
                    self._print(f"{len(killed[test]):>5}  {test}")
                    for variant in sorted(killed[test]):
                        self._print(f"         {variant}")

    def summary(self, at_fault: Sequence[str]) -> None:
        """What is at fault, or that nothing is."""
        self._print("")
        for fault in at_fault:
            self._print(f"at fault   {fault}")
        self._print(f"{len(at_fault)} at fault" if at_fault else "Nothing is at fault.")

    def _print(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, highlight=False, markup=False)


def differences(first: Sequence[Judged], again: Sequence[Judged], number: int) -> list[str]:
    """Which verdicts of run `number` are not those of the first run.

    A broken variant is looked at by the test that it names and the levels below: a part of what the
    first run found of it.
    """
    found = []
    for one, other in zip(first, again, strict=True):
        found += [f"run {number}: {fault}" for fault in faults_of(other)]
        unseen = set(other.verdicts) - set(one.verdicts)
        if unseen or (one.subject.broken is None and one.verdicts != other.verdicts):
            name = one.subject.candidate.named or "stub"
            found.append(f"{name} had other verdicts in run {number} than in run 1")
    return found
