"""A report brought up to date: what changed is made, what did not stays the same file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from eventstudy.errors import UnknownNameError, nearest
from eventstudy.report.ownership import MANIFEST, MARK, Standing, damaged, replaced, standing_of
from eventstudy.report.publish import page_name, put
from eventstudy.reruns.causes import Causes, causes_between
from eventstudy.reruns.fingerprint_file import KEYS, Keys, read_keys
from eventstudy.reruns.fingerprints import few_series, keys_of
from eventstudy.reruns.history.summary import SUMMARY, summary_json
from eventstudy.reruns.kept_engine import keep_engine, with_kept_engine
from eventstudy.reruns.plan import ALL, Plan, plan
from eventstudy.results import EventStudyResults
from eventstudy.study.study_file import Study

OTHERS = 29
"""Files of a report beside the pages of events, for its progress."""

RunPlacebo = Callable[["EventStudyResults"], Mapping[str, Any]]
"""Runs a study at placebo dates; returns ``calibration`` and ``robustness`` as far as possible."""


@dataclass(frozen=True)
class State:
    """A study beside its report.

    Parameters
    ----------
    study : Study
        The study as it is now; its options name the engine that makes its report.
    folder : Path
        Folder of its report.
    keys : Keys
        What its report would depend on.
    plan : Plan
        What brings the report up to date.
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
        hint = nearest(force, study.events.event_ids)
        raise UnknownNameError(f"no event {force!r}. {hint}")
    standing = standing_of(folder, study.path, adopt=adopt)
    in_place = replaced(folder, _names(study), standing)
    placebo_runs = not quick and few_series(study)
    old = read_keys(folder) if standing.files else None
    faults = damaged(folder, standing.files) if old else {}
    old = None if KEYS in faults else old
    study = with_kept_engine(study, old)
    keys = keys_of(study, placebo_runs=placebo_runs)
    keyless = "the report that is there has no keys" if standing.files and old is None else ""
    steps = plan(old, keys, faults, force, repair=standing.repair or keyless)
    return State(study, folder, keys, steps, old, standing, in_place)


def update(
    state: State,
    run_placebo: RunPlacebo,
    progress: Callable[[int, int], None] | None = None,
    executor: Executor | None = None,
) -> None:
    """Make what a plan asks for, and put the report in its place.

    Averages, tables, data files and the index are always made from all events; the pages of
    events that the plan keeps stay the same files.

    Parameters
    ----------
    state : State
        What `compare` returned.
    run_placebo : callable
        Makes ``calibration`` and ``robustness`` of results; called where they are wanted.
    progress : callable, optional
        Called with the number of files written and the number there will be.
    executor : Executor, optional
        What fits models that are fitted one by one, and makes the pages; None = this process.
    """
    digests, stay = state.standing.files, map(page_name, state.plan.events("keep"))
    kept = {name: digests[name] for name in stay if name in digests}
    total = len(state.plan.events("make")) + OTHERS
    put(
        state.folder,
        files_of(state, run_placebo, kept, executor),
        lambda done: progress(min(done, total), total) if progress else None,
        kept,
        study=state.study.path,
        adopt=state.standing.adopt,
    )
    keep_engine(state.study)


def files_of(
    state: State, run_placebo: RunPlacebo, kept: Collection[str], executor: Executor | None = None
) -> Iterable[tuple[str, bytes]]:
    """Run a study and return the files of its report, with its keys, as they are made.

    Parameters
    ----------
    state : State
        The study beside its report.
    run_placebo : callable
        Makes ``calibration`` and ``robustness`` of results; called where they are wanted.
    kept : collection of str
        Pages that are not made.
    executor : Executor, optional
        What fits models that are fitted one by one, and makes the pages; None = this process.
    """
    from eventstudy.report.report_data import ReportData
    from eventstudy.report.site import Site

    results = state.study.run(executor)
    analyses = run_placebo(results) if state.keys.placebo_runs else {}
    site = Site(ReportData(results, **analyses))
    more = {SUMMARY: summary_json(results), KEYS: state.keys.to_json()}
    return chain(site.files(kept, executor), ((name, text.encode()) for name, text in more.items()))
