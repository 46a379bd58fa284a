"""The returns of all assets of a study in one row, so that a window is a place in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.design.asset_returns import days_of, sizes_of
from eventstudy.executors import shared_zeros
from eventstudy.models.traits import factors_of
from eventstudy.settings import length

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from eventstudy.arrays import Array, Dates, Ints, Mask
    from eventstudy.design.windows import AssetReturns
    from eventstudy.models.least_squares import Design, LeastSquares
    from eventstudy.settings import Options, Windows

NO_DAY = np.iinfo(np.int32).min
ASSETS = 250
"""Assets whose returns a process puts into place, and fits, at once."""


@dataclass(frozen=True)
class Series:
    """Returns, factors and dates of all assets, one asset after the other.

    Each asset has a stretch of cells of its own: its sessions, and before and after them so many
    cells without a return that no window leaves the stretch. A stretch begins at a multiple of
    the length of the estimation window, whatever assets come before it.

    Parameters
    ----------
    assets : tuple of str
        The assets in order.
    edges : ndarray of int, shape (assets + 1,)
        Cell at which the stretch of each begins, and that after the last.
    start, sessions : ndarray of int, shape (assets,)
        Cell of the first session of each, and the number of its sessions.
    constant : ndarray of bool, shape (assets,)
        Whether the model of each has a constant.
    slopes : ndarray of int, shape (assets,)
        How many factors the model of each has.
    returns : ndarray, shape (cells,)
        Returns as fractions; NaN = none.
    offset : ndarray, shape (cells,), or None
        Part of the normal return that has no parameter; None = nothing.
    factors : ndarray, shape (most factors, cells)
        What has a slope; zero where the model of an asset has fewer.
    benchmark : ndarray, shape (cells,), or None
        Benchmark returns; None = the normal returns.
    fixed : ndarray, shape (assets, 1 + factors)
        α and the slopes that a model sets; NaN where they are estimated, or there are none.
    days : ndarray of int32, shape (cells,)
        Dates as days since 1970; `NO_DAY` beyond the sessions.
    known, free : ndarray of bool, shape (cells,)
        Whether a day has a return and all factors; and is no event day besides. The same array
        where event days are not left out.
    dated : ndarray of int
        Days since 1970 among which those of all assets are, ascending.
    """

    assets: tuple[str, ...]
    edges: Ints
    start: Ints
    sessions: Ints
    constant: Mask
    slopes: Ints
    returns: Array
    offset: Array | None
    factors: Array
    benchmark: Array | None
    fixed: Array
    days: NDArray[np.int32]
    known: Mask
    free: Mask
    dated: Ints

    def target(self, cells: slice | Ints) -> Array:
        """Return returns of some cells less what has no parameter."""
        values: Array = self.returns[cells]
        return values if self.offset is None else values - self.offset[cells]

    def dates(self, cells: Ints | NDArray[np.int32]) -> Dates:
        """Return days since 1970 as dates; `NO_DAY` as NaT."""
        days = cells.astype("datetime64[D]")
        days[cells == NO_DAY] = np.datetime64("NaT", "D")
        return days


def runs(values: NDArray[Any], size: int) -> NDArray[Any]:
    """Return every run of successive values, a view of shape (values - size + 1, size).

    As `numpy.lib.stride_tricks.sliding_window_view`, without its cost of 10 µs a call.
    """
    shape, step = (len(values) - size + 1, size), values.strides[0]
    return np.ndarray(shape, values.dtype, values.data, strides=(step, step))


def row_counts(mask: Mask) -> Ints:
    """Count what is true in each row: by bytes, five times as fast as `sum`."""
    size = np.uint8 if mask.shape[1] < 256 else np.int32
    counts: Ints = np.add.reduce(mask.view(np.uint8), axis=1, dtype=size).astype(np.intp)
    return counts


def empty_series(
    data: Mapping[str, AssetReturns],
    models: Sequence[LeastSquares],
    windows: Windows,
    options: Options,
    executor: Executor | None = None,
) -> Series:
    """Lay out the returns of all assets in one row; `put` puts them there.

    Parameters
    ----------
    data : mapping of str to AssetReturns
        Returns of each asset.
    models : sequence of LeastSquares
        Model of each, see `eventstudy.models.traits.is_plain`.
    windows : Windows
        Windows in event time.
    options : Options
        `exclude_from_estimation` and `benchmark`.
    executor : Executor, optional
        Copies of this process (`Forks`) put them there; another one is not asked.
    """
    size, before = length(windows.estimation), -windows.estimation[0]
    sessions = np.array(sizes_of(data), dtype=np.intp)
    stretch = -(-(before + sessions + windows.event[1] + size) // size) * size
    edges = np.concatenate([[0], np.cumsum(stretch)])
    slopes, fixed = _parameters(models)
    cells, zeros = int(edges[-1]), partial(shared_zeros, executor)
    known = zeros((cells,), bool)
    return Series(
        assets=tuple(data),
        edges=edges,
        start=edges[:-1] + before,
        sessions=sessions,
        constant=slopes >= 0,
        slopes=np.maximum(slopes, 0),
        returns=zeros((cells,), float),
        offset=zeros((cells,), float),
        factors=zeros((max(int(slopes.max()), 0), cells), float),
        benchmark=None if options.benchmark is None else zeros((cells,), float),
        fixed=fixed,
        days=zeros((cells,), np.int32),
        known=known,
        free=known if options.exclude_from_estimation is None else zeros((cells,), bool),
        dated=days_of(data).astype(np.intp),
    )


def _parameters(models: Sequence[LeastSquares]) -> tuple[Ints, Array]:
    """Return on how many factors each model has a slope, -1 without a constant, and `fixed`."""
    kinds = {id(model): model for model in models}
    most = max(map(factors_of, kinds.values()))
    slopes, fixed = {}, {}
    for kind, model in kinds.items():
        slopes[kind] = len(model.declare(np.ones((1, factors_of(model)))).names) - 1
        fixed[kind] = np.full(1 + most, np.nan)
        fixed[kind][: len(model.fixed or ())] = model.fixed or ()
    of_assets = [id(model) for model in models]
    return np.array([slopes[each] for each in of_assets]), np.array([fixed[e] for e in of_assets])


def put(series: Series, row: int, returns: AssetReturns, design: Design, shared: Mask) -> bool:
    """Put the returns of an asset into its stretch of a series.

    Parameters
    ----------
    series : Series
        As of `empty_series`.
    row : int
        Which asset.
    returns : AssetReturns
        Its returns.
    design : Design
        What its model declares of them.
    shared : ndarray of bool, shape (sessions,)
        Whether a session is an event day.

    Returns
    -------
    bool
        Whether a part of its normal returns has no parameter.
    """
    begin, slopes = int(series.start[row]), int(series.slopes[row])
    inside = slice(begin, begin + int(series.sessions[row]))
    for beyond in (slice(series.edges[row], begin), slice(inside.stop, series.edges[row + 1])):
        series.returns[beyond], series.days[beyond] = np.nan, NO_DAY
        series.factors[:slopes, beyond] = np.nan
        if series.benchmark is not None:
            series.benchmark[beyond] = np.nan
    series.returns[inside] = returns.returns
    series.factors[:slopes, inside] = design.regressors[:, 1:].T
    if series.benchmark is not None:
        series.benchmark[inside] = returns.benchmark
    series.days[inside] = returns.calendar.sessions.astype("datetime64[D]").astype(np.int32)
    known = np.isfinite(returns.returns)
    for factor in returns.factors.T:
        known &= np.isfinite(factor)
    series.known[inside] = known
    if series.free is not series.known:
        series.free[inside] = known & ~shared
    offset = bool(design.offset.any())
    if offset and series.offset is not None:
        series.offset[series.edges[row] : series.edges[row + 1]] = np.nan
        series.offset[inside] = design.offset
    return offset
