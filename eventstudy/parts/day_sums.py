"""Sums of unit residuals by date of the episodes of a part: those of all parts are added up.

As `eventstudy.inference.correlation_sums`, for episodes of one day 0 and with places that all
parts share: how many dates of the whole panel a day lies before day 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.correlation import Correlation
from eventstudy.inference.correlation_sums import FEWEST_COMMON

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Dates, Ints

    PlaceOf = Callable[[Dates], Ints]

ROWS = 128
"""Episodes whose residuals are added at once."""


@dataclass(frozen=True)
class DateSums:
    """Unit residuals of the episodes of each day 0, added up by the days before it.

    Parameters
    ----------
    dates : ndarray of int, shape (dates,)
        Days 0 as days since 1970, ascending.
    values, counts : ndarray, shape (dates, days)
        Unit residuals, and episodes that have one, by dates before day 0.
    squares, members : ndarray, shape (dates,)
        Squares of unit residuals; episodes that have days enough.
    """

    dates: Ints
    values: Array
    counts: Array
    squares: Array
    members: Array

    def plus(self, other: DateSums, sign: float = 1.0) -> DateSums:
        """Return these sums and others, or less others."""
        dates = np.union1d(self.dates, other.dates)
        width = max(self.values.shape[1], other.values.shape[1])
        total = DateSums(
            dates,
            np.zeros((len(dates), width)),
            np.zeros((len(dates), width)),
            np.zeros(len(dates)),
            np.zeros(len(dates)),
        )
        for part, factor in ((self, 1.0), (other, sign)):
            at, columns = np.searchsorted(dates, part.dates), part.values.shape[1]
            total.values[at, :columns] += factor * part.values
            total.counts[at, :columns] += factor * part.counts
            total.squares[at] += factor * part.squares
            total.members[at] += factor * part.members
        return total

    def correlation(self, episodes: int) -> Correlation:
        """Return the mean correlation of so many episodes, those of other dates uncorrelated.

        Exact where the episodes of each date have the same days.
        """
        if episodes < 2:
            return Correlation(float("nan"))
        counts, members = np.rint(self.counts), np.rint(self.members)
        shared = (counts * (counts - 1)).sum(axis=1)
        products = (self.values**2).sum(axis=1) - self.squares
        means = np.divide(products, shared, out=np.zeros(len(shared)), where=shared > 0)
        alike = ((counts == 0) | (counts == members[:, None])).all(axis=1) | (members < 2)
        total = float((members * (members - 1) * means).sum())
        return Correlation(total / (episodes * (episodes - 1)), estimated=not bool(alike.all()))


def no_sums() -> DateSums:
    """Return the sums of nobody."""
    nothing = np.zeros((0, 0))
    return DateSums(np.zeros(0, dtype=np.intp), nothing, nothing, np.zeros(0), np.zeros(0))


def date_sums(abnormal: AbnormalReturns, place_of: PlaceOf) -> DateSums:
    """Add up the unit residuals of episodes.

    Parameters
    ----------
    abnormal : AbnormalReturns
        The episodes.
    place_of : callable
        Places of dates among all dates of the prices.
    """
    if not len(abnormal.position):
        return no_sums()
    day0 = abnormal.day0.astype("datetime64[D]")
    order = np.argsort(day0, kind="stable")
    dates, group = np.unique(day0[order], return_inverse=True)
    made: DateSums | None = None
    done = 0
    for block in abnormal.rows(order).blocks():
        residuals, days = block.residuals, block.estimation_dates.astype("datetime64[D]")
        for first in range(0, len(residuals), ROWS):
            rows = slice(first, first + ROWS)
            of_date = group[done + first : done + first + len(residuals[rows])]
            there = ~np.isnat(days[rows])
            back = np.zeros(there.shape, dtype=np.intp)
            back[there] = np.repeat(place_of(dates[of_date]), there.sum(axis=1))
            back[there] -= place_of(days[rows][there])
            made = _added(made, len(dates), residuals[rows], back, of_date)
        done += len(residuals)
    assert made is not None
    return DateSums(dates.astype(np.intp), made.values, made.counts, made.squares, made.members)


def _added(
    made: DateSums | None, dates: int, residuals: Array, back: Ints, group: Ints
) -> DateSums:
    """Add a block of episodes, which is by date, to the sums."""
    known = np.isfinite(residuals)
    n = known.sum(axis=1)
    count = np.maximum(n, 1)[:, None]
    values = np.where(known, residuals, 0.0)
    unit = np.where(known, values - values.sum(axis=1, keepdims=True) / count, 0.0)
    spread = np.sqrt(np.einsum("ij,ij->i", unit, unit)[:, None] / count)
    usable = (n >= FEWEST_COMMON) & (spread[:, 0] > 0)
    unit = np.where(usable[:, None], unit / np.where(spread > 0, spread, 1.0), 0.0)
    counted = known & usable[:, None]
    width = int(back.max()) + 1
    if made is None or width > made.values.shape[1]:
        former, made = made, _empty(dates, width)
        if former is not None:
            made.values[:, : former.values.shape[1]] = former.values
            made.counts[:, : former.values.shape[1]] = former.counts
            made.squares[:], made.members[:] = former.squares, former.members
    first, last = int(group[0]), int(group[-1]) + 1
    size = (last - first) * width
    cells = ((group - first)[:, None] * width + back).ravel()
    shape = (last - first, width)
    made.values[first:last, :width] += np.bincount(cells, unit.ravel(), size).reshape(shape)
    made.counts[first:last, :width] += np.bincount(cells, counted.ravel(), size).reshape(shape)
    made.squares[first:last] += np.bincount(group - first, np.where(usable, n, 0), last - first)
    made.members[first:last] += np.bincount(group - first, usable, last - first)
    return made


def _empty(dates: int, width: int) -> DateSums:
    return DateSums(
        np.zeros(0, dtype=np.intp),
        np.zeros((dates, width)),
        np.zeros((dates, width)),
        np.zeros(dates),
        np.zeros(dates),
    )
