"""Measuring statements in minutes: `run_minutes`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from eventstudy.bars.loading import load_bars
from eventstudy.bars.series import Bars
from eventstudy.errors import EventsError, InvalidArgumentError, Problem
from eventstudy.minutes.gaps import Gap, measure_gap
from eventstudy.minutes.lookup import Lookup
from eventstudy.minutes.record import MeasuredAsset
from eventstudy.minutes.residuals import residual_of
from eventstudy.minutes.results import MinuteResults
from eventstudy.minutes.settings import MinuteOptions, MinuteWindows
from eventstudy.minutes.statements import Stamped, Statement, statement_of
from eventstudy.minutes.windows import BY_DAY, Window, measure_window

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.events.events import Events
    from eventstudy.settings import Group


def run_minutes(
    events: Events,
    bars: Bars | Mapping[str, pd.DataFrame | pd.Series[float]],
    *,
    windows: MinuteWindows | None = None,
    options: MinuteOptions | None = None,
    groups: Mapping[str, Group] | None = None,
    closes: Mapping[str, pd.Series[float]] | None = None,
) -> MinuteResults:
    """Measure statements in windows of minutes, against the same clock on ordinary days.

    Parameters
    ----------
    events : Events
        What was said. An event with a `time` is measured around its minute; one between
        `not_before` and `known_by` from before the first to after the last; one with `known_by`
        alone since the last trade of the evening before; without a bound by the day only.
    bars : Bars or mapping of str to DataFrame
        Bars of each asset; see `load_bars`. A mapping is loaded by it. Proxies and implied series
        are for claims alone.
    windows : MinuteWindows, optional
        Windows in minutes. Default: [-10, +20], and [-15, +45] and [-5, +60] beside it.
    options : MinuteOptions, optional
        Ordinary days, and rarer settings.
    groups : mapping of str to Group, optional
        Groups of events for averages.
    closes : mapping of str to Series, optional
        Daily closes of assets, by date: shares of the day add up to them.

    Returns
    -------
    MinuteResults

    Raises
    ------
    EventsError
        When there is no event.
    InvalidArgumentError
        When an argument cannot be used.

    Examples
    --------
    >>> import eventstudy as es
    >>> bars = es.load_bars({"SBER": "sample:SBER"})
    >>> es.run_minutes(es.load_example().events, bars).car()  # doctest: +SKIP
    """
    if not len(events):
        cure = "Add one, such as 2022-01-13."
        raise EventsError([Problem(events.source, None, "", "", "there is no event", cure)])
    loaded = bars if isinstance(bars, Bars) else load_bars(bars)
    windows, options = windows or MinuteWindows(), options or MinuteOptions()
    lookups = {
        asset: Lookup(series, windows.stale_seconds(series.length))
        for asset, series in loaded.series.items()
    }
    observed = [asset for asset, series in loaded.series.items() if series.standing.observed]
    if not observed:
        raise InvalidArgumentError(
            "all bars are proxies or implied. Load observed ones, too: windows are measured on them"
        )
    measured = {asset: _measured(asset, lookups, events, windows, options) for asset in observed}
    daily = _closes(closes or {})
    return MinuteResults(events, loaded, windows, options, dict(groups or {}), measured, daily)


def _closes(closes: Mapping[str, pd.Series[float]]) -> dict[str, pd.Series[float]]:
    """Return daily closes; refuse what is none."""
    import pandas as pd

    for asset, series in closes.items():
        dated = isinstance(series, pd.Series) and isinstance(series.index, pd.DatetimeIndex)
        if not dated or series.index.tz is not None or not series.index.is_monotonic_increasing:
            raise InvalidArgumentError(
                f"closes of {asset} are no Series by ascending date. Give such as "
                f'prices.series("{asset}")'
            )
    return dict(closes)


def _measured(
    asset: str,
    lookups: Mapping[str, Lookup],
    events: Events,
    windows: MinuteWindows,
    options: MinuteOptions,
) -> MeasuredAsset:
    """Measure all statements on one asset."""
    lookup = lookups[asset]
    concerned = [event for event in events if not event.assets or asset in event.assets]
    statements = [statement_of(event, lookup.bars.zone) for event in concerned]
    stamped = Stamped.of(statements)
    factor = lookups.get(lookup.bars.factor)
    measured, gaps, residuals = [], [], {}
    for statement in statements:
        gap = measure_gap(lookup, asset, statement, windows.after, (stamped, options))
        if gap is not None:
            gaps.append(gap)
        if statement.kind not in ("minute", "interval"):
            if gap is None or gap.reason:
                measured.append(_by_day(statement, asset, windows, gap))
            continue
        for span in windows.all:
            window = measure_window(lookup, asset, statement, span, stamped, options)
            measured.append(window)
            if factor is not None and not window.reason:
                residuals[statement.event_id, span] = residual_of(window, factor, options)
    by_id = {statement.event_id: statement for statement in statements}
    return MeasuredAsset(asset, lookup, by_id, tuple(measured), tuple(gaps), residuals)


def _by_day(statement: Statement, asset: str, windows: MinuteWindows, gap: Gap | None) -> Window:
    """Return the record of an event that is measured by the day only."""
    reason, cure = BY_DAY, "Give its time, or not_before and known_by, in events.csv."
    if gap is not None:
        reason = gap.reason
        cure = gap.cure or "Measure it by the day, or load bars that hold its span."
    pending = gap is not None and gap.pending
    return Window(statement.event_id, asset, windows.lead, statement.kind, reason, cure, pending)
