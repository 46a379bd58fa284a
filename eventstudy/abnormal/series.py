"""The returns of all assets of a study in one row, so that a window is a place in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.design.asset_returns import days_of, sizes_of
from eventstudy.design.windows import event_days
from eventstudy.executors import copies, empty_array, in_order, ranges
from eventstudy.models.traits import factors_of
from eventstudy.settings import length

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from numpy.typing import NDArray

    from eventstudy.arrays import Array, Dates, Ints, Mask
    from eventstudy.design.windows import AssetReturns
    from eventstudy.models.least_squares import LeastSquares
    from eventstudy.settings import Options, Windows

NO_DAY = np.iinfo(np.int32).min
ASSETS = 250
"""Assets whose returns a process puts into place at once."""


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
        Whether a day has a return and all factors; and is no event day besides.
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


def placed_series(
    data: Mapping[str, AssetReturns],
    models: Mapping[str, LeastSquares],
    events: Mapping[str, Ints],
    windows: Windows,
    options: Options,
    executor: Executor | None = None,
) -> Series:
    """Put the returns of all assets into one row.

    Parameters
    ----------
    data : mapping of str to AssetReturns
        Returns of each asset.
    models : mapping of str to LeastSquares
        Model of each, see `eventstudy.models.traits.is_plain`.
    events : mapping of str to ndarray of int
        Day 0 of the events of each, whose days leave the estimation windows of the others.
    windows : Windows
        Windows in event time.
    options : Options
        `exclude_from_estimation`.
    executor : Executor, optional
        Copies of this process (`Forks`) put them there; another one is not asked.
    """
    size, before = length(windows.estimation), -windows.estimation[0]
    sessions = np.array(sizes_of(data), dtype=np.intp)
    stretch = -(-(before + sessions + windows.event[1] + size) // size) * size
    edges = np.concatenate([[0], np.cumsum(stretch)])
    most = max(factors_of(model) for model in models.values())
    shape = (int(edges[-1]), most)
    made = _Cells.empty(shape, len(data), executor, options)
    assets, excluded = list(data), options.exclude_from_estimation

    def put(rows: slice) -> list[tuple[int, Array]]:
        offsets = []
        for row, asset in enumerate(assets[rows], rows.start):
            begin, last = edges[row : row + 2].tolist()
            inside = slice(begin + before, begin + before + int(sessions[row]))
            offset = made.put(row, slice(begin, last), inside, data[asset], models[asset])
            if made.free is not made.known:
                made.free[inside] &= ~event_days(events[asset], excluded, int(sessions[row]))
            if offset.any():
                offsets.append((row, offset))
        return offsets

    if copies(executor):
        data[assets[0]]  # what all assets share is made before the process is copied
    for offsets in in_order(copies(executor), put, ranges(len(assets), ASSETS)):
        for row, offset in offsets:
            made.put_offset(slice(*edges[row : row + 2].tolist()), before, offset)
    made.factors = made.factors[: made.slopes.max(initial=0)]
    start = edges[:-1] + before
    dated = days_of(data).astype(np.intp)
    places = {"edges": edges, "start": start, "sessions": sessions, "dated": dated}
    return Series(assets=tuple(data), **places, **vars(made))


@dataclass
class _Cells:
    """Cells that are filled asset by asset; fields as of `Series`."""

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

    @classmethod
    def empty(
        cls, shape: tuple[int, int], assets: int, executor: Executor | None, options: Options
    ) -> _Cells:
        """Return so many cells of so many factors, which `put` fills asset by asset."""
        cells, most = shape
        empty = partial(empty_array, executor)
        known = empty((cells,), bool)
        return cls(
            constant=empty((assets,), bool),
            slopes=empty((assets,), np.intp),
            returns=empty((cells,), float),
            offset=None,
            factors=empty((most, cells), float),
            benchmark=None if options.benchmark is None else empty((cells,), float),
            fixed=empty((assets, 1 + most), float),
            days=empty((cells,), np.int32),
            known=known,
            free=known if options.exclude_from_estimation is None else empty((cells,), bool),
        )

    def put(
        self, row: int, stretch: slice, inside: slice, returns: AssetReturns, model: LeastSquares
    ) -> Array:
        """Write the sessions of one asset into its stretch; return what has no parameter."""
        design = model.declare(returns.factors)
        self.constant[row] = len(design.names) > 0
        slopes = self.slopes[row] = max(len(design.names) - 1, 0)
        self.fixed[row] = np.nan
        if model.fixed is not None:
            self.fixed[row, : len(model.fixed)] = model.fixed
        self.returns[stretch], self.days[stretch] = np.nan, NO_DAY
        self.known[stretch], self.free[stretch] = False, False
        self.factors[:slopes, stretch], self.factors[slopes:, stretch] = np.nan, 0.0
        self.returns[inside] = returns.returns
        self.factors[:slopes, inside] = design.regressors[:, 1:].T
        if self.benchmark is not None:
            self.benchmark[stretch] = np.nan
            self.benchmark[inside] = returns.benchmark
        self.days[inside] = returns.calendar.sessions.astype("datetime64[D]").astype(np.int32)
        known = np.isfinite(returns.returns)
        for factor in returns.factors.T:
            known &= np.isfinite(factor)
        self.known[inside] = self.free[inside] = known
        return design.offset

    def put_offset(self, stretch: slice, before: int, offset: Array) -> None:
        """Write what has no parameter into the stretch of an asset; of others it is zero."""
        if self.offset is None:
            self.offset = np.zeros(len(self.returns))
        self.offset[stretch] = np.nan
        first = stretch.start + before
        self.offset[first : first + len(offset)] = offset
