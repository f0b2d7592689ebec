"""`kata sanitize`: the C references under sanitizers, and whether each broken C variant is caught."""

from harness import catalogue
from harness.audit.native import examinations, examined
from harness.grading.launch import Nursery
from harness.native.compiler import find
from harness.native.references import reference
from harness.report import StatusLine, make_console


def run(name: str | None) -> int:
    """Examines the C files of one kata, or of all; 0 if nothing is at fault."""
    katas = catalogue.load() if name is None else (catalogue.find(name),)
    console = make_console()
    status = StatusLine(console)
    compiler = find()
    console.print(f"\n {compiler.version}\n", soft_wrap=True)
    at_fault = skipped = 0
    with Nursery() as nursery:
        for c in filter(None, map(reference, katas)):
            wanted = examinations(c, compiler, nursery)
            for one, faults in examined(wanted, compiler, lambda one: status.show(f" {one}")):
                status.clear()
                console.print(f" {_word(faults):<9} {one}", soft_wrap=True)
                for fault in faults or ():
                    console.print(f"   {fault}", soft_wrap=True)
                at_fault += len(faults or ())
                skipped += faults is None
    console.print(f"\n {at_fault} at fault, {skipped} skipped\n")
    return 1 if at_fault else 0


def _word(faults: list[str] | None) -> str:
    if faults is None:
        return "skipped: no such sanitizer here"
    return "at fault" if faults else "ok"
