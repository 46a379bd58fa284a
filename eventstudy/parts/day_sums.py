"""Sums of unit residuals by date of the episodes of a part: those of all parts are added up.

As `eventstudy.inference.correlation_sums`, for episodes of one day 0 and with places that all
parts share: how many dates of the whole panel a day lies before day 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal.series import NO_DAY
from eventstudy.inference.correlation import Correlation
from eventstudy.inference.correlation_sums import FEWEST_COMMON

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Dates, Ints, Mask

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
    days = abnormal.day0.astype("datetime64[D]")
    dates, group = np.unique(days, return_inverse=True)
    zero, made, done = place_of(dates)[group], _Table(len(dates)), 0
    for block in abnormal.blocks():
        residuals, numbers = block.residuals, block.estimation_day_numbers
        for first in range(0, len(residuals), ROWS):
            rows = slice(first, first + ROWS)
            whole = slice(done + first, done + first + len(residuals[rows]))
            made.add(residuals[rows], numbers[rows], group[whole], zero[whole], place_of)
        done += len(residuals)
    return DateSums(dates.astype(np.intp), made.values, made.counts, made.squares, made.members)


class _Table:
    """Sums of dates that are filled block by block, as wide as their days need.

    Parameters
    ----------
    dates : int
        Number of days 0.
    """

    def __init__(self, dates: int) -> None:
        self.values, self.counts = np.zeros((dates, 0)), np.zeros((dates, 0))
        self.squares, self.members = np.zeros(dates), np.zeros(dates)

    def add(
        self, residuals: Array, numbers: Ints, group: Ints, zero: Ints, place_of: PlaceOf
    ) -> None:
        """Add a block of episodes: their residuals, days since 1970, dates and places of day 0."""
        unit, counted, n = _unit(residuals)
        np.add.at(self.squares, group, np.where(counted.any(axis=1), n, 0))
        np.add.at(self.members, group, counted.any(axis=1).astype(float))
        ends = numbers[:, [0, -1]]
        if (ends > NO_DAY).all():
            places = place_of(ends.astype("datetime64[D]"))
            back, size = int(zero[0] - places[0, 0]), numbers.shape[1]
            alike = (zero - places[:, 0] == back).all()
            if alike and (places[:, 1] - places[:, 0] == size - 1).all() and _distinct(group):
                self._widen(back + 1)
                columns = slice(back - size + 1, back + 1)
                self.values[group, columns] += unit[:, ::-1]
                self.counts[group, columns] += counted[:, ::-1]
                return
        self._scatter(unit, counted, numbers, group, zero, place_of)

    def _scatter(
        self,
        unit: Array,
        counted: Mask,
        numbers: Ints,
        group: Ints,
        zero: Ints,
        place_of: PlaceOf,
    ) -> None:
        """Add a block whose days are not the same sessions before day 0 for all."""
        rows, columns = np.nonzero(counted)
        back = zero[rows] - place_of(numbers[rows, columns].astype("datetime64[D]"))
        self._widen(int(back.max(initial=-1)) + 1)
        np.add.at(self.values, (group[rows], back), unit[rows, columns])
        np.add.at(self.counts, (group[rows], back), 1.0)

    def _widen(self, width: int) -> None:
        more = width - self.values.shape[1]
        if more > 0:
            self.values = np.pad(self.values, ((0, 0), (0, more)))
            self.counts = np.pad(self.counts, ((0, 0), (0, more)))


def _distinct(group: Ints) -> bool:
    return bool((np.diff(group) > 0).all()) or len(np.unique(group)) == len(group)


def _unit(residuals: Array) -> tuple[Array, Mask, Ints]:
    """Residuals of mean zero and mean square one, which count, and how many there are."""
    known = np.isfinite(residuals)
    n = known.sum(axis=1)
    count = np.maximum(n, 1)[:, None]
    values = residuals if known.all() else np.where(known, residuals, 0.0)
    unit = values - values.sum(axis=1, keepdims=True) / count
    unit *= known
    spread = np.sqrt(np.einsum("ij,ij->i", unit, unit)[:, None] / count)
    usable = (n >= FEWEST_COMMON)[:, None] & (spread > 0)
    unit *= np.divide(1.0, spread, out=np.zeros_like(spread), where=usable)
    return unit, known & usable, n
