"""A report brought up to date: what changed is made, what did not stays the same file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.errors import UnknownNameError, nearest
from eventstudy.report.publish import damaged, former, page_name, put
from eventstudy.reruns.causes import Causes, causes_between
from eventstudy.reruns.keys import keys_of
from eventstudy.reruns.plan import ALL, Plan, plan
from eventstudy.reruns.stored import KEYS, Keys, read_keys
from eventstudy.reruns.summary import SUMMARY, summary_json

if TYPE_CHECKING:
    from eventstudy.results import EventStudyResults
    from eventstudy.study_file import Study

FEW_ASSETS = 6
"""Studies of more assets run at placebo dates in Python only: it takes every day of each."""

OTHERS = 29
"""Files of a report beside the pages of events, for its progress."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class State:
    """A study beside its report.

    Parameters
    ----------
    study : Study
        The study as it is now.
    folder : Path
        Folder of its report.
    keys : Keys
        What its report would depend on.
    plan : Plan
        What brings the report up to date.
    doubts : bool
        Whether the report holds what runs the study at placebo dates.
    former : Keys or None
        What the report that is there depends on; None where there is none, or it has no keys.
    """

    study: Study
    folder: Path
    keys: Keys
    plan: Plan
    doubts: bool
    former: Keys | None

    @cached_property
    def causes(self) -> Causes:
        """Why figures change: the method, the data, or both."""
        return causes_between(self.former, self.keys)


def compare(study: Study, folder: Path, *, quick: bool = False, force: str = "") -> State:
    """Compare a study with its report.

    Parameters
    ----------
    study : Study
        The study; its prices are loaded.
    folder : Path
        Folder of its report.
    quick : bool
        Whether to leave out what runs the study at placebo dates.
    force : str
        An event whose page is made again, ``"*"`` for all.

    Returns
    -------
    State

    Raises
    ------
    UnknownNameError
        When there is no such event.
    """
    if force not in ("", ALL, *study.events.event_ids):
        known = nearest(force, study.events.event_ids)
        raise UnknownNameError(f"no event {force!r}. {known}")
    doubts = not quick and len({*study.model} & {*study.used.assets}) <= FEW_ASSETS
    keys = keys_of(study, doubts=doubts)
    old, files = read_keys(folder), former(folder)
    faults = damaged(folder, files) if old else {}
    old = None if KEYS in faults else old
    found = plan(old, keys, faults, force, keyless=bool(files) and old is None)
    return State(study, folder, keys, found, doubts, old)


def update(
    state: State,
    run_doubts: Callable[[EventStudyResults], Mapping[str, Any]],
    progress: Progress | None = None,
) -> EventStudyResults:
    """Make what a plan asks for, and put the report in its place.

    Averages, tables, data files and the index are always made from all events; the pages of
    events that the plan keeps stay the same files.

    Parameters
    ----------
    state : State
        What `compare` returned.
    run_doubts : callable
        Makes ``calibration`` and ``robustness`` of results; called where they are wanted.
    progress : callable, optional
        Called with the number of files written and the number there will be.

    Returns
    -------
    EventStudyResults
        Those of the whole study.
    """
    results = state.study.run()
    found = run_doubts(results) if state.doubts else {}
    digests = former(state.folder)
    kept = {name: digests[name] for name in map(page_name, state.plan.events("keep"))}
    total = len(state.keys.events) + OTHERS
    put(
        state.folder,
        files_of(results, state, found, kept),
        lambda done: progress(min(done, total), total) if progress else None,
        kept,
    )
    return results


def files_of(
    results: EventStudyResults, state: State, found: Mapping[str, Any], kept: Collection[str]
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a report with its keys.

    Parameters
    ----------
    results : EventStudyResults
        Those of the study.
    state : State
        The study beside its report.
    found : mapping
        ``calibration`` and ``robustness``, where they were made.
    kept : collection of str
        Pages that are not made.
    """
    from eventstudy.report.material import Material
    from eventstudy.report.site import Site

    site = Site(Material(results, **found, with_choices=state.doubts))
    yield from site.files(kept)
    yield SUMMARY, summary_json(results).encode()
    yield KEYS, state.keys.to_json().encode()
