"""The path of a whole trading day, and the same day's clock on ordinary days."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eventstudy.arrays import Array, Dates, Ints, Mask
from eventstudy.minutes.lookup import Lookup
from eventstudy.minutes.paths import band_of, step_of
from eventstudy.minutes.record import MinuteRecord
from eventstudy.minutes.settings import MinuteOptions
from eventstudy.minutes.statements import Stamped, Statement
from eventstudy.minutes.windows import same_clock

DAY = 24 * 3600
"""Seconds."""


@dataclass(frozen=True, eq=False)
class DayPath:
    """Moves of one trading day since the last trade before it.

    Parameters
    ----------
    session : datetime64[D]
        The trading day.
    start : int
        When the price at which the path begins was known, seconds since 1970 UTC.
    price : float
        That price; NaN where the bars begin on this day, whose first price then is the beginning.
    eve : bool
        Whether it is of an earlier trading day.
    moment : ndarray of int, shape (points,)
        Seconds since 1970 UTC: the beginning and the ends of bars of each part of the day.
    price_at, move : ndarray of float, shape (points,)
        The price, and ln of it over `price`; NaN where none is known, as when a part begins.
    days : ndarray of datetime64[D], shape (days,)
        Ordinary days before it, which no other statement with a known time meets.
    ordinary : ndarray of float, shape (days, points)
        Their moves over the volatility expected of each.
    sigma : float
        Volatility expected of this day.
    band : ndarray of float, shape (points,)
        Half-width of the band that holds whole days, as a fraction; infinite or NaN for none.
    """

    session: np.datetime64
    start: int
    price: float
    eve: bool
    moment: Ints
    price_at: Array
    move: Array
    days: Dates
    ordinary: Array
    sigma: float
    band: Array

    def fan(self, share: float) -> tuple[Array, Array]:
        """Return between which moves the middle share of ordinary days is, at each point.

        Parameters
        ----------
        share : float
            A fraction such as .8.

        Returns
        -------
        ndarray of float, ndarray of float
            Lower and upper end, in the volatility of this day; NaN where no day is known.
        """
        count = np.isfinite(self.ordinary).sum(axis=0)
        place = np.array([[(1 - share) / 2], [(1 + share) / 2]]) * np.maximum(count - 1, 0)
        below = np.floor(place).astype(np.intp)
        above = np.minimum(below + 1, np.maximum(count - 1, 0))
        if not len(self._sorted):
            return np.full(count.shape, np.nan), np.full(count.shape, np.nan)
        low, high = (np.take_along_axis(self._sorted, at, axis=0) for at in (below, above))
        ends = self.sigma * (low + (place - below) * (high - low))
        return ends[0], ends[1]

    @cached_property
    def _sorted(self) -> Array:
        """Ordinary days in the order of their moves at each point, those not known last."""
        return np.asarray(np.sort(self.ordinary, axis=0))


def session_of(lookup: Lookup, statement: Statement) -> np.datetime64 | None:
    """Return the trading day in which a statement falls, or the next one; None without bars there.

    A statement without a bound belongs to the trading day of its date. One that was made more than
    a day before the first bars belongs to a trading day that has none.
    """
    trading = lookup.trading
    if not statement.last:
        session = np.datetime64(statement.date, "D")
    else:
        place = int(np.searchsorted(trading.end, statement.last, side="right"))
        if place == len(trading.end) or statement.last < trading.start[0] - DAY:
            return None
        session = trading.session[place]
    return session if session in lookup.sessions else None


def day_path(results: MinuteRecord, event_id: str, asset: str) -> DayPath | None:
    """Return the trading day of a statement on an asset; None where there are no bars of it.

    Parameters
    ----------
    results : MinuteRecord
        Statements measured in minutes.
    event_id, asset : str
        The observation.
    """
    measured = results.measured[asset]
    statement = measured.statements.get(event_id)
    session = None if statement is None else session_of(measured.lookup, statement)
    if session is None:
        return None
    stamped = Stamped.of(measured.statements.values()).short(DAY, "")
    return path_of_day(measured.lookup, session, stamped, results.options)


def path_of_day(
    lookup: Lookup, session: np.datetime64, stamped: Stamped, options: MinuteOptions
) -> DayPath:
    """Return the path of one trading day.

    Parameters
    ----------
    lookup : Lookup
        Bars of the asset.
    session : datetime64[D]
        A trading day with bars.
    stamped : Stamped
        Statements that bar ordinary days.
    options : MinuteOptions
        How many ordinary days, how finely the path is made, and the confidence of the band.
    """
    moment, name = _grid(lookup, session, options)
    day = int(session.astype(np.int64))
    earlier = lookup.sessions[lookup.sessions < session]
    chosen = np.append(earlier, session)
    grid = np.array([same_clock(lookup, int(one), day, chosen) for one in moment]).T
    part = _parts(lookup, chosen, name)
    place, good = lookup.at(grid, part)
    first, base = _eves(lookup, chosen)
    logs = np.where(good, lookup.log_close[np.maximum(place, 0)], np.nan)
    moves = logs - base[:, None]
    eve = bool(np.isfinite(base[-1]))
    if not eve:
        known = np.flatnonzero(np.isfinite(logs[-1]))
        moves[-1] = logs[-1] - (logs[-1, known[0]] if len(known) else np.nan)
        first[-1] = int(moment[known[0]]) if len(known) else 0
    sigmas = lookup.sigma(part[:, 0])
    usable = _usable(lookup, chosen[:-1], moves[:-1], sigmas[:-1], stamped, first[:-1])
    ordinary = np.flatnonzero(usable)[-options.ordinary :]
    scaled = moves[ordinary] / sigmas[ordinary, None]
    sigma = float(sigmas[-1])
    spread, half, _ = band_of(moves[-1] / sigma, scaled, options.confidence)
    return DayPath(
        session,
        int(first[-1]),
        float(np.exp(base[-1])),
        eve,
        moment,
        np.exp(logs[-1]),
        moves[-1],
        chosen[ordinary],
        scaled,
        sigma,
        half * spread * sigma,
    )


def _grid(
    lookup: Lookup, session: np.datetime64, options: MinuteOptions
) -> tuple[Ints, np.ndarray]:
    """Return the moments of a day at which its path is drawn, and the name of the part of each."""
    trading = lookup.trading
    step = step_of(options.step * 60, lookup.bars.length)
    moments, names = [], []
    for place in np.flatnonzero(trading.session == session):
        start, end = int(trading.start[place]), int(trading.end[place])
        end = min(end, int(lookup.bars.end[-1]))
        if end > start:
            points = np.unique(np.append(np.arange(start, end, step), end))
            moments.append(points)
            names.append(np.full(len(points), trading.name[place], object))
    return np.concatenate(moments), np.concatenate(names)


def _parts(lookup: Lookup, sessions: Dates, names: np.ndarray) -> Ints:
    """Return the part of trading of each name on each day, shape (days, points); -1 = none."""
    trading = lookup.trading
    parts = np.full((len(sessions), len(names)), -1, dtype=np.intp)
    for name in dict.fromkeys(names.tolist()):
        of_name = np.flatnonzero(trading.name == name)
        place = np.searchsorted(trading.session[of_name], sessions)
        there = np.minimum(place, len(of_name) - 1)
        same = trading.session[of_name[there]] == sessions
        parts[:, names == name] = np.where(same, of_name[there], -1)[:, None]
    return parts


def _eves(lookup: Lookup, sessions: Dates) -> tuple[Ints, Array]:
    """Return when the last price before each trading day was known, and its logarithm."""
    trading = lookup.trading
    opening = trading.start[np.searchsorted(trading.session, sessions, side="left")]
    traded = np.flatnonzero(lookup.part >= 0)
    place = np.searchsorted(lookup.bars.end[traded], opening, side="right") - 1
    bar = traded[np.maximum(place, 0)]
    return lookup.bars.end[bar], np.where(place >= 0, lookup.log_close[bar], np.nan)


def _usable(
    lookup: Lookup, days: Dates, moves: Array, sigmas: Array, stamped: Stamped, first: Ints
) -> Mask:
    """Return which days are ordinary: measured, and met by no statement of a known time."""
    trading = lookup.trading
    last = trading.end[np.searchsorted(trading.session, days, side="right") - 1]
    known = np.isfinite(moves).any(axis=1) & np.isfinite(sigmas)
    return np.asarray(known & (stamped.meets(first, last, 0, 0) == 0))


def day_span(lookup: Lookup, session: np.datetime64) -> tuple[int, int]:
    """Return when a trading day begins and ends, seconds since 1970 UTC."""
    inside = lookup.trading.session == session
    return int(lookup.trading.start[inside].min()), int(lookup.trading.end[inside].max())
