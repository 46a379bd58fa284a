"""The path of prices around a statement, with a simultaneous band from ordinary days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.arrays import Array, Ints
from eventstudy.minutes.lookup import Lookup
from eventstudy.minutes.ranks import half_width, share_as_large
from eventstudy.minutes.settings import MinuteOptions
from eventstudy.minutes.statements import Statement
from eventstudy.minutes.windows import Window, clock_of, same_clock


@dataclass(frozen=True, eq=False)
class Path:
    """Moves since the beginning of a window.

    Parameters
    ----------
    minute : ndarray of float, shape (points,)
        Minutes after the statement's latest minute.
    moment : ndarray of int, shape (points,)
        Seconds since 1970 UTC.
    move : ndarray of float, shape (points,)
        ln P - ln P at the beginning; NaN where no price is there.
    ordinary : ndarray of float, shape (days, points)
        The same on ordinary days, over the volatility expected of each.
    sigma : float
        Volatility expected of the statement's day.
    spread : ndarray of float, shape (points,)
        Root mean square of `ordinary` at each point.
    band : float
        Half-width of the band, in spreads; the band holds whole paths of ordinary days.
    p : float
        Rank of the path's largest |move|/spread among those of ordinary days.
    """

    minute: Array
    moment: Ints
    move: Array
    ordinary: Array
    sigma: float
    spread: Array
    band: float
    p: float

    @property
    def half(self) -> Array:
        """Half-width of the band at each point, as a fraction."""
        return self.band * self.spread * self.sigma


def path_of(lookup: Lookup, statement: Statement, window: Window, options: MinuteOptions) -> Path:
    """Return the path of a measured window, to the end of its part of the session.

    Parameters
    ----------
    lookup : Lookup
        Bars of the asset.
    statement : Statement
        The statement.
    window : Window
        What was measured of it.
    options : MinuteOptions
        How far, and how finely.
    """
    assert window.ordinary is not None
    start = window.measured[0]
    part = int(lookup.trading.at(np.array([start]))[0])
    end = min(statement.last + options.path * 60, int(lookup.bounds[1][part]))
    end = min(end, int(lookup.bars.end[-1]))
    step = step_of(options.step * 60, lookup.bars.length)
    moment = np.arange(start, end + 1, step)
    day = clock_of(lookup, statement.first)
    move = _moves(lookup, moment, np.full(len(moment), part))
    days = window.ordinary.days[np.isfinite(window.ordinary.sigma)]
    sigma = window.ordinary.sigma[np.isfinite(window.ordinary.sigma)]
    grid = np.array([same_clock(lookup, int(one), day, days) for one in moment]).T
    parts = np.repeat(lookup.trading.at(grid[:, :1]), len(moment), axis=1)
    moves = [_moves(lookup, row, where) for row, where in zip(grid, parts, strict=True)]
    scaled = np.array(moves).reshape(len(days), len(moment)) / sigma[:, None]
    spread, band, p = band_of(move / window.sigma, scaled, options.confidence)
    minute = (moment - statement.last) / 60
    return Path(minute, moment, move, scaled, window.sigma, spread, band, p)


def step_of(wanted: int, length: int) -> int:
    """Return the least whole number of bars that is no shorter than what is wanted."""
    return -(-wanted // length) * length


def _moves(lookup: Lookup, moments: Ints, part: Ints) -> Array:
    """Return log moves since the first of some moments."""
    place, good = lookup.at(moments, part)
    there = np.maximum(place, 0)
    good &= ~lookup.rolled(np.full(len(there), there[0]), there)
    values = np.where(good, lookup.log_close[there], np.nan)
    return np.asarray(values - values[0])


def band_of(path: Array, ordinary: Array, confidence: float) -> tuple[Array, float, float]:
    """Return spread, half-width and rank: each path's maximum over its own points."""
    count = np.isfinite(ordinary).sum(axis=0)
    total = np.nansum(ordinary**2, axis=0)
    spread = np.sqrt(np.divide(total, count, out=np.full(len(total), np.nan), where=count > 1))
    usable = spread > 0
    if not usable.any() or not len(ordinary):
        return spread, np.inf, np.nan
    largest = _largest(ordinary[:, usable] / spread[usable])
    here = float(_largest((path[usable] / spread[usable])[None, :])[0])
    half = half_width(largest[np.isfinite(largest)], confidence)
    return spread, half, share_as_large(here, largest)


def _largest(rows: Array) -> Array:
    """Return the largest size in each row; NaN for a row without any."""
    sizes = np.where(np.isfinite(rows), np.abs(rows), -np.inf).max(axis=1)
    return np.where(np.isfinite(sizes), sizes, np.nan)
