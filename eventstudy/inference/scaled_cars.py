"""CARs, and the sums of ordinary days, over the volatility of their eve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.arrays import Array, Ints
from eventstudy.inference.volatility import eve_variance, ewma_variance
from eventstudy.settings import Window, length

FEW_DAYS = 8
"""Runs shorter than this are added day by day, in the order in which numpy adds them."""

SHORT = 5
"""Ranks of longer windows allow for the error of the estimated normal return."""


@dataclass(frozen=True)
class ScaledCars:
    """CARs over the volatility of their eve.

    Parameters
    ----------
    z : ndarray, shape (episodes,)
        CAR over `scale`.
    eve : ndarray, shape (episodes,)
        Sigma on the eve of the window.
    scale : ndarray, shape (episodes,)
        What a CAR is divided by, a fraction: sigma sqrt(L), times the error of the normal
        return where that is allowed for.
    """

    z: Array
    eve: Array
    scale: Array


@dataclass(frozen=True)
class ScaledSums(ScaledCars):
    """CARs over the volatility of their eve, and those of ordinary days.

    Parameters
    ----------
    before : ndarray, shape (episodes, L1 - L + 1)
        The same as `z` of L successive estimation days; NaN where one is left out.
    """

    before: Array

    @property
    def n(self) -> Ints:
        """Number of ordinary sums of each episode."""
        count: Ints = np.isfinite(self.before).sum(axis=1)
        return count


def running_sums(values: Array, days: int) -> Array:
    """Return sums of every run of as many successive columns; none where there are fewer columns.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        NaN makes the sums that hold it NaN.
    days : int
        Length of a run.

    Returns
    -------
    ndarray, shape (rows, columns - days + 1)
    """
    if values.shape[1] < days:
        return np.empty((len(values), 0))
    if days < FEW_DAYS:
        last = values.shape[1] - days + 1
        sums = values[:, :last].copy()
        for day in range(1, days):
            sums += values[:, day : last + day]
        return sums
    runs = np.lib.stride_tricks.sliding_window_view(values, days, axis=1)
    return np.asarray(runs.sum(axis=-1), dtype=np.float64)


def scaled_cars(
    abnormal: AbnormalReturns, window: Window, variance: Array | None = None
) -> ScaledCars:
    """Divide CARs by the volatility on the eve of their first day.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    window : (int, int)
        CAR window of L sessions.
    variance : ndarray, shape (episodes,), optional
        Variance forecast of its first day. Default: exponentially weighted, `eve_variance`.

    Returns
    -------
    ScaledCars
    """
    eve = np.sqrt(eve_variance(abnormal, window[0]) if variance is None else variance)
    scale = eve * np.sqrt(length(window))
    return ScaledCars(abnormal.car(window) / scale, eve, scale)


def scaled_sums(abnormal: AbnormalReturns, window: Window, variance: Array) -> ScaledSums:
    """Divide CARs, and all sums of as many successive estimation residuals, by volatility.

    The volatility is that on the eve of the first day: no day of a sum enters its own scale.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    window : (int, int)
        CAR window of L sessions.
    variance : ndarray, shape (episodes, L1 + gap + days)
        Variance forecast of each day.

    Returns
    -------
    ScaledSums
    """
    first = variance.shape[1] - len(abnormal.tau) + abnormal.columns(window).start
    days, cars = length(window), scaled_cars(abnormal, window, variance[:, first])
    sums = running_sums(abnormal.residuals, days)
    spread = np.sqrt(days * variance[:, : sums.shape[1]])
    return ScaledSums(cars.z, cars.eve, cars.scale, sums / spread)


def estimation_error(days: int, observed: Ints) -> tuple[Array, Array]:
    """Return how much the error of a mean estimated on L1 days widens sums of L days.

    Their standard deviation over σ√L: √(1 + L/L1) outside the estimation window, where the
    errors add, and √(1 - L/L1) inside it, where the residuals sum to zero.

    Parameters
    ----------
    days : int
        L.
    observed : ndarray of int, shape (episodes,)
        L1, days that were used.

    Returns
    -------
    outside, inside : ndarray, shape (episodes,)
        `inside` is NaN where an estimation window is no longer than the sum: all its residuals
        together say nothing.
    """
    share = days / np.maximum(observed, 1)
    return np.sqrt(1 + share), np.sqrt(np.where(share < 1, 1 - share, np.nan))


def ranked_sums(abnormal: AbnormalReturns, window: Window) -> ScaledSums:
    """Scale CARs and ordinary sums by the EWMA volatility, as `ewma-sq` ranks them.

    As `scaled_sums`; for more than five days both sides are divided by `estimation_error`,
    without which a CAR of 21 days is compared with sums that are too small. For fewer it is
    not worth a further figure.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    window : (int, int)
        CAR window of L sessions.

    Returns
    -------
    ScaledSums
    """
    scaled = scaled_sums(abnormal, window, ewma_variance(abnormal))
    if length(window) <= SHORT:
        return scaled
    outside, inside = estimation_error(length(window), abnormal.observed)
    return ScaledSums(
        scaled.z / outside, scaled.eve, scaled.scale * outside, scaled.before / inside[:, None]
    )
