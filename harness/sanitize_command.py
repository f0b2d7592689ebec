"""`kata sanitize`: the C references under sanitizers, and whether each broken C variant is caught."""

from harness import catalogue
from harness.audit.native import can_be_done, examinations
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
            for examination in examinations(c, compiler, nursery):
                status.show(f" {examination.name}")
                if not can_be_done(examination, compiler):
                    skipped += 1
                    word, faults = "skipped: no such sanitizer here", []
                else:
                    faults = list(examination.faults())
                    word = "at fault" if faults else "ok"
                at_fault += len(faults)
                status.clear()
                console.print(f" {word:<9} {examination.name}", soft_wrap=True)
                for fault in faults:
                    console.print(f"   {fault}", soft_wrap=True)
    console.print(f"\n {at_fault} at fault, {skipped} skipped\n")
    return 1 if at_fault else 0
