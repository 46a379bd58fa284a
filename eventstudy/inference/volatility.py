"""Volatility of the days just before, and each abnormal return measured by it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal.placed_returns import PlacedReturns
from eventstudy.inference.packed_residuals import PackedResiduals, packed_residuals
from eventstudy.inference.ranks import p_of_rank
from eventstudy.inference.sums import by_blocks, collected, column

if TYPE_CHECKING:
    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.abnormal.placed_days import Column
    from eventstudy.arrays import Array, Ints, Mask


DECAY = 0.94
"""Weight of yesterday's variance, as in RiskMetrics (1996)."""

HELD_EPISODES = 2_000
"""Episodes up to which variances of every day are kept: 4 MB; tests and intervals share them."""

BLOCK = 256
"""Episodes whose variances are made at once: they stay in the processor's cache."""


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
    before : ndarray, shape (episodes, L1)
        Of each estimation day, its residual over sigma; NaN where it is missing.
    """

    z: Array
    p: Array
    ratio: Array
    n: Ints
    before: Array


def _running_variance(residuals: Array, start: Array) -> Array:
    """Variance forecast for each day from the days before it; missing days leave it as is."""
    from scipy.signal import lfilter

    known, first = np.isfinite(residuals), start[:, None]

    def path(shocks: Array) -> Array:
        later = lfilter([1 - DECAY], [1.0, -DECAY], shocks, axis=1, zi=DECAY * first)[0]
        return np.hstack([first, later])

    if known.all():
        return path(residuals**2)[:, :-1]
    before = np.cumsum(known, axis=1) - known
    shocks = np.zeros(residuals.shape)
    shocks[np.nonzero(known)[0], before[known]] = residuals[known] ** 2
    return np.take_along_axis(path(shocks), before, axis=1)


@cache
def _weights(size: int) -> Array:
    """Weights of the last so many shocks."""
    weights: Array = (1 - DECAY) * DECAY ** np.arange(size - 1, -1, -1, dtype=float)
    return weights


def _later_variance(days: PackedResiduals, start: Array) -> Array:
    """Variance forecast after the last of some days: what `_running_variance` ends with.

    Parameters
    ----------
    days : PackedResiduals
        Shocks.
    start : ndarray, shape (episodes,)
        Variance forecast for the first day.
    """
    shocks = np.vecdot(days.values * days.values, _weights(days.values.shape[1]))
    return np.asarray(DECAY ** days.count.astype(float) * start + shocks)


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
        NaN where an abnormal return is missing, or there is no day to rank among.
    """
    return by_blocks(abnormal, _scaled_days)


def _scaled_days(abnormal: AbnormalReturns) -> ScaledDays:
    """Rank the event days of a block of episodes."""
    inside = abnormal.residuals
    known = np.isfinite(inside)
    n = known.sum(axis=1)
    variance = ewma_variance(abnormal)
    path = np.hstack([inside, abnormal.gap, abnormal.ar])
    scaled = path / np.sqrt(variance)
    days = abnormal.ar.shape[1]
    z, before = scaled[:, -days:], scaled[:, : inside.shape[1]]
    p = np.full_like(z, np.nan)
    for row in range(len(z)):
        ordered = np.sort(np.abs(before[row, known[row]]))
        larger = len(ordered) - np.searchsorted(ordered, np.abs(z[row]), side="left")
        known_p = np.isfinite(z[row]) & (n[row] > 0)
        p[row] = np.where(known_p, p_of_rank(larger, n[row]), np.nan)
    return ScaledDays(z, p, sigma_ratio(abnormal), n, before)


def sigma_ratio(abnormal: AbnormalReturns) -> Array:
    """Return the volatility on the eve of day 0 over that of the estimation window.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.

    Returns
    -------
    ndarray, shape (episodes,)
        EWMA volatility (see `scaled_days`) over the residual standard deviation; made once.
    """
    return collected(abnormal, SIGMA_RATIO)


def _sigma_ratio(block: AbnormalReturns) -> Array:
    ratio: Array = np.sqrt(_variance_of(block, 0) / block.s2)
    return ratio


def eve_variance(abnormal: AbnormalReturns, day: int) -> Array:
    """Variance forecast of one day of the event window: a column of `ewma_variance`, made alone.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    day : int
        The day in event time.

    Returns
    -------
    ndarray, shape (episodes,)
        Made once for each day.
    """
    return collected(abnormal, column(("eve variance", day), partial(_variance_of, day=day)))


def _variance_of(block: AbnormalReturns, day: int) -> Array:
    """Variance forecast of a day from the days before it."""
    if isinstance(block, PlacedReturns):
        return _placed_variance(block, day)
    inside, until = block.residuals, block.over((int(block.tau[0]), day))
    variance = np.empty(len(inside))
    for first in range(0, len(inside), BLOCK):
        rows = slice(first, first + BLOCK)
        path = np.hstack([inside[rows], block.gap[rows], until[rows]])
        variance[rows] = _running_variance(path, _mean_square(inside[rows]))[:, -1]
    return variance


