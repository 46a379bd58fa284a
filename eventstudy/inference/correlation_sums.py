"""Mean correlations from sums of unit residuals by day: no pair of episodes ever meets.

With v_i of mean zero and mean square one over the days of episode i, the sum over all pairs of
Σ_t v_it v_jt is Σ_t (S_t² - Σ_i v_it²), S_t = Σ_i v_it; over the number of days that the pairs
share, Σ_t (K_t² - K_t), K_t episodes on day t, it is their mean correlation. It is exact where all
of them have the same days. Else a pair weighs by the days that it shares, and each residual is
standardised over all days of its episode: an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Ints, Mask

FEWEST_COMMON = 30
"""Pairs with fewer common dates count as uncorrelated."""
ROWS = 128
"""Episodes whose residuals are made at once."""


@dataclass(frozen=True)
class DaySums:
    """Unit residuals added up by day, for groups of episodes.

    Parameters
    ----------
    pairs : ndarray, shape (groups,)
        Ordered pairs of episodes of each group with days enough.
    mean : ndarray, shape (groups,)
        Their mean correlation; zero where there is none.
    same : ndarray of bool, shape (groups,)
        Whether all of them have the same days, so that the mean is exact.
    """

    pairs: Array
    mean: Array
    same: Mask


def sums_by_day(abnormal: AbnormalReturns, group: Ints, anchor: Ints | None) -> DaySums:
    """Return the mean correlation of the estimation residuals of each group of episodes.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    group : ndarray of int, shape (episodes,)
        Group of each, from 0; negative = left out.
    anchor : ndarray of int, shape (episodes,), or None
        A day since 1970 from which those of each are counted back, the same within a group;
        None = residuals are paired by event time.

    Returns
    -------
    DaySums
    """
    groups = int(group.max(initial=-1)) + 1
    order = np.argsort(group, kind="stable")
    order = order[group[order] >= 0]
    pairs, mean, same = np.zeros(groups), np.zeros(groups), np.ones(groups, dtype=bool)
    for number, table in _tables(abnormal, order, group, anchor):
        shared = (table.counts * (table.counts - 1)).sum()
        pairs[number] = table.size * (table.size - 1)
        mean[number] = (table.values @ table.values - table.squares) / shared if shared else 0.0
        same[number] = ((table.counts == 0) | (table.counts == table.size)).all()
    return DaySums(pairs, mean, same)


@dataclass(frozen=True)
class _Table:
    """What is added up for one group: episodes, unit residuals and episodes by day, squares."""

    size: int
    values: Array
    counts: Array
    squares: float

    def __add__(self, other: _Table) -> _Table:
        values, counts = (
            _padded(one, two)
            for one, two in ((self.values, other.values), (self.counts, other.counts))
        )
        return _Table(self.size + other.size, values, counts, self.squares + other.squares)


def _padded(one: Array, two: Array) -> Array:
    """Add two arrays of which one may be longer."""
    longer, shorter = (one, two) if len(one) >= len(two) else (two, one)
    total = longer.copy()
    total[: len(shorter)] += shorter
    return total


def _tables(
    abnormal: AbnormalReturns, order: Ints, group: Ints, anchor: Ints | None
) -> Iterator[tuple[int, _Table]]:
    """Yield the sums of each group, episodes in order of their group."""
    number, total = -1, _Table(0, np.zeros(0), np.zeros(0), 0.0)
    for begin in range(0, len(order), ROWS):
        rows = order[begin : begin + ROWS]
        block = abnormal.rows(rows)
        columns = np.broadcast_to(np.arange(block.residuals.shape[1]), block.residuals.shape)
        if anchor is not None:
            columns = anchor[rows, None] - block.estimation_day_numbers
        for of_group, table in _of_block(block.residuals, columns, group[rows]):
            if of_group == number:
                total += table
                continue
            if total.size:
                yield number, total
            number, total = of_group, table
    if total.size:
        yield number, total


def _of_block(residuals: Array, columns: Ints, group: Ints) -> Iterator[tuple[int, _Table]]:
    """Yield the sums of each group that a block of episodes holds, groups in order."""
    known = np.isfinite(residuals)
    n = known.sum(axis=1)
    if not known.all():
        residuals, columns = np.where(known, residuals, 0.0), np.where(known, columns, 0)
    count = np.maximum(n, 1)[:, None]
    unit = residuals - residuals.sum(axis=1, keepdims=True) / count
    unit *= known
    spread = np.sqrt(np.einsum("ij,ij->i", unit, unit)[:, None] / count)
    usable = (n >= FEWEST_COMMON) & (spread[:, 0] > 0)
    np.divide(unit, spread, out=unit, where=usable[:, None])
    unit[~usable] = 0.0
    counted = known & usable[:, None]
    place = np.cumsum(np.diff(group, prepend=group[:1]) != 0)
    numbers, size = group[np.flatnonzero(np.diff(place, prepend=-1))], int(columns.max()) + 1
    cells = (place[:, None] * size + columns).ravel()
    shape = (len(numbers), size)
    values = np.bincount(cells, unit.ravel(), minlength=len(numbers) * size).reshape(shape)
    counts = np.bincount(cells, counted.ravel(), minlength=len(numbers) * size).reshape(shape)
    squares = np.bincount(place, np.where(usable, n, 0))
    members = np.bincount(place, usable).astype(int)
    yield from (
        (number, _Table(*table))
        for number, *table in zip(
            numbers.tolist(), members.tolist(), values, counts, squares.tolist(), strict=True
        )
    )
