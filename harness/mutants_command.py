"""`kata audit NAME --mutants`: which small mistakes in a reference does its suite not notice?"""

import time

from harness import catalogue
from harness.audit.mutants import Mutant
from harness.audit.mutation import AT_MOST, HEADING, Mutation, mutate
from harness.catalogue import Kata
from harness.errors import UsageError
from harness.paths import short
from harness.report import StatusLine, make_console


def run(name: str | None, repeat: int) -> int:
    """Mutates one reference, or all; 0 if the notes explain each survivor, and nothing else."""
    if repeat != 1:
        again = "kata audit --mutants" if name is None else f"kata audit {name} --mutants"
        raise UsageError("--repeat is of no use with --mutants", "one of them", again)
    katas = catalogue.load() if name is None else (catalogue.find(name),)
    mutations = _Mutations()
    at_fault = sum([mutations.of(kata) for kata in katas])
    return 1 if at_fault else 0


class _Mutations:
    def __init__(self) -> None:
        self._console = make_console()
        self._status = StatusLine(self._console)

    def of(self, kata: Kata) -> int:
        """Mutates a reference, prints what survives; how much of that is at fault."""
        started = time.monotonic()

        def tell(done: int, of: int) -> None:
            self._status.show(f"{kata.name}: {done} of {of} mutants")

        result = mutate(kata, tell)
        self._status.clear()
        self._heading(result, time.monotonic() - started)
        for mutant in result.survivors:
            self._survivor(mutant, mutant in result.unexplained)
        self._faults(result)
        return len(result.unexplained) + len(result.stale)

    def _heading(self, result: Mutation, seconds: float) -> None:
        graded, survivors = len(result.fates), len(result.survivors)
        timed_out = sum(fate.timed_out for fate in result.fates)
        self._print("")
        self._print(
            f"{result.kata.name}: {graded - survivors} of {graded} mutants killed, "
            f"{survivors} survive; {seconds:.0f} s"
        )
        if graded < len(result.all):
            self._print(f"  {graded} of {len(result.all)}: {AT_MOST} at most, spread evenly")
        if timed_out:
            self._print(f"  {timed_out} of the killed by a timeout alone")
        self._print("")

    def _survivor(self, mutant: Mutant, unexplained: bool) -> None:
        word = "survives" if unexplained else "explained"
        self._print(f"{word:<10} line {mutant.line}, {mutant.operator}")
        self._print(f"           {entry(mutant.key)}")

    def _faults(self, result: Mutation) -> None:
        notes = short(result.kata.solutions / "notes.md")
        for key in result.stale:
            self._print(f"stale      {entry(key)}")
            self._print(f"           is named in {notes}, and does not survive")
        if result.unexplained:
            self._print("")
            self._print(f"{len(result.unexplained)} to be killed by {short(result.kata.suite)},")
            self._print(f"or to be explained in {notes} under `{HEADING}`")
        elif not result.stale:
            self._print("Each survivor is explained." if result.survivors else "None survives.")

    def _print(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, highlight=False, markup=False)


def entry(key: tuple[str, str, str]) -> str:
    """As the notes name it."""
    function, before, after = key
    return f"`{function}`: `{before}` -> `{after}`"
