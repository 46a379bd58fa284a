"""Least squares of all episodes of a study at once, from sums over their estimation windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal.series import row_counts, runs
from eventstudy.abnormal.shortages import shortage
from eventstudy.executors import ranges, shared_zeros
from eventstudy.models.least_squares import half
from eventstudy.models.moments import MomentFits, fit_moments, products
from eventstudy.models.solvers import moments_solver, too_few
from eventstudy.models.window_sums import block_sums, gathered_products, prefers_blocks

if TYPE_CHECKING:
    from concurrent.futures import Executor

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

    def without_offset(self) -> Windowed:
        """Return the same windows of normal returns that have parameters alone."""
        return replace(self, series=replace(self.series, offset=None))

    def counts(self, mask: Mask, episodes: slice) -> Ints:
        """Count the days of some estimation windows at which a mask is true."""
        first, inside = self.first[episodes], runs(mask, self.size)
        counted = np.empty(len(first), dtype=np.intp)
        for rows in ranges(len(first), COUNTED):
            counted[rows] = row_counts(inside[first[rows]])
        return counted

    def of_assets(self, assets: slice) -> slice:
        """Return the episodes of successive assets."""
        first, last = np.searchsorted(self.code, [assets.start, assets.stop]).tolist()
        return slice(first, last)


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

    @classmethod
    def empty(cls, windows: int, slopes: int, executor: Executor | None) -> PlacedFits:
        """Return fits that are still to be made, by copies of this process if these do it."""
        floats = partial(shared_zeros, executor, dtype=float)
        return cls(
            fits=MomentFits(
                constant=floats((windows,)),
                slopes=floats((windows, slopes)),
                half=floats((windows, 1 + slopes, 1 + slopes)),
                s2=floats((windows,)),
                df=floats((windows,)),
            ),
            observed=shared_zeros(executor, (windows,), np.intp),
            missing=shared_zeros(executor, (windows,), np.intp),
            excluded=shared_zeros(executor, (windows,), np.intp),
            reasons=np.full(windows, "", dtype=object),
            unestimated=np.full(windows, "", dtype=object),
            tried=shared_zeros(executor, (windows,), bool),
        )


def fit_assets(
    windowed: Windowed, placed: PlacedFits, fewest: Ints, assets: slice
) -> list[tuple[int, str, str]]:
    """Fit the episodes of successive assets from the sums over their estimation windows.

    Windows that sums cannot tell (see `fit_moments`) are solved by `moments_solver`.

    Parameters
    ----------
    windowed : Windowed
        The estimation windows.
    placed : PlacedFits
        Where the fits are written.
    fewest : ndarray of int, shape (assets,)
        `NormalReturnModel.fewest` of each asset's model.
    assets : slice
        Which assets.

    Returns
    -------
    list of (int, str, str)
        Episodes without a fit, and `PlacedFits.reasons` and `unestimated` of each.
    """
    series, rows = windowed.series, windowed.of_assets(assets)
    cells = slice(*series.edges[[assets.start, assets.stop]].tolist())
    known = windowed.counts(series.known, rows)
    all_free = np.array_equal(series.free[cells], series.known[cells])
    observed = known if all_free else windowed.counts(series.free, rows)
    code = windowed.code[rows]
    parameters = series.slopes[code] + series.constant[code]
    short = observed < windowed.needed[code]
    tight = ~short & (observed <= np.maximum(parameters, 1))
    placed.observed[rows], placed.tried[rows] = observed, ~short & ~tight
    placed.missing[rows], placed.excluded[rows] = windowed.size - known, known - observed
    fits, none = placed.fits, parameters == 0
    fits.s2[rows], fits.df[rows] = np.nan, np.nan
    for values in (fits.constant, fits.slopes, fits.half):
        values[rows] = np.nan
        values[rows][none] = 0.0
    _say_short(windowed, placed, rows.start + np.flatnonzero(short), fewest)
    for row in np.flatnonzero(tight & (parameters > 0)).tolist():
        placed.reasons[rows.start + row] = too_few(int(observed[row]), int(parameters[row]))
    hard = [np.empty(0, dtype=np.intp)]
    for inside, alike, by_blocks in _chunks(windowed, placed.tried, assets):
        summed = _block_products if by_blocks else gathered_products
        made, unsure = _fit_chunk(windowed, inside, alike, placed.observed[inside], summed)
        fits.put(inside, made)
        hard.append(inside[unsure])
    solve_again(windowed, placed, np.concatenate(hard), moments_solver)
    texts = (placed.reasons[rows], placed.unestimated[rows])
    said = np.flatnonzero((texts[0] != "") | (texts[1] != "")).tolist()
    return [(rows.start + row, texts[0][row], texts[1][row]) for row in said]


def _say_short(windowed: Windowed, placed: PlacedFits, short: Ints, fewest: Ints) -> None:
    """Say of each episode with too few estimation returns how many there are."""
    for row in short.tolist():
        asset = windowed.code[row]
        text = shortage(
            int(placed.observed[row]),
            windowed.size,
            int(windowed.needed[asset]),
            int(placed.missing[row]),
            int(placed.excluded[row]),
        )
        (placed.reasons if fewest[asset] else placed.unestimated)[row] = text


def _chunks(windowed: Windowed, good: Mask, assets: slice) -> Iterator[tuple[Ints, slice, bool]]:
    """Yield rows to fit, the assets that they are of, and whether they are summed by blocks."""
    series, of_assets = windowed.series, windowed.of_assets(assets)
    rows = of_assets.start + np.flatnonzero(good[of_assets])
    count = np.bincount(windowed.code[rows] - assets.start, minlength=assets.stop - assets.start)
    ends = np.cumsum(count)
    kinds = list(
        zip(
            series.constant[assets].tolist(),
            series.slopes[assets].tolist(),
            prefers_blocks(series.sessions[assets], count),
            strict=True,
        )
    )
    edges, first = series.edges[assets.start : assets.stop + 1].tolist(), 0
    while first < len(kinds):
        last = first + 1
        while (
            last < len(kinds) and edges[last] - edges[first] < CELLS and kinds[last] == kinds[first]
        ):
            last += 1
        inside = rows[ends[first] - count[first] : ends[last - 1]]
        if len(inside):
            yield inside, slice(assets.start + first, assets.start + last), kinds[first][2]
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
