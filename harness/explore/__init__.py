"""The interleaving explorer: runs a scenario on ordinary `threading` code under every schedule that matters.

`Lab` is the way in. See `harness/DESIGN.md` for how it works and why, and README.md for what it cannot find.
"""

from harness.explore.lab import Failure, Lab, Outcome, SuiteError, explore_program
from harness.explore.limits import Limits

__all__ = ["Failure", "Lab", "Limits", "Outcome", "SuiteError", "explore_program"]
