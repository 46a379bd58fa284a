"""Simultaneous bands for a path of cumulative abnormal returns."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, overload

import numpy as np

from eventstudy.arrays import Array
from eventstudy.inference.intervals import critical_value

Band = Literal["sup-t", "bonferroni", "rank", "none"]
"""Kinds of simultaneous bands; "rank" is that of one path, see `path_bands`."""

NO_BAND: tuple[float, Band] = (float("nan"), "none")
DRAWS = 300_000
SEED = 20220113
BLOCK = 32
"""Paths that are simulated at once: 15 MB for eleven days and 5,000 draws."""


@lru_cache(maxsize=4)
def _normals(draws: int, days: int) -> Array:
    """Return standard normal draws, the same for every band of this length."""
    return np.random.default_rng(SEED).standard_normal((draws, days))


@lru_cache(maxsize=4)
def _scales(draws: int, df: float) -> Array:
    """Return draws of sqrt(χ²_df/df)."""
    scales: Array = np.sqrt(np.random.default_rng(SEED + 1).chisquare(df, draws) / df)
    return scales


def sup_t_critical(
    covariance: Array, level: float, df: float | None = None, draws: int = DRAWS
) -> float:
    """Return the critical value of the sup-t band: the whole path lies inside at `level`.

    The quantile of max |Z_k| with Z ~ N(0, corr(V)), divided by sqrt(χ²_df/df) where the
    variance was estimated (Montiel Olea and Plagborg-Møller 2019). Simulated with a fixed
    seed: the same input gives the same band.

    Parameters
    ----------
    covariance : ndarray, shape (days, days)
        Covariance of the path.
    level : float
        Joint coverage as a fraction.
    df : float, optional
        Degrees of freedom of the variance; None = known.
    draws : int
        Number of simulated paths.

    Returns
    -------
    float
        Band = path ± critical value x standard error.
    """
    se = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(se, se))
    root = vectors * np.sqrt(np.clip(values, 0, None))
    largest: Array = np.abs(_normals(draws, len(se)) @ root.T).max(axis=1)
    if df is not None:
        largest = largest / _scales(draws, df)
    return float(np.quantile(largest, level))


@overload
def bonferroni_critical(level: float, days: int, df: float | None = None) -> float: ...
@overload
def bonferroni_critical(level: float, days: int, df: Array) -> Array: ...
def bonferroni_critical(level: float, days: int, df: float | Array | None = None) -> float | Array:
    """Return the critical value of the Bonferroni band: joint coverage of at least `level`.

    Valid under any dependence between days, and wider than needed under most.

    Parameters
    ----------
    level : float
        Joint coverage as a fraction.
    days : int
        Number of days of the path.
    df : float or ndarray, optional
        Degrees of freedom of the variance; None = known.
    """
    return critical_value(1 - (1 - level) / days, df)


def simultaneous(
    covariance: Array, level: float, df: float, draws: int = DRAWS
) -> tuple[float, Band]:
    """Return the critical value of a simultaneous band and its name.

    Sup-t where the covariance can be estimated (more degrees of freedom than days with a
    spread), else Bonferroni.

    Parameters
    ----------
    covariance : ndarray, shape (days, days)
        Covariance of the path.
    level : float
        Joint coverage as a fraction.
    df : float
        Degrees of freedom of the covariance.
    draws : int
        Number of simulated paths.

    Returns
    -------
    critical : float
    name : {"sup-t", "bonferroni", "none"}
        "none", with NaN, where a day has no spread.
    """
    days = len(covariance)
    if not (np.isfinite(covariance).all() and (np.diag(covariance) > 0).all()):
        return NO_BAND
    if df < days:
        return bonferroni_critical(level, days, df), "bonferroni"
    return sup_t_critical(covariance, level, df, draws), "sup-t"


def simultaneous_of_many(covariance: Array, level: float, df: Array, draws: int | None) -> Array:
    """Return the critical value of the simultaneous band of each of many paths.

    Parameters
    ----------
    covariance : ndarray, shape (paths, days, days)
        Covariance of each path.
    level : float
        Joint coverage as a fraction.
    df : ndarray, shape (paths,)
        Degrees of freedom of each covariance; NaN = no band is wanted.
    draws : int or None
        Number of simulated paths; None = no band is wanted.

    Returns
    -------
    ndarray, shape (paths,)
        As `simultaneous` has it for each; the paths are simulated in one matrix product.
    """
    if draws is None:
        return np.full(len(covariance), np.nan)
    days = covariance.shape[1]
    spread = np.diagonal(covariance, axis1=1, axis2=2)
    usable = np.isfinite(covariance).all(axis=(1, 2)) & (spread > 0).all(axis=1) & np.isfinite(df)
    critical = np.full(len(covariance), np.nan)
    few = usable & (df < days)
    critical[few] = bonferroni_critical(level, days, df[few])
    simulated = np.flatnonzero(usable & ~few)
    for first in range(0, len(simulated), BLOCK):
        rows = simulated[first : first + BLOCK]
        se = np.sqrt(spread[rows])
        values, vectors = np.linalg.eigh(covariance[rows] / (se[:, :, None] * se[:, None, :]))
        root = vectors * np.sqrt(np.clip(values, 0, None))[:, None, :]
        paths = root.reshape(-1, days) @ _normals(draws, days).T
        largest = np.abs(paths, out=paths).reshape(len(rows), days, draws).max(axis=1)
        largest /= np.stack([_scales(draws, float(freedom)) for freedom in df[rows]])
        critical[rows] = np.quantile(largest, level, axis=1)
    return critical
