"""The page of `kata replay --html`: an execution to step through, in one file that needs nothing else."""

from harness.page.render import Caption, page
from harness.page.target import can_take, put

__all__ = ["Caption", "can_take", "page", "put"]
