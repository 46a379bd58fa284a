"""Estimation windows of single events, where they are not that of the study."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.arrays import Dates
from eventstudy.errors import EventsError, InvalidArgumentError, Problem
from eventstudy.events.cells import EDGES, read_edge
from eventstudy.events.events import Events
from eventstudy.settings import Options, Window, Windows, check_estimation

if TYPE_CHECKING:
    from eventstudy.design.windows import AssetReturns, Episodes
    from eventstudy.models import NormalReturnModel

    Edge = int | dt.date | None
    Check = Callable[[Window], str]

MOST = 20
"""Problems after which no further one is looked for."""


def edges_of(events: Events) -> list[tuple[Edge, Edge]]:
    """Return the estimation window that each event names for itself; nothing when none does.

    Parameters
    ----------
    events : Events
        Checked events.

    Returns
    -------
    list of (int, date or None, int, date or None)
        One for each event; None = that of the study.
    """
    if not set(EDGES) & set(events.columns):
        return []
    columns = [[read_edge(text) for (text,) in events.values(name)] for name in EDGES]
    edges = list(zip(*columns, strict=True))
    return edges if any(edge != (None, None) for edge in edges) else []


def with_estimation_windows(
    events: Events,
    grouped: Mapping[str, Episodes],
    data: Mapping[str, AssetReturns],
    models: Mapping[str, NormalReturnModel],
    windows: Windows,
    options: Options,
) -> dict[str, Episodes]:
    """Give episodes the estimation windows that their events name.

    A date is the first session on or after it, or the last on or before it. Days before the
    first price count as weekdays, so that returns that are not there are counted as missing.

    Parameters
    ----------
    events : Events
        The events.
    grouped : mapping of str to Episodes
        Episodes of each asset.
    data : mapping of str to AssetReturns
        Returns of each.
    models : mapping of str to NormalReturnModel
        Model of each.
    windows, options
        As for `run_study`.

    Returns
    -------
    dict of str to Episodes
        The same where no event names a window.

    Raises
    ------
    EventsError
        When a window reaches into the event window, is too short, or two events that share a
        day 0 on an asset, and so one return, name different ones.
    """
    edges = edges_of(events)
    if not edges:
        return dict(grouped)
    problems: dict[tuple[int, str], Problem] = {}
    made = {}
    for asset, episodes in grouped.items():
        model, known = models[asset], dict[Window, str]()
        label = f"the {model.name} of {asset}"
        spans = np.tile(windows.estimation, (len(episodes.positions), 1)).astype(np.intp)
        for row, members in enumerate(episodes.members):
            named = {edges[event]: event for event in reversed(members)}
            named.pop((None, None), None)
            if not named:
                continue
            sessions, day0 = data[asset].calendar.sessions, int(episodes.positions[row])
            span, event = _span(next(iter(named)), sessions, day0, windows), [*named.values()][-1]
            if span not in known:
                known[span] = _fault(span, windows, options, label, model.fewest)
            fault = _shared(events, named) if len(named) > 1 else known[span]
            if fault and len(problems) < MOST:
                problems.setdefault((event, fault), _problem(events, event, fault))
            spans[row] = span
        made[asset] = replace(episodes, estimation=spans)
    if problems:
        raise EventsError(sorted(problems.values(), key=lambda problem: problem.line or 0))
    return made


def sessions_back(events: Events) -> int:
    """Return how many sessions before day 0 the earliest estimation window of an event begins.

    Of dates calendar days are counted, which are no fewer; 0 when no event names one.
    """
    back = 0
    for event, (first, _) in zip(events, edges_of(events), strict=False):
        if isinstance(first, dt.date):
            back = max(back, (event.date - first).days + 1)
        elif first is not None:
            back = max(back, -first)
    return back


def _span(edges: tuple[Edge, Edge], sessions: Dates, day0: int, windows: Windows) -> Window:
    """Return an estimation window in sessions relative to day 0."""
    first, last = edges
    days = sessions.astype("datetime64[D]")
    if first is None:
        first = windows.estimation[0]
    elif isinstance(first, dt.date):
        day = np.datetime64(first, "D")
        early = int(np.busday_count(day, days[0])) if day < days[0] else 0
        first = int(np.searchsorted(days, day)) - early - day0
    if last is None:
        last = windows.estimation[1]
    elif isinstance(last, dt.date):
        last = int(np.searchsorted(days, np.datetime64(last, "D"), "right")) - 1 - day0
    return first, last


def _fault(span: Window, windows: Windows, options: Options, label: str, fewest: int) -> str:
    """Say what is wrong with an estimation window; empty when nothing is."""
    if span[0] > span[1]:
        return f"no session lies in the estimation window: it is {span} in sessions to day 0"
    try:
        check_estimation(replace(windows, estimation=span), options, label, fewest)
    except InvalidArgumentError as error:
        return str(error)
    return ""


def _shared(events: Events, named: Mapping[tuple[Edge, Edge], int]) -> str:
    ids = " and ".join(sorted(events.event_ids[event] for event in named.values()))
    return (
        f"{ids} share one day 0 on an asset, and so one return and one estimation window, but "
        "name different ones. Write the same for both, or leave it to one of them"
    )


def _problem(events: Events, event: int, fault: str) -> Problem:
    name = EDGES[0] if EDGES[0] in events.columns else EDGES[1]
    value = events.values(name)[event][0]
    return Problem(events.source, events.records[event].line, name, value, fault, "")
