"""Where in the source an access stands.

Guarantees
- A site's number is its index in the table, given in the order in which the files are instrumented and
  their nodes are met: the same on every run.
Assumptions
- One table serves one `Lab`: numbers of two tables are not comparable.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """One place in the source where a thread can touch what others can see."""

    file: str
    line: int
    text: str  # the expression, as in the source: `self._queue`
    function: str


class SiteTable:
    """Numbers for sites, and the way back."""

    def __init__(self) -> None:
        self._sites: list[Site] = []

    def add(self, site: Site) -> int:
        """The number of a new site."""
        self._sites.append(site)
        return len(self._sites) - 1

    def since(self, first: int) -> list[Site]:
        """The sites from number `first` on."""
        return self._sites[first:]

    def extend(self, sites: list[Site]) -> None:
        """Adds sites, in this order."""
        self._sites += sites

    def __getitem__(self, number: int) -> Site:
        return self._sites[number]

    def __len__(self) -> int:
        return len(self._sites)
