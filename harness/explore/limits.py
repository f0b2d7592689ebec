"""How far to search."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of one exploration.

    preemptions: the preemption bound is iterated from 0 to this (CHESS, Musuvathi and Qadeer 2007).
    schedules: executions at most; when they run out before the bound is exhausted, a quarter as many again
        are drawn with PCT (Burckhardt et al. 2010), seeds fixed.

    samples: False to leave out those draws.
    every_point: a thread can be interrupted at every access, ordered by locks or not. For scenarios that
        stop a thread for good (`harness.suite.freeze`); without that it finds nothing more.
    """

    preemptions: int = 2
    schedules: int = 2000
    every_point: bool = False
    samples: bool = True