def _placed_variance(block: PlacedReturns, day: int) -> Array:
    """Variance forecast of a day from weights of the days before it."""
    days = packed_residuals(block)
    start = np.full(len(block), np.nan)
    np.divide(days.squares, days.count, out=start, where=days.count > 0)
    eve = _later_variance(days, start)
    faded, shocks = block.shared_column(*days_before(day)).T
    return np.asarray(faded * eve + shocks)


def days_before(day: int) -> Column:
    """Return what the variance forecast of a day takes of the days after the estimation window."""
    return ("days before", day), partial(_until, day=day)


def _until(episodes: PlacedReturns, day: int) -> Array:
    """Say what the days between the estimation window and a day make of a variance.

    Returns
    -------
    ndarray, shape (episodes, 2)
        What it is multiplied by, and what is added to it.
    """
    faded, shocks = np.ones(len(episodes)), np.zeros(len(episodes))
    first = episodes.spans.estimation[1] + 1
    if first < day:
        for values in map(episodes.on, range(first, day)):
            known = np.isfinite(values)
            later = DECAY * shocks + (1 - DECAY) * np.where(known, values, 0.0) ** 2
            shocks = np.where(known, later, shocks)
            faded = np.where(known, DECAY * faded, faded)
    return np.column_stack([faded, shocks])


SIGMA_RATIO = column("sigma ratio", _sigma_ratio)
"""Volatility on the eve of day 0 over that of the estimation window, a number an episode."""


def _mean_square(residuals: Array) -> Array:
    """Mean square of the residuals of each row that there are; NaN where there are none."""
    known = np.isfinite(residuals)
    n = known.sum(axis=1)
    total = np.where(known, residuals, 0.0) ** 2
    out = np.full(len(n), np.nan)
    mean: Array = np.divide(total.sum(axis=1), n, out=out, where=n > 0)
    return mean


def ewma_variance(abnormal: AbnormalReturns) -> Array:
    """Variance forecast of each day from the days before it, exponentially weighted.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.

    Returns
    -------
    ndarray, shape (episodes, L1 + gap + days)
        For the estimation window, the gap and the event window; of up to `HELD_EPISODES` made
        once, and not to be written to.
    """
    if len(abnormal.day0) > HELD_EPISODES:
        return _ewma_variance(abnormal)
    return abnormal.once("ewma variance", lambda: _ewma_variance(abnormal))


def _ewma_variance(abnormal: AbnormalReturns) -> Array:
    inside, gap, ar = abnormal.residuals, abnormal.gap, abnormal.ar
    variance = np.empty((len(ar), inside.shape[1] + gap.shape[1] + ar.shape[1]))
    for first in range(0, len(ar), BLOCK):
        rows = slice(first, first + BLOCK)
        path = np.hstack([inside[rows], gap[rows], ar[rows]])
        variance[rows] = _running_variance(path, _mean_square(inside[rows]))
    return variance


def run_on(eve: Array, ar: Array) -> Array:
    """Return the EWMA variance of successive days, begun with that of the first.

    Parameters
    ----------
    eve : ndarray, shape (episodes,)
        Variance forecast of the first day.
    ar : ndarray, shape (episodes, days)
        Abnormal returns; none is missing.

    Returns
    -------
    ndarray, shape (episodes, days)
        As `ewma_variance` has it.
    """
    variance = np.empty_like(ar)
    variance[:, 0] = eve
    for day in range(1, ar.shape[1]):
        variance[:, day] = (1 - DECAY) * ar[:, day - 1] ** 2 + DECAY * variance[:, day - 1]
    return variance


def garch_variance(abnormal: AbnormalReturns) -> tuple[Array, Mask]:
    """Variance forecast of each day from the days before it, by GARCH(1,1) (Bollerslev 1986).

    Fitted to the estimation residuals of each episode and run on through gap and event
    window.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.

    Returns
    -------
    variance : ndarray, shape (episodes, L1 + gap + days)
        As for `ewma_variance`.
    converged : ndarray of bool, shape (episodes,)
        Whether the likelihood was maximised.
    """
    from eventstudy.models.garch import conditional_variance

    after = np.hstack([abnormal.gap, abnormal.ar])
    variance = np.full((len(after), abnormal.residuals.shape[1] + after.shape[1]), np.nan)
    converged = np.zeros(len(after), dtype=bool)
    for row, residuals in enumerate(abnormal.residuals):
        inside, ahead, converged[row] = conditional_variance(residuals, after[row])
        variance[row] = np.concatenate([inside, ahead])
    return variance, converged
