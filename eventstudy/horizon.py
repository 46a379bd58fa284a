"""How far the windows of a study reach into its series; later sessions are none of its business.

A study gives the same report, byte for byte, whether or not sessions have come since that no
window reaches.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from eventstudy.alignment import Calendar
from eventstudy.positions import locate
from eventstudy.prices import Prices
from eventstudy.prices.cache import NOT_STRUCK

if TYPE_CHECKING:
    from eventstudy.events import Event, Events
    from eventstudy.settings import Options, Windows

TRIED = 4
"""Last day of the longest window that a specification curve tries by itself."""
SILENT = dt.timedelta(days=30)
"""A series that lags so far behind what could be known of it has ended."""


class _HasFactors(Protocol):
    """A normal-return model, as far as it matters here."""

    @property
    def factors(self) -> tuple[str, ...]: ...


def last_day(windows: Windows) -> int:
    """Return the last session after day 0 that a study looks at."""
    return max(windows.event[1], TRIED)


def within_reach(
    events: Events,
    prices: Prices,
    models: Mapping[str, _HasFactors],
    windows: Windows,
    options: Options,
) -> Prices:
    """Return prices up to the last session that a window of an event reaches.

    Events that wait for their first session do not lengthen a series; series that have ended
    stay whole. A series that stopped 30 days before the others go on, or before its source was
    last asked, has ended.

    Parameters
    ----------
    events : Events
        The events.
    prices : Prices
        All sessions that there are.
    models : mapping of str to NormalReturnModel
        Model of each asset.
    windows : Windows
        Windows in event time.
    options : Options
        Benchmark.

    Returns
    -------
    Prices
    """
    more = (options.benchmark,) if options.benchmark else ()
    last: dict[str, np.datetime64] = {}
    on = by_asset(events, models)
    claimed: dict[str, list[dt.date]] = {asset: [] for asset in models}
    for claim in (claim for event in events for claim in event.claims):
        claimed.get(claim.asset, []).append(claim.session)
    for asset, model in models.items():
        if asset not in prices.frame:
            continue
        end = _last_session(on[asset], claimed[asset], prices, asset, windows)
        for name in (asset, *model.factors, *more):
            last[name] = max(end, last.get(name, end))
    frame, provenance = prices.frame.copy(), dict(prices.provenance)
    newest, wanted = frame.index[-1].date(), max(event.date for event in events)
    for name, own in prices.provenance.items():
        asked = own.fetched_at.date() if own.fetched_at and not own.stale else own.last
        if own.ended or min(max(newest, asked), wanted) - own.last > SILENT:
            provenance[name] = replace(own, ended=True)
        elif name in last:
            day = max(last[name], np.datetime64(own.first))
            frame[name] = frame[name].where(frame.index.to_numpy() <= day)
            part = frame[name].dropna()
            notes = tuple(note for note in own.notes if not note.startswith(NOT_STRUCK))
            end = part.index[-1].date()
            provenance[name] = replace(own, rows=len(part), last=end, sha256=part, notes=notes)
    return Prices(frame, prices.clocks, provenance, prices.missing)


def _last_session(
    events: Sequence[Event],
    claimed: Sequence[dt.date],
    prices: Prices,
    asset: str,
    windows: Windows,
) -> np.datetime64:
    """Return the last session of an asset that a window or a claim reaches."""
    sessions = prices.series(asset).index.to_numpy().astype("datetime64[D]")
    calendar = Calendar(asset, sessions, prices.clocks.get(asset), ended=False)
    first, latest = locate(events, calendar)
    there = first < len(sessions)
    named = np.array(claimed, dtype="datetime64[D]")
    after_claims = int(np.searchsorted(sessions, named).max(initial=-1)) + 1
    windowed = int(latest[there].max(initial=0)) + last_day(windows)
    day: np.datetime64 = sessions[min(max(windowed, after_claims), len(sessions) - 1)]
    return day


def by_asset(events: Iterable[Event], assets: Iterable[str]) -> dict[str, list[Event]]:
    """Return the events that concern each asset; an event that names none is about all."""
    found: dict[str, list[Event]] = {asset: [] for asset in assets}
    for event in events:
        for asset in dict.fromkeys(event.assets) or found:
            if asset in found:
                found[asset].append(event)
    return found
