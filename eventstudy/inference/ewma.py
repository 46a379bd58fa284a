"""How unusual a day's abnormal return is against ordinary days in the same volatility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.abnormal import AbnormalReturns

    Array = NDArray[np.float64]

DECAY = 0.94
"""Weight of yesterday's variance, as in RiskMetrics (1996)."""


@dataclass(frozen=True)
class ScaledDays:
    """Abnormal returns over the volatility of the days just before them.

    Parameters
    ----------
    z : ndarray, shape (episodes, days)
        Abnormal return over sigma, for every day of the event window.
    p : ndarray, shape (episodes, days)
        (1 + number of estimation days with |z| at least as large) / (n + 1).
    ratio : ndarray, shape (episodes,)
        Sigma on the eve of day 0 over the residual standard deviation of the estimation
        window.
    n : ndarray of int, shape (episodes,)
        Estimation days ranked; 1/(n + 1) is the smallest attainable p.
    """

    z: Array
    p: Array
    ratio: Array
    n: NDArray[np.intp]


def _running_variance(residuals: Array, start: Array) -> Array:
    """Variance forecast for each day from the days before it; missing days leave it as is."""
    variance = np.empty_like(residuals)
    current = start
    for day in range(residuals.shape[1]):
        variance[:, day] = current
        shock = residuals[:, day] ** 2
        current = np.where(np.isfinite(shock), DECAY * current + (1 - DECAY) * shock, current)
    return variance


def scaled_days(abnormal: AbnormalReturns) -> ScaledDays:
    """Rank each event day among estimation days, all scaled by their own volatility.

    z_t = e_t/σ_t with σ²_{t+1} = .94 σ²_t + .06 e²_t, begun at the mean square of the
    estimation residuals and run through the gap, so that a day's own abnormal return never
    enters its σ. The sample-quantile test of Gelbach, Helland and Klick (2013) on scaled
    residuals, in the spirit of Baker (2016).

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.

    Returns
    -------
    ScaledDays
        NaN where an abnormal return is missing.
    """
    inside = abnormal.residuals
    known = np.isfinite(inside)
    n = known.sum(axis=1)
    total = np.where(known, inside, 0.0) ** 2
    start = np.divide(total.sum(axis=1), n, out=np.full(len(n), np.nan), where=n > 0)
    path = np.hstack([inside, abnormal.gap, abnormal.ar])
    variance = _running_variance(path, start)
    scaled = path / np.sqrt(variance)
    days = abnormal.ar.shape[1]
    z, before = scaled[:, -days:], np.abs(scaled[:, : inside.shape[1]])
    p = np.full_like(z, np.nan)
    for row in range(len(z)):
        ordered = np.sort(before[row, known[row]])
        larger = len(ordered) - np.searchsorted(ordered, np.abs(z[row]), side="left")
        p[row] = np.where(np.isfinite(z[row]), (1 + larger) / (n[row] + 1), np.nan)
    eve = variance[:, path.shape[1] - days - int(abnormal.tau[0])]
    return ScaledDays(z, p, np.sqrt(eve / abnormal.s2), n)
