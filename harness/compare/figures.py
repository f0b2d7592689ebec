"""What windows come to: medians, 10th percentiles, ratios.

The 10th percentile is what the code costs when the machine leaves it alone; it is steadier than the
least, which a single lucky window decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

MOSTLY = 0.5  # of an operation: a call that costs more than this hides what it calls


@dataclass(frozen=True)
class Figure:
    """A contender's result; times in nanoseconds per operation."""

    name: str
    windows: tuple[float, ...]
    ratio: float | None = None  # how many times as fast as the baseline; None where there is none
    mostly_the_call: bool = False
    instructions: float | None = None  # an operation; None where they were not counted

    @property
    def median(self) -> float:
        """Half of the windows were faster."""
        return median(self.windows)

    @property
    def p10(self) -> float:
        """One window in ten was faster."""
        return percentile(self.windows, 10)


@dataclass(frozen=True)
class Result:
    """A race that was run."""

    title: str
    operation: str
    baseline: str  # whom the ratios refer to
    figures: tuple[Figure, ...]
    left_out: Mapping[str, str]  # who did not run, and why
    call: Figure | None = None  # an empty call of C through cffi, measured in the same rounds
    notes: tuple[str, ...] = ()


def percentile(values: Sequence[float], percent: float) -> float:
    """Between the two nearest values, as far as it lies between their ranks."""
    ranked = sorted(values)
    place = (len(ranked) - 1) * percent / 100
    low = int(place)
    high = min(low + 1, len(ranked) - 1)
    return ranked[low] + (ranked[high] - ranked[low]) * (place - low)


def ratio(windows: Sequence[float], baseline: Sequence[float]) -> float | None:
    """How many times as fast: the median over the rounds, as both were measured in each of them."""
    rounds = [theirs / own for own, theirs in zip(windows, baseline, strict=False) if own > 0]
    return median(rounds) if rounds else None


def figures_of(
    windows: Mapping[str, Sequence[float]],
    baseline: str,
    calls: Mapping[str, float] | None = None,
    call: Figure | None = None,
) -> tuple[Figure, ...]:
    """A figure a contender; `calls` are those of C that an operation of each makes."""
    base = windows.get(baseline, ())
    figures = []
    for name, own in windows.items():
        in_calls = (calls or {}).get(name, 0.0) * (call.median if call else 0.0)
        mostly = in_calls > MOSTLY * median(own)
        figures.append(Figure(name, tuple(own), ratio(own, base), mostly))
    return tuple(figures)
