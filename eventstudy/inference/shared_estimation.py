"""The correlation of windows of one series whose normal returns rest on the same days."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.abnormal.placed_returns import PlacedReturns
from eventstudy.arrays import Array, Ints
from eventstudy.design.windows import AssetReturns
from eventstudy.models import NormalReturnModel
from eventstudy.settings import Window, length

if TYPE_CHECKING:
    from eventstudy.inference.samples import Samples


INFLATION = 1.1
"""Variance of a mean, over that of independent episodes, from which independence is refused."""

CELLS = 40_000
"""Sessions of successive assets that are added up at once: they stay in the processor's cache."""
HELD = 2_000_000
"""Days of estimation and event windows of samples that are added up at once: 32 MB."""


def shared_estimation_correlation(
    abnormal: AbnormalReturns, window: Window, asset: AssetReturns, model: NormalReturnModel
) -> float:
    """Return the mean correlation between CARs of one series that the estimation alone causes.

    CAR_i = Σ over the window of y_t - x*'(X_i'X_i)⁻¹X_i'y is linear in the returns y, CAR = Ay.
    With independent returns of one variance its correlations are those of AA': episodes with
    common estimation days share the error of α and β, and those with event days in one another's
    estimation windows have some of it back. Only the unit rows of A and their sum are
    needed: r̄ = (|Σ a_i|² - N)/(N(N - 1)).

    Parameters
    ----------
    abnormal : AbnormalReturns
        N episodes of one asset, complete over the window.
    window : (int, int)
        CAR window.
    asset : AssetReturns
        The asset's returns and factors.
    model : NormalReturnModel
        Its model: one without parameters has nothing to share; all others are taken to be
        least squares on a constant and the factors.

    Returns
    -------
    float
        r̄, which may be below 0; NaN for fewer than two episodes.
    """
    n = len(abnormal.day0)
    if n < 2:
        return float("nan")
    estimation, weights = _weights(abnormal, window, asset, model)
    days = abnormal.days(window)
    norm = np.sqrt((weights**2).sum(axis=1) + days.shape[1])
    total = np.zeros(len(asset.calendar.sessions))
    np.add.at(total, estimation, weights / norm[:, None])
    np.add.at(total, days, 1.0 / norm[:, None])
    return float((total @ total - n) / (n * (n - 1)))


def _weights(
    abnormal: AbnormalReturns, window: Window, asset: AssetReturns, model: NormalReturnModel
) -> tuple[Ints, Array]:
    """Weights of estimation days in the normal return over a window; both (episodes, L1)."""
    used = np.isfinite(abnormal.residuals)
    estimation = np.where(used, abnormal.estimation_days, 0)
    if not model.fewest:  # nothing is estimated beside the variance
        return estimation, np.zeros(estimation.shape)
    regressors = np.column_stack([np.ones(len(asset.returns)), asset.factors])
    x = np.where(used[..., None], regressors[estimation], 0.0)
    event = regressors[abnormal.days(window)].sum(axis=1)
    moments = np.einsum("nti,ntj->nij", x, x)
    solved = np.linalg.solve(moments, event[..., None])[..., 0]
    return estimation, -np.einsum("nti,ni->nt", x, solved)


def _placed_square(abnormal: PlacedReturns, window: Window) -> float:
    """Sum over assets of |Σ a_i|², as in `shared_estimation_correlation`, without any window.

    The weight of an estimation day in CAR_i is -x_t'(X_i'X_i)⁻¹x*, and |a_i| is the error of the
    CAR over s: only Σ_i (X_i'X_i)⁻¹x*/|a_i| over the windows that hold a day is needed, a running
    sum of what begins and what ends there.
    """
    series, order = abnormal.series, np.argsort(abnormal.code, kind="stable")
    ends = np.searchsorted(abnormal.code[order], np.arange(len(series.assets) + 1))
    norm = abnormal.car_se(window) / np.sqrt(abnormal.s2)
    x = np.full((len(norm), 1 + len(series.factors)), float(length(window)))
    for column, factor in enumerate(series.factors, 1):
        x[:, column] = abnormal.cells(factor, window).sum(axis=1)
    weights = np.einsum("nij,nj->ni", abnormal.half, np.einsum("nji,nj->ni", abnormal.half, x))
    steps = np.column_stack([np.ones(len(norm)), weights]) / norm[:, None]
    total, first = 0.0, 0
    while first < len(series.assets):
        last = first + 1
        while last < len(series.assets) and series.edges[last] - series.edges[first] < CELLS:
            last += 1
        rows = order[ends[first] : ends[last]]
        if len(rows):
            cells = slice(int(series.edges[first]), int(series.edges[last]))
            total += _square_of_cells(abnormal, rows, steps[rows], window, cells)
        first = last
    return total


