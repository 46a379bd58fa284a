"""Unit residuals of a large study added up by day of each date, without making a residual.

With weights w_i = 1/σ_i, the sum over the episodes of a date of w_i (y_it - α_i - β_i x_t) is
three products of a row of weights with returns, factors, and ones on the days that may be used:
matrices of assets by sessions, one for some assets at a time. Windows of one date hold the same
sessions but for a few, since an asset may lack a session: these are added or taken off singly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal.placed_returns import PlacedReturns
from eventstudy.abnormal.series import ASSETS
from eventstudy.executors import ranges
from eventstudy.inference.sums import BlockSum

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.abnormal.series import Series
    from eventstudy.arrays import Array, Ints
    from eventstudy.inference.day_totals import DayTotals

CELLS = 200_000
"""Cells of a matrix of assets by sessions."""
SPARSE = 60
"""Sessions of the study an episode beyond which residuals are added one by one."""
DATES = 16
"""Most dates whose products are made at once..."""
SPAN = 3
"""...within so many times the length of an estimation window."""


@dataclass(frozen=True)
class Axis:
    """Sessions of any asset of a study.

    Parameters
    ----------
    days : ndarray of int, shape (sessions,)
        As days since 1970.
    place : ndarray of int
        Place of each day since the first among them.
    """

    days: Ints
    place: Ints

    @classmethod
    def of(cls, days: Ints) -> Axis:
        """Return days, ascending, as an axis."""
        return cls(days, np.repeat(np.arange(len(days)), np.diff(days, append=days[-1] + 1)))

    def of_days(self, days: Ints) -> Ints:
        """Return the places of days."""
        places: Ints = self.place[days - self.days[0]]
        return places


def fits(study: AbnormalReturns, totals: DayTotals) -> bool:
    """Return whether sums by day can be made of a study so, and are cheaper: by numbers alone.

    Parameters
    ----------
    study : AbnormalReturns
        All episodes.
    totals : DayTotals
        What is to be summed.
    """
    if not isinstance(study, PlacedReturns) or totals.anchor is None or not len(totals.group):
        return False
    series, sessions = study.series, int(study.series.sessions.max(initial=0))
    inside = totals.place < len(totals.group)
    return bool(
        sessions * len(series.assets) <= SPARSE * len(study)
        and (np.diff(study.code) >= 0).all()
        and series.constant.all()
        and (totals.group[totals.place[inside]] == totals.anchor[inside]).all()
    )


def by_products(
    name: Hashable, study: PlacedReturns, totals: DayTotals, fewest: int
) -> BlockSum[DayTotals]:
    """Return what adds all episodes of a study to sums, those of a group having one day 0.

    Parameters
    ----------
    name : hashable
        Of the sums.
    study : PlacedReturns
        The episodes, by asset.
    totals : DayTotals
        The groups; what is in them does not count.
    fewest : int
        Residuals that an episode needs.
    """
    axis, place, observed = Axis.of(study.series.dated), totals.place, study.observed

    def of(assets: slice) -> list[Array]:
        some = totals.nothing()
        sums = _Sums(study, some, axis)
        those = slice(*np.searchsorted(study.code, [assets.start, assets.stop]).tolist())
        usable = (observed[those] >= fewest) & (study.s2[those] * study.df[those] > 0)
        rows = those.start + np.flatnonzero(usable & (place[those] < len(totals.group)))
        np.add.at(some.squares, place[rows], observed[rows].astype(float))
        np.add.at(some.members, place[rows], 1.0)
        code = study.code[rows]
        for first in range(assets.start, assets.stop, sums.assets):
            edges = np.searchsorted(code, [first, min(first + sums.assets, assets.stop)])
            inside = rows[slice(*edges.tolist())]
            if len(inside):
                squares = study.s2[inside] * study.df[inside]
                sums.add(first, inside, 1.0 / np.sqrt(squares / observed[inside]))
        sums.put()
        return some.added_up

    def joined(parts: Iterable[list[Array]]) -> DayTotals:
        made = totals.nothing()
        made.more(parts)
        return made

    assets = ranges(len(study.series.assets), 2 * ASSETS)
    return BlockSum(name, of, joined, of_study=True, over=assets)


@dataclass(frozen=True)
class _Held:
    """What some successive assets hold on the days that may be used, one after the other.

    Parameters
    ----------
    cells : ndarray of int, shape (days,)
        Cells of the series.
    place : ndarray of int, shape (days,)
        Places in a matrix of assets by sessions, ascending.
    values : list of ndarray, shape (days,)
        Returns less what has no parameter, and each factor.
    """

    cells: Ints
    place: Ints
    values: list[Array]

    @classmethod
    def of(cls, series: Series, first: int, last: int, axis: Axis) -> _Held:
        begin, end = series.edges[[first, last]].tolist()
        cells = begin + np.flatnonzero(series.free[begin:end])
        until = np.searchsorted(cells, series.edges[first + 1 : last + 1])
        asset = np.repeat(np.arange(last - first), np.diff(until, prepend=0))
        place = asset * len(axis.days) + axis.of_days(series.days[cells])
        return cls(cells, place, [series.target(cells), *(each[cells] for each in series.factors)])


class _Sums:
    """Sums of all dates on the sessions of their estimation windows.

    Parameters
    ----------
    study : PlacedReturns
        The episodes, by asset.
    totals : DayTotals
        To which they are added.
    axis : Axis
        Sessions of the study.
    """

    def __init__(self, study: PlacedReturns, totals: DayTotals, axis: Axis) -> None:
        self.study, self.totals, self.axis = study, totals, axis
        zero = self.axis.of_days(totals.group)
        first, last = study.spans.estimation
        self.first, self.last = np.maximum(zero + first, 0), np.maximum(zero + last, -1)
        self.assets = max(CELLS // len(self.axis.days), 1)
        held = (len(study.series.factors) + 2, self.assets, len(self.axis.days))
        self.held, self.near = np.zeros(held), list(self._near())
        shapes = [(2, d.stop - d.start, s.stop - s.start) for d, s in self.near]
        self.products = [np.zeros(shape) for shape in shapes]

    def _near(self) -> Iterator[tuple[slice, slice]]:
        """Yield successive dates and the sessions of their estimation windows."""
        dates, begin, longest = len(self.first), 0, SPAN * self.study.estimation_length
        while begin < dates:
            end = int(np.searchsorted(self.last, self.first[begin] + longest, side="right"))
            end = min(max(end, begin + 1), begin + DATES)
            yield slice(begin, end), slice(int(self.first[begin]), int(self.last[end - 1]) + 1)
            begin = end

    def add(self, first: int, rows: Ints, weight: Array) -> None:
        """Add episodes of successive assets from one on, given with 1/σ."""
        study = self.study
        last = min(first + self.assets, len(study.series.assets))
        held = _Held.of(study.series, first, last, self.axis)
        params = np.column_stack([np.ones(len(rows)), -study.slopes[rows], -study.constant[rows]])
        params *= weight[:, None]
        asset = study.code[rows] - first
        self._add_alike(held, rows, asset, params)
        self._add_single(held, rows, asset, params)

    def _add_alike(self, held: _Held, rows: Ints, asset: Ints, params: Array) -> None:
        """Add what lies in the sessions that the windows of a date share."""
        place = self.totals.place[rows]
        weights = np.zeros((len(self.first), self.held.shape[0], self.assets))
        ones = np.zeros((len(self.first), self.assets))
        weights[place, :, asset], ones[place, asset] = params, 1.0
        for matrix, values in zip(self.held, held.values, strict=False):
            matrix.ravel()[held.place] = values
        self.held[-1].ravel()[held.place] = 1.0
        of_date, by_session = (
            weights.reshape(len(ones), -1),
            self.held.reshape(-1, self.held.shape[2]),
        )
        for (dates, sessions), sums in zip(self.near, self.products, strict=True):
            sums[0] += of_date[dates] @ by_session[:, sessions]
            sums[1] += ones[dates] @ self.held[-1, :, sessions]
        for matrix in self.held:
            matrix.ravel()[held.place] = 0.0

    def _add_single(self, held: _Held, rows: Ints, asset: Ints, params: Array) -> None:
        """Add the days before the shared sessions, and take off shared ones after a window."""
        study, totals = self.study, self.totals
        place, begin = totals.place[rows], asset * len(self.axis.days)
        start = study.cell[rows] + study.spans.estimation[0]
        before = np.searchsorted(held.cells, start)
        after = np.searchsorted(held.cells, start + study.estimation_length)
        shared = np.searchsorted(held.place, begin + self.first[place])
        until = np.searchsorted(held.place, begin + self.last[place] + 1)
        for low, high, sign in ((before, shared, 1.0), (after, until, -1.0)):
            size = high - low
            row = np.repeat(np.arange(len(rows)), size)
            day = np.arange(len(row)) + np.repeat(low - np.cumsum(size) + size, size)
            unit = params[row, -1]
            for column, values in enumerate(held.values):
                unit += params[row, column] * values[day]
            dates = study.series.days[held.cells[day]]
            group = place[row]
            cells = totals.first[group] + totals.group[group] - dates
            np.add.at(totals.values, cells, sign * unit)
            np.add.at(totals.counts, cells, sign)

    def put(self) -> None:
        """Write the sums by session to the days of each date."""
        totals, width = self.totals, np.diff(self.totals.first)
        for (dates, sessions), (values, counts) in zip(self.near, self.products, strict=True):
            place = np.arange(sessions.start, sessions.stop)
            back = totals.group[dates, None] - self.axis.days[sessions]
            inside = (place >= self.first[dates, None]) & (place <= self.last[dates, None])
            inside &= back < width[dates, None]
            cells = (totals.first[:-1][dates, None] + back)[inside]
            totals.values[cells] += values[inside]
            totals.counts[cells] += counts[inside]
