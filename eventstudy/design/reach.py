"""Prices up to the last session that a window of a study needs.

A study gives the same report, byte for byte, whether or not sessions have come since that no
window reaches.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.design.alignment import Concerned
from eventstudy.design.asset_returns import explaining
from eventstudy.design.day0 import possible_days
from eventstudy.design.sessions import Calendar
from eventstudy.events.event_columns import EventColumns, by_column
from eventstudy.models import NormalReturnModel
from eventstudy.moment import today
from eventstudy.prices import SOURCES, Prices, Provenance
from eventstudy.prices.provenance import lasting_notes
from eventstudy.prices.quality.holes import as_part, whole_of
from eventstudy.settings import Options, Windows

if TYPE_CHECKING:
    from eventstudy.events.events import Events

Models = Mapping[str, NormalReturnModel]
"""The model of each asset."""
TRIED = 4
"""Last day of the longest window that a specification curve tries by itself."""
SILENT = dt.timedelta(days=30)
"""A series that lags so far behind what could be known of it has ended."""
NEWER = "give a newer file, or write ended = true"
"""What to do about a series that fell silent, where the user can say that it has ended."""


_MARGIN = np.timedelta64(10, "D")
"""Calendar days by which the label of a session may differ from the date of a statement in it."""


def last_day(windows: Windows) -> int:
    """Return the last session after day 0 that a study looks at."""
    return max(windows.event[1], TRIED)


def within_reach(
    events: Events, prices: Prices, models: Models, windows: Windows, options: Options
) -> Prices:
    """Return prices up to the last session that a window of an event reaches.

    Events that wait for their first session do not lengthen a series; series that have ended,
    or fell silent (see `with_ends`), stay whole.

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
        Benchmark and calendars.

    Returns
    -------
    Prices
    """
    last: dict[str, np.datetime64] = {}
    columns = by_column(events)
    concerned = Concerned(columns, tuple(models)).by_asset()
    claimed: dict[str, list[dt.date]] = {asset: [] for asset in models}
    for claim in events.claims:
        claimed.get(claim.asset, []).append(claim.session)
    for asset, model in models.items():
        if asset not in prices.frame:
            continue
        calendar = Calendar.of(prices, asset, options.calendars)
        about = columns.take(concerned[asset])
        end = _last_session(about, claimed[asset], calendar, windows)
        for name in (asset, *explaining(model, options)):
            last[name] = max(end, last.get(name, end))
    marked = with_ends(events, prices, models, windows, options)
    frame, provenance = prices.frame.copy(), dict(marked.provenance)
    for name, origin in marked.provenance.items():
        if origin.ended or name not in last:
            continue
        day = max(last[name], np.datetime64(origin.first))
        frame[name] = frame[name].where(frame.index.to_numpy() <= day)
        used = frame[name].dropna()
        provenance[name] = replace(
            origin,
            rows=len(used),
            last=used.index[-1].date(),
            sha256=used,
            notes=lasting_notes(origin.notes, origin.unstruck),
            unstruck=None,
        )
    return as_part(Prices(frame, prices.clocks, provenance, prices.missing), prices)


def with_ends(
    events: Events, prices: Prices, models: Models, windows: Windows, options: Options
) -> Prices:
    """Return the same prices, with the series marked that ended without saying so.

    A series that a window waits for, and that stopped 30 days before the others go on, before
    its source was last asked, or before the day on which its file was read, has ended:
    otherwise its events would be pending for ever. Parameters as for `within_reach`.
    """
    whole = whole_of(prices)  # a series that was cut has not ended
    newest = whole.frame.index[-1].date()
    wanted = by_column(events).dates.max().item() if len(events) else newest
    known, last = dict(prices.provenance), _last_days(whole)
    quiet = {
        name
        for name, origin in known.items()
        if not origin.ended and max(newest, _asked(origin) or newest) - last[name] > SILENT
    }
    if not quiet:
        return prices
    uses = {asset: (asset, *explaining(model, options)) for asset, model in models.items()}
    asked = [asset for asset in models if asset in known and quiet & {*uses[asset]}]
    waiting = {
        name
        for asset in _waiting(events, whole, asked, windows, options)
        for name in uses[asset]
        if name in last and last[name] <= last[asset]
    }
    silent = {name for name in quiet if name in waiting or wanted - last[name] > SILENT}
    if not silent:
        return prices
    known |= {name: replace(known[name], ended=True, cure=_cure(known[name])) for name in silent}
    return as_part(Prices(prices.frame, prices.clocks, known, prices.missing), prices)


def waits_for_files(
    events: Events, prices: Prices, models: Models, windows: Windows, options: Options
) -> bool:
    """Whether what is said of pending windows depends on the day on which files were read.

    Parameters as for `within_reach`.
    """
    recent = today() - dt.timedelta(days=1)
    asked = [
        name
        for name, origin in prices.provenance.items()
        if name in models and not origin.ended and origin.read is not None and origin.read >= recent
    ]
    return bool(_waiting(events, prices, asked, windows, options))


def _waiting(
    events: Events, prices: Prices, assets: Sequence[str], windows: Windows, options: Options
) -> list[str]:
    """Return the assets with an event window that ends after their last session."""
    waiting: list[str] = []
    columns = by_column(events)
    for asset, index in Concerned(columns, assets).by_asset().items():
        calendar = Calendar.of(prices, asset, options.calendars)
        size = len(calendar.sessions)
        first = calendar.sessions[max(size - windows.event[1] - 2, 0)] - _MARGIN
        late = columns.take(index[columns.dates[index] >= first])
        if (possible_days(late, calendar)[1] + windows.event[1] >= size).any():
            waiting.append(asset)
    return waiting


def _last_session(
    events: EventColumns, claimed: Sequence[dt.date], calendar: Calendar, windows: Windows
) -> np.datetime64:
    """Return the last session of an asset that a window or a claim reaches."""
    sessions = calendar.sessions
    first, latest = possible_days(events, calendar)
    there = first < len(sessions)
    named = np.array(claimed, dtype="datetime64[D]")
    after_claims = int(np.searchsorted(sessions, named).max(initial=-1)) + 1
    windowed = int(latest[there].max(initial=0)) + last_day(windows)
    day: np.datetime64 = sessions[min(max(windowed, after_claims), len(sessions) - 1)]
    return day


def _last_days(prices: Prices) -> dict[str, dt.date]:
    """Return the last session of each series."""
    return dict(zip(prices.assets, prices.days[prices.ends()[1]].tolist(), strict=True))


def _asked(origin: Provenance) -> dt.date | None:
    """Return the day as of which the source of a series has no later price, if it is known."""
    return None if origin.stale else origin.asked


def _cure(origin: Provenance) -> str:
    source = SOURCES.get(origin.source)
    return NEWER if source is not None and "ended" in source.options else ""
