"""Sums of unit residuals by date of the episodes of a part: those of all parts are added up.

As `eventstudy.inference.correlation_sums`, for episodes of one day 0 and with places that all
parts share: how many dates of the whole panel a day lies before day 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.abnormal.placed_returns import PlacedReturns
from eventstudy.abnormal.series import NO_DAY
from eventstudy.arrays import distinct
from eventstudy.inference.correlation import Correlation
from eventstudy.inference.day_totals import FEWEST_COMMON
from eventstudy.inference.packed_residuals import unit_in_place
from eventstudy.inference.sums import BlockSum, collected

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
        if self.values.shape == other.values.shape and (self.dates == other.dates).all():
            names = ("values", "counts", "squares", "members")
            sums = {name: getattr(self, name) + sign * getattr(other, name) for name in names}
            return DateSums(self.dates, **sums)
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
    every = np.arange(len(abnormal.position))
    made: DateSums = collected(abnormal, date_sums_of(abnormal, every, "all", place_of))
    return made


def date_sums_of(
    abnormal: AbnormalReturns, rows: Ints, name: str, place_of: PlaceOf
) -> BlockSum[Any]:
    """Return what is added up of some episodes in a pass over all of them.

    Parameters
    ----------
    abnormal : AbnormalReturns
        All episodes.
    rows : ndarray of int
        Those that are added up, ascending.
    name : str
        What they are.
    place_of : callable
        Places of dates among all dates of the prices.
    """
    table, done = _Table(abnormal.rows(rows), place_of), [0]
    whole = len(rows) == len(abnormal.position)

    def add(block: AbnormalReturns) -> None:
        size = len(block.position)
        for first in range(0, size, ROWS):
            last = min(first + ROWS, size)
            low, high = done[0] + first, done[0] + last
            if not whole:
                low, high = np.searchsorted(rows, [low, high]).tolist()
            if high > low:
                part = block if size <= ROWS else block.rows(np.arange(first, last))
                table.add(part, rows[low:high] - done[0] - first, slice(low, high))
        done[0] += size

    return BlockSum(("unit residuals by date", name), add, lambda _: table.sums())


class _Table:
    """Sums of dates that are filled block by block.

    Parameters
    ----------
    abnormal : AbnormalReturns
        The episodes that are added.
    place_of : callable
        Places of dates among all dates of the prices.
    """

    def __init__(self, abnormal: AbnormalReturns, place_of: PlaceOf) -> None:
        days, self.group = distinct(abnormal.day0_numbers)
        self.dates = days.astype("datetime64[D]")
        self.zero, self.place_of = place_of(self.dates)[self.group], place_of
        self.back = _successive(abnormal, self.zero, place_of)
        self.values, self.counts = np.zeros((len(self.dates), 0)), np.zeros((len(self.dates), 0))
        self.squares, self.members = np.zeros(len(self.dates)), np.zeros(len(self.dates))
        self.stretches: dict[tuple[int, int], _Stretch] = {}

    def add(self, block: AbnormalReturns, rows: Ints, at: slice) -> None:
        """Add some episodes of a block, given with their places among all."""
        unit, usable, known, count = unit_in_place(block, FEWEST_COMMON)
        if len(rows) < len(unit):
            unit, usable, known, count = unit[rows], usable[rows], known[rows], count[rows]
        group, back = self.group[at], self.back[at]
        np.add.at(self.squares, group, np.where(usable, count, 0.0))
        np.add.at(self.members, group, usable.astype(float))
        if back[0] < 0 or (back != back[0]).any():
            numbers = block.estimation_day_numbers[rows]
            counted = known & usable[:, None]
            self._scatter(unit * usable[:, None], counted, numbers, group, self.zero[at])
            return
        kind = (int(back[0]), unit.shape[1])
        if kind not in self.stretches:
            self.stretches[kind] = _Stretch(len(self.dates), kind[1])
        ends = np.flatnonzero(np.diff(group) <= 0) + 1  # no date twice in what is added at once
        for first, last in pairwise([0, *ends.tolist(), len(group)]):
            one = slice(first, last)
            self.stretches[kind].add(group[one], unit[one], known[one], usable[one])

    def _scatter(self, unit: Array, counted: Mask, numbers: Ints, group: Ints, zero: Ints) -> None:
        """Add episodes whose days are not the same sessions before day 0 for all."""
        rows, columns = np.nonzero(counted)
        back = zero[rows] - self.place_of(numbers[rows, columns].astype("datetime64[D]"))
        self._widen(int(back.max(initial=-1)) + 1)
        np.add.at(self.values, (group[rows], back), unit[rows, columns])
        np.add.at(self.counts, (group[rows], back), 1.0)

    def _widen(self, width: int) -> None:
        more = width - self.values.shape[1]
        if more > 0:
            self.values = np.pad(self.values, ((0, 0), (0, more)))
            self.counts = np.pad(self.counts, ((0, 0), (0, more)))

    def sums(self) -> DateSums:
        """Return what was added up."""
        for (back, size), stretch in self.stretches.items():
            self._widen(back + 1)
            columns = slice(back - size + 1, back + 1)
            self.values[:, columns] += stretch.values[:, ::-1]
            self.counts[:, columns] += stretch.counts[:, ::-1] + stretch.whole[:, None]
        self.stretches.clear()
        dates = self.dates.astype(np.intp)
        return DateSums(dates, self.values, self.counts, self.squares, self.members)


def _successive(abnormal: AbnormalReturns, zero: Ints, place_of: PlaceOf) -> Ints:
    """How many dates the first day of each estimation lies before day 0.

    -1 where its days are not successive dates of the prices.
    """
    if isinstance(abnormal, PlacedReturns):
        cells = abnormal.cell[:, None] + np.array(abnormal.spans.estimation)
        ends, size = abnormal.series.days[cells], abnormal.estimation_length
    else:
        numbers = abnormal.estimation_day_numbers
        ends, size = numbers[:, [0, -1]], numbers.shape[1]
    known = (ends > NO_DAY).all(axis=1)
    places = place_of(np.where(known[:, None], ends, ends.max(initial=0)).astype("datetime64[D]"))
    successive = known & (places[:, 1] - places[:, 0] == size - 1)
    return np.where(successive, zero - places[:, 0], -1)


class _Stretch:
    """Sums of as many successive sessions of each date, in their order.

    Parameters
    ----------
    dates, size : int
        Dates, and sessions of each.
    """

    def __init__(self, dates: int, size: int) -> None:
        self.values, self.counts = np.zeros((dates, size)), np.zeros((dates, size))
        self.whole = np.zeros(dates)

    def add(self, group: Ints, unit: Array, known: Mask, usable: Mask) -> None:
        """Add a row to each of some ascending dates."""
        next_to = int(group[-1] - group[0]) == len(group) - 1
        rows: Any = slice(group[0], group[-1] + 1) if next_to else group
        if usable.all():
            self.values[rows] += unit
        else:
            self.values[rows] += unit * usable[:, None]
        if known.all():
            self.whole[rows] += usable
        else:
            self.counts[rows] += known & usable[:, None]