def _square_of_cells(
    abnormal: PlacedReturns, rows: Ints, steps: Array, window: Window, cells: slice
) -> float:
    """Return |Σ a_i|² of the episodes of some successive assets, added up.

    `steps` has what each adds to the days of its window, and to the coefficients of the days of
    its estimation window.
    """
    series, size = abnormal.series, cells.stop - cells.start
    zero = abnormal.cell[rows] - cells.start
    (total,) = _held(zero, window, size, [steps[:, 0]])
    day, *slopes = _held(zero, abnormal.spans.estimation, size, list(steps[:, 1:].T))
    for slope, factor in zip(slopes, series.factors, strict=True):
        day += np.multiply(slope, factor[cells], out=slope)
    np.subtract(total, day, out=total, where=series.free[cells])
    return float(np.einsum("i,i->", total, total))


def _held(zero: Ints, span: Window, size: int, columns: list[Array]) -> list[Array]:
    """Add up on each of some cells what the windows that hold it have, for several columns.

    A running sum of what begins and what ends, made where something does, and repeated between.
    """
    begin, end = zero + span[0], zero + span[1] + 1
    there = np.zeros(size + 1, dtype=bool)
    there[begin] = there[end] = there[0] = True
    places = np.flatnonzero(there)
    lengths, sums = np.diff(places, append=size), []
    for values in columns:
        changes = np.zeros(size + 1)
        np.add.at(changes, begin, values)
        np.subtract.at(changes, end, values)
        sums.append(np.repeat(np.cumsum(changes[places]), lengths))
    return sums


def shared_estimations(samples: Samples, window: Window) -> Array:
    """Return `shared_estimation_correlation` of each of many samples of one asset.

    Parameters
    ----------
    samples : Samples
        N episodes each, complete over the window.
    window : (int, int)
        CAR window.

    Returns
    -------
    ndarray, shape (samples,)
    """
    days, n, asset = samples.days, samples.n, str(samples.days.assets[0])
    data, model = samples.history.data[asset], samples.history.models[asset]
    estimation, weights = _weights(days, window, data, model)
    event, size = days.days(window), len(data.returns)
    norm = np.sqrt((weights**2).sum(axis=1) + event.shape[1])[:, None]
    columns = np.hstack([estimation, event])
    entries = np.hstack([weights / norm, np.broadcast_to(1.0 / norm, event.shape)])
    rbar = np.empty(len(samples.rows))
    step = max(HELD // (n * columns.shape[1]), 1)
    for first in range(0, len(rbar), step):
        rows = samples.rows[first : first + step]
        cells = columns[rows] + size * np.arange(len(rows))[:, None, None]
        total = np.bincount(cells.ravel(), entries[rows].ravel(), size * len(rows))
        square = (total.reshape(len(rows), size) ** 2).sum(axis=1)
        rbar[first : first + step] = (square - n) / (n * (n - 1))
    return rbar


def same_series_correlation(
    abnormal: AbnormalReturns, window: Window, history: PlaceboDays
) -> float:
    """Return the mean correlation over all pairs that a shared estimation window causes.

    Pairs of different series share no estimation and count as zero.

    Parameters
    ----------
    abnormal : AbnormalReturns
        N episodes of one or several assets, complete over the window.
    window : (int, int)
        CAR window.
    history : PlaceboDays
        The series behind them.

    Returns
    -------
    float
        NaN for fewer than two episodes.
    """
    if len(abnormal.day0) < 2:
        return float("nan")
    return abnormal.once(("same series", window), lambda: _same_series(abnormal, window, history))


def _same_series(abnormal: AbnormalReturns, window: Window, history: PlaceboDays) -> float:
    """Add up what the episodes of each series share."""
    n, total = len(abnormal.day0), 0.0
    if isinstance(abnormal, PlacedReturns):
        return float((_placed_square(abnormal, window) - n) / (n * (n - 1)))
    for asset, rows in abnormal.rows_by_asset().items():
        if len(rows) > 1:
            data, model = history.data[asset], history.models[asset]
            one_asset = abnormal.rows(rows)
            rbar = shared_estimation_correlation(one_asset, window, data, model)
            total += len(rows) * (len(rows) - 1) * rbar
    return total / (n * (n - 1))


def inflation(rbar: float, n: int) -> float:
    """Return √((1 + (N - 1) r̄)/(1 - r̄)): the true over the naive standard error of a mean.

    The spread between N episodes that correlate by r̄ is too small by √(1 - r̄), and their
    mean varies by √(1 + (N - 1) r̄) (Kolari and Pynnönen 2010).

    Parameters
    ----------
    rbar : float
        Mean correlation; taken as 0 where it is below, or NaN.
    n : int
        Episodes.

    Returns
    -------
    float
        NaN where all are one and the same (r̄ = 1), and their spread says nothing.
    """
    if rbar > 1 - 1e-12:
        return float("nan")
    return float(np.sqrt((1 + (n - 1) * rbar) / (1 - rbar))) if rbar > 0 else 1.0


def estimation_inflation(rbar: float, n: int) -> float:
    """As `inflation`, where it matters: one where the variance grows by less than a tenth.

    A few windows of one series always share a little of the error of α; from 1.1 on, the bound
    from which the router refuses tests that need independence, it is allowed for.

    Parameters
    ----------
    rbar : float
        What `shared_estimation_correlation` returned.
    n : int
        Episodes.
    """
    factor = inflation(rbar, n)
    return 1.0 if factor**2 < INFLATION else factor
