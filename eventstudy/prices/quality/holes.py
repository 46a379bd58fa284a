"""Sessions without a price, and the returns that are over one session and no more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from eventstudy.arrays import Array, Dates, Ints, Mask
from eventstudy.prices.clock import Clock
from eventstudy.prices.panel import Prices
from eventstudy.prices.quality.calendars import NONE, trading_calendar
from eventstudy.prices.quality.series_checks import BRIDGED, Sessions, missing_sessions, weekdays
from eventstudy.prices.returns import Returns, session_returns
from eventstudy.settings import Kind

SHARE = 0.25
"""Part of the series of a clock that have a price on a date, at which it is a session of them."""
HALF_YEAR = np.timedelta64(26 * 7, "D")
"""A weekday on which a series has no price so long before and after is none of its sessions."""

Panel = TypeVar("Panel", bound="Prices | Returns")


def holes(
    panel: Prices | Returns,
    asset: str,
    exchange: str | None = None,
    compared: Sequence[str] = (),
    max_gap: int = 5,
) -> Dates:
    """Return the sessions between the first and the last price of an asset that have none.

    The calendar of the exchange decides alone where there is one. Elsewhere a date is a session
    of the asset when a series that it is compared with, or a quarter of all others, has a
    price on it and the same clock (or none either), and the asset has one on the same weekday
    within half a year. Dates on which only series of another clock have a price are none.
    Closures stand apart: a gap of more than five days has no holes. One of up to `max_gap`
    days is bridged on purpose, a finding says so; a longer one has no return.

    Parameters
    ----------
    panel : Prices or Returns
        All series; of returns, those that are missing.
    asset : str
        Name of the asset.
    exchange : str or None
        Name of the calendar of its exchange; ``"none"`` = nothing is checked, no holes.
    compared : sequence of str
        Factors and benchmark of the asset.
    max_gap : int
        Calendar days; a longer gap between two sessions is a closure.

    Returns
    -------
    ndarray of datetime64[D]
        Ascending.
    """
    none = np.array([], dtype="datetime64[D]")
    max_gap = min(max_gap, BRIDGED)
    sessions = panel.last_sessions(asset)
    if exchange == NONE or len(sessions) < 2:
        return none
    if exchange is not None:
        calendar = trading_calendar(exchange, sessions[0].item(), sessions[-1].item())
        if calendar.known:
            kept = panel.values(asset)
            kept = kept[~np.isnan(kept)]
            moves = kept if not isinstance(panel, Prices) else np.diff(kept, prepend=np.nan)
            return missing_sessions(Sessions(asset, sessions, moves, calendar, max_gap))
    return _lacking(panel, asset, sessions, compared, max_gap)


def _lacking(
    panel: Prices | Returns, asset: str, sessions: Dates, compared: Sequence[str], max_gap: int
) -> Dates:
    """Return the dates without a price that other series show to be sessions of an asset."""
    whole = whole_of(panel)
    days = whole.days
    rows, numbers = whole.rows_of(sessions), sessions.view(np.int64)
    before = np.flatnonzero(rows[1:] - rows[:-1] > 1)
    before = before[numbers[before + 1] - numbers[before] <= max_gap]
    if not len(before):
        return days[:0]
    size = rows[before + 1] - rows[before] - 1
    dates = np.repeat(rows[before] + 1 - np.cumsum(size) + size, size) + np.arange(size.sum())
    clock = panel.clocks[asset]
    priced, alive = _activities(whole)[clock]
    traded = priced[dates] >= np.maximum(SHARE * (alive[dates] - 1), 1)
    for name in compared:
        if panel.clocks[name] == clock:
            traded |= ~np.isnan(whole.values(name)[dates])
    return _same_weekday(days[dates[traded]], sessions)


def _same_weekday(dates: Dates, sessions: Dates) -> Dates:
    """Keep the dates with a session on the same weekday not longer than half a year away."""
    week = np.timedelta64(7, "D")
    kept = np.zeros(len(dates), dtype=bool)
    for near in (dates - week, dates + week):  # as a rule there is one a week before or after
        kept |= sessions[np.minimum(_places(sessions, near), len(sessions) - 1)] == near
    if kept.all():
        return dates
    weekday, weekday_of_date = weekdays(sessions), weekdays(dates)
    for day in range(7):
        which, there = (weekday_of_date == day) & ~kept, sessions[weekday == day]
        if which.any() and len(there):
            nearest = _places(there, dates[which])
            before = dates[which] - there[np.maximum(nearest - 1, 0)]
            after = there[np.minimum(nearest, len(there) - 1)] - dates[which]
            kept[which] = np.minimum(np.abs(before), np.abs(after)) <= HALF_YEAR
    return dates[kept]


def _places(days: Dates, wanted: Dates) -> Ints:
    """Return where days are, or would be, among others, ascending; numbers are found faster."""
    return np.searchsorted(days.view(np.int64), wanted.view(np.int64))


def _activities(panel: Prices | Returns) -> dict[Clock | None, tuple[Ints, Ints]]:
    """Return how many series of each clock have a price on each date, counted once.

    By clock: the series that have a price on a date, and those between their first and their
    last price; two arrays of shape (dates,).
    """
    cached: dict[Clock | None, tuple[Ints, Ints]] | None = panel.__dict__.get("_activity")
    if cached is not None:
        return cached
    there, (first, last) = panel.there.view(np.uint8), panel.ends()
    counted: dict[Clock | None, tuple[Ints, Ints]] = {}
    clocks = [panel.clocks[asset] for asset in panel.frame.columns]
    different = dict.fromkeys(clocks)
    for clock in different:
        same = np.array([other == clock for other in clocks])
        steps = np.zeros(len(there) + 1, dtype=np.intp)
        np.add.at(steps, first[same], 1)
        np.add.at(steps, last[same] + 1, -1)
        alike = there if len(different) == 1 else there[:, same]
        priced = alike.sum(axis=1, dtype=np.int32).astype(np.intp)
        counted[clock] = priced, np.cumsum(steps[:-1])
    object.__setattr__(panel, "_activity", counted)
    return counted


def whole_of(panel: Panel) -> Panel:
    """Return the prices before they were cut: these themselves, unless they were."""
    whole: Panel = panel.__dict__.get("_whole", panel)
    return whole


def as_part(cut_prices: Panel, whole: Panel) -> Panel:
    """Return cut prices, which know on which dates the whole has prices.

    A series that was cut where no window needs it is still a witness for the others.

    Parameters
    ----------
    cut_prices, whole : Prices or Returns
        Prices, some of them left out; and all of them.
    """
    object.__setattr__(cut_prices, "_whole", whole_of(whole))
    return cut_prices


def returns_at(
    panel: Prices | Returns, name: str, sessions: Dates, kind: Kind, max_gap: int = 5
) -> Array:
    """Return the returns of a series from session to session of an asset.

    Returns that are given as they are obey the rules of those that are computed from prices:
    there is none across a closure, and none after a session without one, since it may be over
    both.

    Parameters
    ----------
    panel : Prices or Returns
        All series.
    name : str
        The asset itself, or a series that it is compared with.
    sessions : ndarray of datetime64[D], shape (sessions,)
        Sessions of the asset.
    kind : {"simple", "log"}
        Kind of return that is computed from prices.
    max_gap : int
        Calendar days; a longer gap between two sessions is a closure.

    Returns
    -------
    ndarray, shape (sessions,)
        Fractions (logarithms for "log"); NaN where there is none.
    """
    rows = panel.rows_of(sessions)
    values = panel.values(name)[rows]
    if isinstance(panel, Prices):
        return session_returns(sessions, values, kind, max_gap)
    usable = np.isfinite(values)
    usable[1:] &= usable[:-1] & (np.diff(sessions).astype(int) <= max_gap)
    return np.where(usable, values, np.nan)


def after_holes(sessions: Dates, missing: Dates) -> Mask:
    """Mark the sessions whose return is over more than one session of the exchange.

    Parameters
    ----------
    sessions : ndarray of datetime64[D], shape (sessions,)
        Sessions with a price.
    missing : ndarray of datetime64[D]
        What `holes` returned.
    """
    marked = np.zeros(len(sessions), dtype=bool)
    marked[np.searchsorted(sessions, missing)] = True
    return marked
