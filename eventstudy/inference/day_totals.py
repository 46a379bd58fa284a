"""Unit residuals added up by day for groups of episodes: what mean correlations are made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.arrays import distinct
from eventstudy.inference.known_residuals import known_residuals
from eventstudy.inference.packed_residuals import PackedResiduals, residual_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Ints, Mask
    from eventstudy.inference.known_residuals import ResidualRows

FEWEST_COMMON = 30
"""Pairs with fewer common dates count as uncorrelated."""
ROWS = 128
"""Episodes whose residuals are added at once."""


Grouped = tuple["Ints", "Ints | None"]
"""The group of each episode, and the day since 1970 from which days are counted back in it."""


@dataclass(frozen=True)
class DaySums:
    """Mean correlations of groups of episodes, by unit residuals added up by day.

    Parameters
    ----------
    group : ndarray of int, shape (groups,)
        Their names.
    pairs : ndarray, shape (groups,)
        Ordered pairs of episodes of each group with days enough.
    mean : ndarray, shape (groups,)
        Their mean correlation; zero where there is none.
    same : ndarray of bool, shape (groups,)
        Whether all of them have the same days, so that the mean is exact.
    """

    group: Ints
    pairs: Array
    mean: Array
    same: Mask


_ADDED_UP = ("values", "counts", "squares", "members")
"""Fields of `DayTotals` that grow with each episode."""


@dataclass(frozen=True)
class DayTotals:
    """What is added up for all groups of so many episodes or more.

    Each group has a stretch of cells, one for each day back from its last. A last stretch, and
    the place beyond all groups, takes the episodes that are in none.

    Parameters
    ----------
    group : ndarray of int, shape (groups,)
        Names of the groups.
    place, anchor : ndarray of int, shape (episodes,)
        Group of each episode, and the day from which its days are counted; None = event time.
    first : ndarray of int, shape (groups + 1,)
        First cell of each stretch.
    values, counts : ndarray, shape (cells,)
        Unit residuals, and episodes, added up by day.
    squares, members : ndarray, shape (groups + 1,)
        Squares of unit residuals; episodes that have days enough.
    """

    group: Ints
    place: Ints
    anchor: Ints | None
    first: Ints
    values: Array
    counts: Array
    squares: Array
    members: Array

    @classmethod
    def empty(
        cls, study: AbnormalReturns, group: Ints, anchor: Ints | None, least: int
    ) -> DayTotals:
        """Return nothing yet of the groups of a study."""
        names, place = distinct(group)
        several = np.bincount(place, minlength=len(names)) >= least
        numbers = np.where(several, np.cumsum(several) - 1, several.sum())
        place = numbers[place]
        if anchor is None:
            back = np.full(len(group), study.estimation_length)
        else:
            back = anchor - study.first_estimation_days + 1
        width = np.ones(int(several.sum()) + 1, dtype=np.intp)
        np.maximum.at(width, place, back)
        cells, places = int(width.sum()), len(width)
        return cls(
            group=names[several],
            place=place,
            anchor=anchor,
            first=np.cumsum(width) - width,
            values=np.zeros(cells),
            counts=np.zeros(cells),
            squares=np.zeros(places),
            members=np.zeros(places),
        )

    def nothing(self) -> DayTotals:
        """Return the same groups with nothing in them."""
        return replace(self, **{name: np.zeros_like(getattr(self, name)) for name in _ADDED_UP})

    @property
    def added_up(self) -> list[Array]:
        """What grows with each episode."""
        return [getattr(self, name) for name in _ADDED_UP]

    def more(self, parts: Iterable[list[Array]]) -> None:
        """Add what was added up of other episodes of the same groups, in its order."""
        for part in parts:
            for total, other in zip(self.added_up, part, strict=True):
                np.add(total, other, out=total)

    def without(self, other: DayTotals) -> DayTotals:
        """Return these sums less others of the same groups."""
        return replace(
            self, **{name: getattr(self, name) - getattr(other, name) for name in _ADDED_UP}
        )

    def add(self, block: AbnormalReturns, rows: Ints, *, far: bool = False) -> None:
        """Add episodes, given with their rows in the study.

        Those that lie far from one another are not worth packing.
        """
        if len(rows) > ROWS:
            for inside in np.split(np.arange(len(rows)), range(ROWS, len(rows), ROWS)):
                self.add(block.rows(inside), rows[inside], far=far)
            return
        in_place = far or self.anchor is None
        days = known_residuals(block) if in_place else residual_rows(block)
        unit, usable = days.unit(FEWEST_COMMON)
        place, counted = self.place[rows], np.ones(unit.shape)
        usable &= place < len(self.group)
        days.blank(counted)
        if not usable.all():
            unit[~usable], counted[~usable] = 0.0, 0.0
        cells = self._cells(block, rows, days)
        np.add.at(self.values, cells.ravel(), unit.ravel())
        np.add.at(self.counts, cells.ravel(), counted.ravel())
        np.add.at(self.squares, place, np.where(usable, days.count, 0.0))
        np.add.at(self.members, place, usable.astype(float))

    def _cells(self, block: AbnormalReturns, rows: Ints, days: ResidualRows) -> Ints:
        """Return the cell of each residual; of what is none, any of the group."""
        begin = self.first[self.place[rows]]
        if self.anchor is None:
            cells: Ints = begin[:, None] + np.arange(days.values.shape[1])
            return cells
        last = (begin + self.anchor[rows])[:, None]
        if isinstance(days, PackedResiduals):
            cells = days.days_back
            cells += last
        else:
            cells = last - block.estimation_day_numbers
        days.blank(cells, begin)
        return cells

    def between(self, one: int, other: int, common: int) -> float:
        """Return the mean correlation of the episodes of a group, or of two.

        Parameters
        ----------
        one, other : int
            Places of groups whose names are the days from which they count; the later one last.
        common : int
            Assets that both hold: an episode is not paired with its own asset.
        """
        (v, k), (w, m) = (self._stretch(place) for place in (one, other))
        if one == other:
            shared = float((k * (k - 1)).sum())
            return float(v @ v - self.squares[one]) / shared if shared > 0 else 0.0
        back = int(self.group[other] - self.group[one])
        size = max(min(len(v), len(w) - back), 0)
        v, k, w, m = v[:size], k[:size], w[back : back + size], m[back : back + size]
        alone = common * float(((k > 0) & (m > 0)).sum())
        shared = float(k @ m) - alone
        return (float(v @ w) - alone) / shared if shared > 0 else 0.0

    def _stretch(self, place: int) -> tuple[Array, Array]:
        """Return unit residuals and episodes by day back from the day of a group."""
        cells = slice(self.first[place], self.first[place + 1])
        return self.values[cells], self.counts[cells]

    def means(self) -> DaySums:
        """Return the mean correlation of each group."""
        if not len(self.group):
            return DaySums(self.group, np.zeros(0), np.zeros(0), np.zeros(0, dtype=bool))
        members = self.members[:-1]
        shared = np.add.reduceat(self.counts * (self.counts - 1), self.first)[:-1]
        products = np.add.reduceat(self.values**2, self.first)[:-1] - self.squares[:-1]
        of_cell = np.repeat(self.members, np.diff(self.first, append=len(self.counts)))
        alike = (self.counts == 0) | (self.counts == of_cell)
        return DaySums(
            self.group,
            members * (members - 1),
            np.divide(products, shared, out=np.zeros(len(shared)), where=shared > 0),
            np.logical_and.reduceat(alike, self.first)[:-1],
        )
