"""What `eventstudy run` does one after the other, how long it takes, in how many processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from eventstudy.executors import cores, forks

if TYPE_CHECKING:
    from eventstudy.reruns.update import State

PLACEBO, CURVE, PAGES, FILE = "placebo dates", "specifications", "pages", "one file"
SECONDS = {PLACEBO: 2.0, CURVE: 2.5, PAGES: 0.06, FILE: 0.01}
"""How long stages of a run take beside one another; of pages and of one file, a page."""


def stages_of(state: State, *, standalone: bool) -> dict[str, float]:
    """Return what a run will do one after the other, and how long each takes beside the others."""
    from eventstudy.reruns.update import OTHERS

    pages = len(state.plan.events("make")) + OTHERS if state.plan.work else 0
    placebo_runs = state.keys.placebo_runs and state.plan.work
    stages = dict.fromkeys((PLACEBO, CURVE) if placebo_runs else (), 1.0)
    stages |= {PAGES: float(pages)} if pages else {}
    stages |= {FILE: float(len(state.keys.events))} if standalone else {}
    return {name: amount * SECONDS[name] for name, amount in stages.items()} or {PAGES: 1.0}


MOST_JOBS = 61
"""Processes of a run at most: what a pool can hold on every system."""
WORTH = 1.0 if forks() else 6.0
"""Seconds of work that are worth a process; one that is started anew imports and compiles first."""


def jobs_of(asked: int, stages: Mapping[str, float]) -> int:
    """Return how many processes make a report: those asked for, else cores that have enough to do.

    Parameters
    ----------
    asked : int
        Processes; 0 = one for each core, as long as each has enough to do.
    stages : mapping of str to float
        What `stages_of` returned.
    """
    seconds = sum(stages.get(name, 0.0) for name in (PLACEBO, CURVE, PAGES))
    return asked or max(1, min(cores(), MOST_JOBS, int(seconds / WORTH)))
