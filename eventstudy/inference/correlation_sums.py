"""Mean correlations from sums of unit residuals by day: no pair of episodes ever meets.

With v_i of mean zero and mean square one over the days of episode i, the sum over all pairs of
Σ_t v_it v_jt is Σ_t (S_t² - Σ_i v_it²), S_t = Σ_i v_it; over the number of days that the pairs
share, Σ_t (K_t² - K_t), K_t episodes on day t, it is their mean correlation. It is exact where all
of them have the same days. Else a pair weighs by the days that it shares, and each residual is
standardised over all days of its episode: an estimate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.series import NO_DAY
from eventstudy.arrays import Array, Ints, Mask
from eventstudy.inference.known_residuals import known_residuals
from eventstudy.inference.sums import BlockSum, collected, column

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


def day_sums(
    study: AbnormalReturns,
    name: str,
    grouped: Callable[[AbnormalReturns], Grouped],
    least: int = 2,
) -> BlockSum[DayTotals]:
    """Return what is added up of the residuals of a study for `sums_by_day`.

    Parameters
    ----------
    study : AbnormalReturns
        All of its episodes; a part asks the study that it is a part of.
    name : str
        Of the way to group.
    grouped : callable
        As of `sums_by_day`.
    least : int
        Episodes that a group needs.
    """
    rows = [0]
    totals: list[DayTotals] = []

    def add(block: AbnormalReturns) -> DayTotals:
        if not totals:
            totals.append(DayTotals.empty(study, *grouped(study), least))
        first, rows[0] = rows[0], rows[0] + len(block.position)
        totals[0].add(block, np.arange(first, rows[0]))
        return totals[0]

    def only(parts: Sequence[DayTotals]) -> DayTotals:
        return parts[-1] if parts else DayTotals.empty(study, *grouped(study), least)

    return BlockSum(("day sums", name), add, only, of_study=True)


def sums_by_day(
    abnormal: AbnormalReturns, name: str, grouped: Callable[[AbnormalReturns], Grouped]
) -> DaySums:
    """Return the mean correlation of the estimation residuals of each group of episodes.

    The sums are kept with the study. A part of it takes them less those of the episodes that it
    lacks: windows that lack a few each need no pass over all the rest.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    name : str
        Of the way to group.
    grouped : callable
        Groups the episodes of the study. Where it gives no days, residuals are paired by event
        time.

    Returns
    -------
    DaySums
        Of groups of two episodes or more.
    """
    return totals_by_day(abnormal, name, grouped).means()


def totals_by_day(
    abnormal: AbnormalReturns,
    name: str,
    grouped: Callable[[AbnormalReturns], Grouped],
    least: int = 2,
) -> DayTotals:
    """Return what `sums_by_day` rests on; parameters as there and of `day_sums`."""
    whole = abnormal.whole
    study = abnormal if whole is None else whole[0]
    totals = collected(study, day_sums(study, name, grouped, least))
    if whole is None:
        return totals
    lacking = np.ones(len(study.position), dtype=bool)
    lacking[whole[1]] = False
    others, less = np.flatnonzero(lacking), totals.nothing()
    row = 0
    for block in study.rows(others).blocks():
        less.add(block, others[row : row + len(block.position)])
        row += len(block.position)
    return totals.without(less)


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
        names, place, size = np.unique(group, return_inverse=True, return_counts=True)
        several = size >= least
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

    def without(self, other: DayTotals) -> DayTotals:
        """Return these sums less others of the same groups."""
        return replace(
            self, **{name: getattr(self, name) - getattr(other, name) for name in _ADDED_UP}
        )

    def add(self, block: AbnormalReturns, rows: Ints) -> None:
        """Add episodes, given with their rows in the study."""
        if len(rows) > ROWS:
            for inside in np.split(np.arange(len(rows)), range(ROWS, len(rows), ROWS)):
                self.add(block.rows(inside), rows[inside])
            return
        place, days = self.place[rows], known_residuals(block)
        unit, usable = days.unit(FEWEST_COMMON)
        usable &= place < len(self.group)
        begin, counted = self.first[place], np.ones(unit.size)
        if self.anchor is None:
            cells = begin[:, None] + np.arange(unit.shape[1])
        else:
            dates = block.estimation_day_numbers
            last = (begin + self.anchor[rows]).astype(dates.dtype)
            cells = (last[:, None] - dates).astype(np.intp)
            if (dates[:, 0] <= NO_DAY).any():
                cells = np.where(days.known, cells, begin[:, None])
        if not usable.all():
            unit[~usable] = 0.0
            counted.reshape(unit.shape)[~usable] = 0.0
        counted[days.missing] = 0.0
        np.add.at(self.values, cells.ravel(), unit.ravel())
        np.add.at(self.counts, cells.ravel(), counted)
        np.add.at(self.squares, place, np.where(usable, days.count, 0.0))
        np.add.at(self.members, place, usable.astype(float))

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


def pairs_that_share_days(abnormal: AbnormalReturns) -> float:
    """Count ordered pairs of episodes whose estimation windows share 30 dates or more, or so.

    By their first and last date: of windows of L1 sessions over D days, those that share
    30·D/L1 days.
    """
    first, last = collected(abnormal, _ENDS).T
    sessions = abnormal.observed.max(initial=1)
    shared = FEWEST_COMMON * np.median(last - first + 1) / sessions
    starts, ends = np.sort(first), np.sort(last)
    later = np.searchsorted(starts, ends - shared + 1, side="right")
    pairs = later.sum() - len(first) - len(first) * (len(first) - 1) // 2
    return 2.0 * max(float(pairs), 0.0)


def _ends(block: AbnormalReturns) -> Array:
    """First and last date of each estimation window as days since 1970."""
    days = block.estimation_day_numbers
    known = np.isfinite(block.residuals)
    low = np.where(known, days, np.iinfo(np.int32).max).min(axis=1)
    return np.column_stack([low, np.where(known, days, -1).max(axis=1)]).astype(float)


_ENDS = column("ends of the estimation window", _ends)
