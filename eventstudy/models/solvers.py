"""Solvers of least squares, and what cannot be fitted by any method.

One regression at a time with statsmodels, which studies use, or all at once from moments,
which placebo runs over thousands of days use. Both give the same numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.models.base import Solutions

if TYPE_CHECKING:
    from eventstudy.arrays import Array, Mask

COLLINEAR = "the factors are collinear in the estimation window"
CONSTANT = "the returns do not vary in the estimation window"
REPRODUCED = "the factors reproduce the returns of the estimation window exactly"


def statsmodels_solver(y: Array, x: Array, usable: Mask) -> Solutions:
    """Solve one problem after the other with statsmodels' OLS.

    Parameters
    ----------
    y : ndarray, shape (episodes, n)
        Returns as fractions.
    x : ndarray, shape (episodes, n, k)
        Regressors; k may be 0.
    usable : ndarray of bool, shape (episodes, n)
        Rows to use.

    Returns
    -------
    Solutions
    """
    from statsmodels.regression.linear_model import OLS

    episodes, _, k = x.shape
    if not k:
        return moments_solver(y, x, usable)
    params, inverse = np.full((episodes, k), np.nan), np.full((episodes, k, k), np.nan)
    residuals, df = np.full(y.shape, np.nan), np.full(episodes, np.nan)
    s2, collinear = np.full(episodes, np.nan), np.zeros(episodes, dtype=bool)
    for row in range(episodes):
        rows = usable[row]
        collinear[row] = int(np.linalg.matrix_rank(x[row, rows])) < k
        if collinear[row]:
            continue
        fit = OLS(y[row, rows], x[row, rows]).fit()
        params[row], residuals[row, rows] = fit.params, fit.resid
        inverse[row], s2[row], df[row] = fit.normalized_cov_params, fit.scale, fit.df_resid
    refusals = _refusals(np.where(usable, y, 0.0), usable, residuals)
    reasons = [COLLINEAR if bad else why for bad, why in zip(collinear, refusals, strict=True)]
    return Solutions(params, residuals, s2, df, inverse, tuple(reasons))


def moments_solver(y: Array, x: Array, usable: Mask) -> Solutions:
    """Solve all problems at once from their moments X'X and X'y.

    Without regressors: the centred variance, with n - 1 degrees of freedom.

    Parameters
    ----------
    y, x, usable : ndarray
        As for `statsmodels_solver`.

    Returns
    -------
    Solutions
    """
    k = x.shape[-1]
    y, x = np.where(usable, y, 0.0), np.where(usable[..., None], x, 0.0)
    count = usable.sum(axis=1)
    scale = np.sqrt((x**2).sum(axis=1))
    scale[scale == 0] = 1.0
    scaled = x / scale[:, None, :]
    moments = np.swapaxes(scaled, 1, 2) @ scaled
    collinear = np.linalg.matrix_rank(moments, hermitian=True) < k if k else np.zeros(len(y), bool)
    moments[collinear] = np.eye(k)
    inverse = np.linalg.inv(moments) / (scale[:, :, None] * scale[:, None, :])
    params = (inverse @ (np.swapaxes(x, 1, 2) @ y[..., None]))[..., 0]
    residuals = np.where(usable, y - (x @ params[..., None])[..., 0], np.nan)
    centre = np.nanmean(residuals, axis=1) if not k and len(y) else np.zeros(len(y))
    df = (count - max(k, 1)).astype(float)
    s2 = np.nansum((residuals - centre[:, None]) ** 2, axis=1) / df
    refusals = _refusals(y, usable, residuals)
    reasons = [COLLINEAR if bad else why for bad, why in zip(collinear, refusals, strict=True)]
    return Solutions(params, residuals, s2, df, inverse, tuple(reasons))


def _refusals(y: Array, usable: Mask, residuals: Array) -> list[str]:
    """Say why fits cannot be used; empty where they can. Unused rows of y are zero."""
    count = np.maximum(usable.sum(axis=1), 1)
    mean = y.sum(axis=1) / count
    spread = np.where(usable, (y - mean[:, None]) ** 2, 0.0).sum(axis=1)
    scale = 1e-24 * np.maximum((y**2).sum(axis=1), np.finfo(float).tiny)
    left = np.where(usable, residuals, 0.0)
    exact = (left**2).sum(axis=1) <= scale
    return [
        CONSTANT if flat else REPRODUCED if same else ""
        for flat, same in zip(spread <= scale, exact, strict=True)
    ]


def degenerate(y: Array, x: Array) -> str:
    """Say why y cannot be regressed on x by any method; empty when it can.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Returns as fractions.
    x : ndarray, shape (n, k)
        Regressors.
    """
    if len(y) <= x.shape[1]:
        return too_few(*x.shape)
    if int(np.linalg.matrix_rank(x)) < x.shape[1]:
        return COLLINEAR
    residuals = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return _refusals(y[None], np.ones((1, len(y)), dtype=bool), residuals[None])[0]


def too_few(returns: int, parameters: int) -> str:
    """Say that so many usable returns leave no degree of freedom."""
    return f"{returns} usable estimation returns leave no degree of freedom: {parameters} estimated"
