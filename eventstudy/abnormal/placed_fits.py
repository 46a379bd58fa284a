"""Least squares of all episodes of a study at once, from sums over their estimation windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal.series import row_counts, runs
from eventstudy.abnormal.shortages import shortage
from eventstudy.models.least_squares import half
from eventstudy.models.moments import MomentFits, fit_moments, products
from eventstudy.models.solvers import moments_solver, too_few
from eventstudy.models.window_sums import block_sums, gathered_products, prefers_blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.abnormal.series import Series
    from eventstudy.arrays import Array, Ints, Mask
    from eventstudy.models.base import Solver

    Sums = Callable[[Array, Ints, int], Array]

CELLS = 100_000
"""Cells of the series that are summed at once."""
COUNTED = 2_000
"""Windows whose days are counted at once."""
HARD_ROWS = 256
"""Windows that are solved from their returns at once."""


@dataclass(frozen=True)
class Windowed:
    """Estimation windows of all episodes, by place.

    Parameters
    ----------
    series : Series
        Returns of all assets.
    code : ndarray of int, shape (episodes,)
        Asset of each, ascending.
    first : ndarray of int, shape (episodes,)
        Cell at which its estimation window begins.
    size : int
        L1.
    needed : ndarray of int, shape (assets,)
        Fewest estimation returns with which it is measured.
    """

    series: Series
    code: Ints
    first: Ints
    size: int
    needed: Ints

    def counts(self, mask: Mask) -> Ints:
        """Count the days of each estimation window at which a mask is true."""
        counted, inside = np.empty(len(self.first), dtype=np.intp), runs(mask, self.size)
        for begin in range(0, len(counted), COUNTED):
            rows = slice(begin, begin + COUNTED)
            counted[rows] = row_counts(inside[self.first[rows]])
        return counted


@dataclass(frozen=True)
class PlacedFits:
    """Fits of all episodes, and why there is none.

    Parameters
    ----------
    fits : MomentFits
        A row for each episode.
    observed, missing, excluded : ndarray of int, shape (episodes,)
        Returns used, days without one, event days of episodes.
    reasons, unestimated : ndarray of str, shape (episodes,)
        As of `AbnormalReturns`.
    tried : ndarray of bool, shape (episodes,)
        Whether there are returns enough to fit.
    """

    fits: MomentFits
    observed: Ints
    missing: Ints
    excluded: Ints
    reasons: NDArray[np.str_]
    unestimated: NDArray[np.str_]
    tried: Mask


def fit_places(windowed: Windowed, fewest: Ints) -> PlacedFits:
    """Fit every episode from the sums over its estimation window.

    Parameters
    ----------
    windowed : Windowed
        The estimation windows.
    fewest : ndarray of int, shape (assets,)
        `NormalReturnModel.fewest` of each asset's model.

    Returns
    -------
    PlacedFits
        Windows that sums cannot tell (see `fit_moments`) are solved by `moments_solver`.
    """
    series, code = windowed.series, windowed.code
    known = windowed.counts(series.known)
    alike = np.array_equal(series.free, series.known)
    observed = known if alike else windowed.counts(series.free)
    parameters = series.slopes[code] + series.constant[code]
    short = observed < windowed.needed[code]
    tight = ~short & (observed <= np.maximum(parameters, 1))
    placed = PlacedFits(
        fits=MomentFits.blank(len(code), len(series.factors)),
        observed=observed,
        missing=windowed.size - known,
        excluded=known - observed,
        reasons=np.full(len(code), "", dtype=object),
        unestimated=np.full(len(code), "", dtype=object),
        tried=~short & ~tight,
    )
    _say_short(windowed, placed, short, fewest)
    for row in np.flatnonzero(tight & (parameters > 0)).tolist():
        placed.reasons[row] = too_few(int(observed[row]), int(parameters[row]))
    none = parameters == 0
    placed.fits.constant[none], placed.fits.half[none], placed.fits.slopes[none] = 0.0, 0.0, 0.0
    hard = np.zeros(len(code), dtype=bool)
    for rows, assets, by_blocks in _chunks(windowed, placed.tried):
        summed = _block_products if by_blocks else gathered_products
        fits, unsure = _fit_chunk(windowed, rows, assets, observed[rows], summed)
        placed.fits.put(rows, fits)
        hard[rows] = unsure
    solve_again(windowed, placed, np.flatnonzero(hard), moments_solver)
    return placed


def _say_short(windowed: Windowed, placed: PlacedFits, short: Mask, fewest: Ints) -> None:
    """Say of each episode with too few estimation returns how many there are."""
    for row in np.flatnonzero(short).tolist():
        asset = windowed.code[row]
        text = shortage(
            int(placed.observed[row]),
            windowed.size,
            int(windowed.needed[asset]),
            int(placed.missing[row]),
            int(placed.excluded[row]),
        )
        (placed.reasons if fewest[asset] else placed.unestimated)[row] = text


def _chunks(windowed: Windowed, good: Mask) -> Iterator[tuple[Ints, slice, bool]]:
    """Yield rows to fit, the assets that they are of, and whether they are summed by blocks."""
    series, assets = windowed.series, len(windowed.series.assets)
    rows = np.flatnonzero(good)
    count = np.bincount(windowed.code[rows], minlength=assets)
    ends = np.cumsum(count)
    by_blocks = prefers_blocks(series.sessions, count)
    kinds = list(zip(series.constant.tolist(), series.slopes.tolist(), by_blocks, strict=True))
    edges, first = series.edges.tolist(), 0
    while first < assets:
        last = first + 1
        while last < assets and edges[last] - edges[first] < CELLS and kinds[last] == kinds[first]:
            last += 1
        inside = rows[ends[first] - count[first] : ends[last - 1]]
        if len(inside):
            yield inside, slice(first, last), kinds[first][2]
        first = last


def _fit_chunk(
    windowed: Windowed, rows: Ints, assets: slice, observed: Ints, summed: Sums
) -> tuple[MomentFits, Mask]:
    """Fit the episodes of some successive assets; say which must be solved again."""
    series, size = windowed.series, windowed.size
    edges = series.edges[assets.start : assets.stop + 1]
    cells, k = slice(edges[0], edges[-1]), int(series.slopes[assets.start])
    values = np.empty((1 + k, cells.stop - cells.start))
    values[0] = series.target(cells)
    values[1:] = series.factors[:k, cells]
    unused = np.flatnonzero(~series.free[cells])
    values[:, unused] = 0.0
    begin = edges[:-1] - edges[0]
    used = np.add.reduceat(series.free[cells], begin, dtype=np.intp)
    centre = np.add.reduceat(values, begin, axis=1) / np.maximum(used, 1)
    values -= np.repeat(centre, np.diff(edges), axis=1)
    values[:, unused] = 0.0
    sums = summed(values, windowed.first[rows] - edges[0], size)
    of_asset = windowed.code[rows] - assets.start
    constant = bool(series.constant[assets.start])
    return fit_moments(sums, observed, centre[:, of_asset], constant=constant)


def _block_products(values: Array, first: Ints, size: int) -> Array:
    """Return what `gathered_products` does, by sums of blocks."""
    return block_sums(products(values[0], values[1:]), first, size)


def solve_again(windowed: Windowed, placed: PlacedFits, rows: Ints, solver: Solver) -> None:
    """Fit some episodes from the returns of their estimation windows.

    Parameters
    ----------
    windowed : Windowed
        The estimation windows.
    placed : PlacedFits
        Their fits; those of the rows are replaced.
    rows : ndarray of int
        Episodes that have enough returns.
    solver : callable
        Solver of least squares.
    """
    series = windowed.series
    kind = 2 * series.slopes + series.constant
    for one in np.unique(kind[windowed.code[rows]]).tolist():
        alike = rows[kind[windowed.code[rows]] == one]
        for begin in range(0, len(alike), HARD_ROWS):
            _solve_rows(windowed, placed, alike[begin : begin + HARD_ROWS], solver)


def _solve_rows(windowed: Windowed, placed: PlacedFits, rows: Ints, solver: Solver) -> None:
    """Fit episodes of models with as many factors."""
    series, first = windowed.series, windowed.first[rows]
    asset = windowed.code[rows[0]]
    k, constant = int(series.slopes[asset]), bool(series.constant[asset])
    inside = first[:, None] + np.arange(windowed.size)
    x = np.empty((*inside.shape, constant + k))
    if constant:
        x[..., 0], x[..., 1:] = 1.0, np.moveaxis(series.factors[:k, inside], 0, -1)
    solved = solver(series.target(inside), x, series.free[inside])
    good = np.array([not reason for reason in solved.reasons], dtype=bool)
    fits = MomentFits.blank(len(rows), k)
    fits.s2[good], fits.df[good] = solved.s2[good], solved.df[good]
    if constant:
        fits.constant[good], fits.slopes[good] = solved.params[good, 0], solved.params[good, 1:]
        fits.half[good] = half(solved.inverse[good])
    else:
        fits.constant[good], fits.half[good] = 0.0, 0.0
    placed.fits.put(rows, fits)
    placed.reasons[rows] = np.array(solved.reasons, dtype=object)
