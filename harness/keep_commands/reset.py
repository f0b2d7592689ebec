"""`kata reset`: puts the stub back, and keeps what stood in its place."""

from harness.catalogue import Kata
from harness.errors import UsageError
from harness.invocation import command
from harness.keep import stubs
from harness.keep.records import Reset
from harness.keep_commands.desk import Desk
from harness.paths import short


def run(desk: Desk, name: str | None, everything: bool) -> int:
    """Resets one kata, or all; the exit status."""
    if (name is None) is not everything:
        raise UsageError(
            "kata reset needs a kata, or --all" if name is None else f"{name} and --all",
            "the name of one kata, or --all, not both",
            f"kata reset {name or (desk.katas[0].name if desk.katas else 'NAME')}",
        )
    katas = desk.katas if name is None else [desk.find(name)]
    for kata in katas:
        stubs.pristine(kata)  # before the first one is touched
    desk.line()
    for kata in katas:
        _reset(desk, kata)
    desk.line()
    return 0


def _reset(desk: Desk, kata: Kata) -> None:
    untouched = kata.stub.exists() and kata.stub.read_bytes() == stubs.pristine(kata)
    kept = stubs.restore(kata, desk.store.folder / "archive", desk.now, desk.zone)
    words = " is the stub already; its hints start again" if untouched else " is the stub again"
    desk.line((f" {kata.name}", "bold"), words)
    if kept:
        desk.line(f"   what you had   {short(kept)}")
        desk.line(("   grade that     ", "dim"), command("grade", kata.name, "--impl", short(kept)))
    # Last, so that it has been said where the file is if the history cannot be used.
    desk.store.add_reset(Reset(kata.name, desk.now))
