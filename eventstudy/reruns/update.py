"""A report brought up to date: what changed is made, what did not stays the same file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.errors import UnknownNameError, nearest
from eventstudy.report.ownership import (
    MANIFEST,
    MARK,
    Standing,
    damaged,
    replaced,
    standing_of,
)
from eventstudy.report.publish import page_name, put
from eventstudy.reruns.causes import Causes, causes_between
from eventstudy.reruns.fingerprint_file import KEYS, Keys, read_keys
from eventstudy.reruns.fingerprints import keys_of
from eventstudy.reruns.history.summary import SUMMARY, summary_json
from eventstudy.reruns.plan import ALL, Plan, plan
from eventstudy.settings import FEW_SERIES

if TYPE_CHECKING:
    from eventstudy.results import EventStudyResults
    from eventstudy.study.study_file import Study

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
    standing : Standing
        How the folder stands to the report.
    replaced : list of str
        Files in the folder that the report did not write and that it will replace.
    """

    study: Study
    folder: Path
    keys: Keys
    plan: Plan
    doubts: bool
    former: Keys | None
    standing: Standing
    replaced: list[str]

    @cached_property
    def causes(self) -> Causes:
        """Why figures change: the method, the data, or both."""
        return causes_between(self.former, self.keys)


def _names(study: Study) -> list[str]:
    """Return the names that the files of a report will have, as far as they are known by now."""
    from eventstudy.report.schema import TABLES

    data = [
        "results.json",
        "results.schema.json",
        "order.js",
        *(f"{table}.csv" for table in TABLES),
    ]
    pages = map(page_name, study.events.event_ids)
    fixed = (MANIFEST, MARK, KEYS, SUMMARY, *(f"data/{name}" for name in data))
    return ["index.html", *fixed, *pages]


def compare(
    study: Study, folder: Path, *, quick: bool = False, force: str = "", adopt: bool = False
) -> State:
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
    adopt : bool
        Whether files in the way that no report of this study wrote may be replaced.

    Returns
    -------
    State

    Raises
    ------
    UnknownNameError
        When there is no such event.
    OutputError
        When something in the folder is in the way.
    """
    if force not in ("", ALL, *study.events.event_ids):
        known = nearest(force, study.events.event_ids)
        raise UnknownNameError(f"no event {force!r}. {known}")
    standing = standing_of(folder, study.path, adopt=adopt)
    in_place = replaced(folder, _names(study), standing)
    doubts = not quick and len({*study.model} & {*study.used.assets}) <= FEW_SERIES
    keys = keys_of(study, doubts=doubts)
    old = read_keys(folder) if standing.files else None
    faults = damaged(folder, standing.files) if old else {}
    old = None if KEYS in faults else old
    keyless = "the report that is there has no keys" if standing.files and old is None else ""
    steps = plan(old, keys, faults, force, repair=standing.repair or keyless)
    return State(study, folder, keys, steps, doubts, old, standing, in_place)


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
    digests, stay = state.standing.files, map(page_name, state.plan.events("keep"))
    kept = {name: digests[name] for name in stay if name in digests}
    total = len(state.keys.events) + OTHERS
    put(
        state.folder,
        files_of(results, state, found, kept),
        lambda done: progress(min(done, total), total) if progress else None,
        kept,
        study=state.study.path,
        adopt=state.standing.adopt,
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
    from eventstudy.report.report_data import ReportData
    from eventstudy.report.site import Site

    site = Site(ReportData(results, **found, with_choices=state.doubts))
    yield from site.files(kept)
    yield SUMMARY, summary_json(results).encode()
    yield KEYS, state.keys.to_json().encode()
