"""One file a kata: the works that its implementations and their peers are set to. Each has RACES."""

from importlib import import_module

from harness.compare.race import Race
from harness.errors import UsageError


def races_of(kata: str) -> tuple[Race, ...]:
    """The works of a kata; UsageError if there are none."""
    named = f"{__name__}.{kata}"
    try:
        races: tuple[Race, ...] = import_module(named).RACES
    except ModuleNotFoundError as error:
        if error.name != named:
            raise
        raise UsageError(f"{kata} has nothing to compare", f"a file {named}", "kata list") from None
    return races
