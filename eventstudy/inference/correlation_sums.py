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
    from collections.abc import Callable, Iterator

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Ints, Mask

FEWEST_COMMON = 30
"""Pairs with fewer common dates count as uncorrelated."""
ROWS = 128
"""Episodes whose residuals are made at once."""


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
    whole = abnormal.whole
    study = abnormal if whole is None else whole[0]
    group, anchor = study.once(("groups", name), lambda: grouped(study))
    tables = study.once(("day sums", name), lambda: dict(_tables(study, group, anchor)))
    if whole is not None:
        lacking = np.ones(len(group), dtype=bool)
        lacking[whole[1]] = False
        others = np.flatnonzero(lacking & np.isin(group, list(tables)))
        days = None if anchor is None else anchor[others]
        tables = dict(tables)
        for number, table in _tables(study.rows(others), group[others], days, least=1):
            tables[number] -= table
    each_group = [(number, *_mean_of(table)) for number, table in tables.items()]
    columns = list(zip(*each_group, strict=True)) if each_group else [(), (), (), ()]
    kinds = (np.intp, float, float, bool)
    return DaySums(*(np.array(each, kind) for each, kind in zip(columns, kinds, strict=True)))


def _mean_of(table: _Table) -> tuple[int, float, bool]:
    """Ordered pairs of a group, their mean correlation, and whether it is exact."""
    counts = np.rint(table.counts)
    shared = float((counts * (counts - 1)).sum())
    mean = float(table.values @ table.values - table.squares) / shared if shared else 0.0
    same = bool(((counts == 0) | (counts == table.size)).all())
    return table.size * (table.size - 1), mean, same


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

    def __sub__(self, other: _Table) -> _Table:
        return self + _Table(-other.size, -other.values, -other.counts, -other.squares)


def _padded(one: Array, two: Array) -> Array:
    """Add two arrays of which one may be longer."""
    longer, shorter = (one, two) if len(one) >= len(two) else (two, one)
    total = longer.copy()
    total[: len(shorter)] += shorter
    return total


def _tables(
    abnormal: AbnormalReturns, group: Ints, anchor: Ints | None, least: int = 2
) -> Iterator[tuple[int, _Table]]:
    """Yield the sums of each group of so many episodes or more, by group."""
    _, place, size = np.unique(group, return_inverse=True, return_counts=True)
    order = np.argsort(place, kind="stable")
    order = order[size[place[order]] >= least]
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
            if begin or total.size:
                yield number, total
            number, total = of_group, table
    if len(order):
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
