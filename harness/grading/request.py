"""What the parent asks of a grading process."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Request:
    """One line of JSON on the process's standard input."""

    candidate: str
    suite: str
    levels: tuple[int, ...]
    keep_going: bool = False  # go on with the next level after a failed one
    only: str = ""  # one check, by name
    schedule: str = ""  # with `only`: this one schedule
    glance: bool = True  # look at every level briefly before grading them one by one
    quick: bool = False  # that look is all, if it finds something
    until: str = ""  # with `quick`: it is for this test of the suite, and the levels below it
    told: bool = True  # give failures their reports; otherwise verdicts and headlines alone
    film: bool = False  # with `only`: also every step of a failure, for a page
    width: int = 100  # columns that the report of a failure may take
    native: str = ""  # the C file that the candidate, its adapter, is to bind
