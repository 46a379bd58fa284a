"""Solvers of least squares, and what cannot be fitted by any method.

One regression at a time with statsmodels, or all at once from moments: `Options.engine` says
which of them fits a study; placebo runs over thousands of days use moments. Both give the same
numbers.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventstudy.arrays import Array, Mask
from eventstudy.models.base import Solutions, Solver

COLLINEAR = "the factors are collinear in the estimation window"
CONSTANT = "the returns do not vary in the estimation window"
REPRODUCED = "the factors reproduce the returns of the estimation window exactly"

NUMBERS = ("params", "residuals", "s2", "df", "inverse")
"""What solutions hold beside their reasons."""
INFLATED = 1e4
"""Inflation of rounding from which a way to solve is too coarse; see `moments_solver`."""


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
    s2 = np.full(episodes, np.nan)
    collinear = _collinear(np.where(usable[..., None], x, 0.0), usable)
    for row in np.flatnonzero(~collinear).tolist():
        rows = usable[row]
        fit = OLS(y[row, rows], x[row, rows]).fit()
        params[row], residuals[row, rows] = fit.params, fit.resid
        inverse[row], s2[row], df[row] = fit.normalized_cov_params, fit.scale, fit.df_resid
    left = _squares(np.where(np.isfinite(residuals), residuals, 0.0))
    refusals = _refusals(np.where(usable, y, 0.0), usable, left)
    reasons = [COLLINEAR if bad else why for bad, why in zip(collinear, refusals, strict=True)]
    return Solutions(params, residuals, s2, df, inverse, tuple(reasons))


def moments_solver(y: Array, x: Array, usable: Mask) -> Solutions:
    """Solve all problems at once from their moments X'X and X'y.

    Without regressors: the centred variance, with n - 1 degrees of freedom.

    The error of a fitted return over σ is some 2·10⁻¹⁶ times the largest variance inflation
    factor, times the size of the returns over that of the residuals. Where that product
    reaches `INFLATED`, X itself is decomposed, X = QR, and the root of the factor takes its
    place; where the product reaches `INFLATED` even so, methods differ by 1e-10 and more, and
    statsmodels solves the problem. (Moments are of the rows of one problem, not differences
    of longer sums: nothing cancels where one return is far larger than all others.)

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
    scale = _norms(x)
    scaled = x / scale[:, None, :]
    moments = np.swapaxes(scaled, 1, 2) @ scaled
    singular = np.linalg.matrix_rank(moments, hermitian=True) < k if k else np.zeros(len(y), bool)
    moments[singular] = np.eye(k)
    standard = np.asarray(np.linalg.inv(moments), dtype=np.float64)
    inverse = standard / (scale[:, :, None] * scale[:, None, :])
    params = (inverse @ (np.swapaxes(x, 1, 2) @ y[..., None]))[..., 0]
    residuals = y - (x @ params[..., None])[..., 0]  # zero where y and x are
    df = (count - max(k, 1)).astype(float)
    if k:
        s2 = (residuals**2).sum(axis=1) / df
    else:
        centre = np.where(usable, residuals - _means(residuals, usable)[:, None], 0.0)
        s2 = (centre**2).sum(axis=1) / df
    np.copyto(residuals, np.nan, where=~usable)
    reasons = tuple(_refusals(y, usable, s2 * df if k else _squares(y)))
    solved = Solutions(params, residuals, s2, df, inverse, reasons)
    if not k:
        return solved
    inflated = singular | (_inflation(standard) * _smallness(y, s2 * df) >= INFLATED)
    return _replaced(solved, inflated, _decomposed, y, x, usable)


def _collinear(x: Array, usable: Mask) -> Mask:
    """Whether X has less than its full rank, as `matrix_rank` judges; unused rows are zero."""
    sizes = np.linalg.svd(x, compute_uv=False)
    longest = np.maximum(usable.sum(axis=1), x.shape[-1])
    return np.asarray(sizes[:, -1] <= sizes[:, 0] * longest * np.finfo(float).eps)


def _norms(x: Array) -> Array:
    """Length of each column of X, one where it is zero, shape (episodes, k)."""
    norms: Array = np.sqrt((x**2).sum(axis=1))
    norms[norms == 0] = 1.0
    return norms


def _inflation(standard: Array) -> Array:
    """Largest variance inflation factor, by the inverse of the moments of columns of length one."""
    return np.asarray(np.diagonal(standard, axis1=1, axis2=2).max(axis=1))


def _smallness(y: Array, rss: Array) -> Array:
    """Return the size of the returns over that of the residuals."""
    return np.asarray(np.sqrt(_squares(y) / np.maximum(rss, np.finfo(float).tiny)))


def _squares(values: Array) -> Array:
    """Sum of squares of each row, shape (episodes,)."""
    return np.asarray(np.einsum("ij,ij->i", values, values))


def _means(values: Array, usable: Mask) -> Array:
    """Mean of the usable values of each row; the others are zero."""
    return np.asarray(values.sum(axis=1) / np.maximum(usable.sum(axis=1), 1))


def _replaced(
    solved: Solutions, rows: Mask, solver: Solver, y: Array, x: Array, usable: Mask
) -> Solutions:
    """Solve some of the problems by another solver."""
    if not rows.any():
        return solved
    again = solver(y[rows], x[rows], usable[rows])
    for name in NUMBERS:
        getattr(solved, name)[rows] = getattr(again, name)
    reasons = np.array(solved.reasons, dtype=object)
    reasons[rows] = again.reasons
    return replace(solved, reasons=tuple(reasons.tolist()))


def _decomposed(y: Array, x: Array, usable: Mask) -> Solutions:
    """Solve problems by X = QR, and those that are ill-conditioned by statsmodels.

    Unused rows of y and X are zero.
    """
    k, count = x.shape[-1], usable.sum(axis=1)
    collinear = _collinear(x, usable)
    scale = _norms(x)
    q, r = np.linalg.qr(x / scale[:, None, :])
    r[collinear] = np.eye(k)
    root = np.linalg.inv(r)
    standard = root @ np.swapaxes(root, 1, 2)
    params = (root @ (np.swapaxes(q, 1, 2) @ y[..., None]))[..., 0] / scale
    residuals = np.where(usable, y - (x @ params[..., None])[..., 0], np.nan)
    df = (count - k).astype(float)
    s2 = np.nansum(residuals**2, axis=1) / df
    inverse = standard / (scale[:, :, None] * scale[:, None, :])
    solved = Solutions(params, residuals, s2, df, inverse, tuple(_refusals(y, usable, s2 * df)))
    worst = np.sqrt(_inflation(standard)) * _smallness(y, s2 * df) >= INFLATED
    return _replaced(solved, collinear | worst, statsmodels_solver, y, x, usable)


def _refusals(y: Array, usable: Mask, rss: Array) -> list[str]:
    """Say why fits cannot be used; empty where they can. Unused rows of y are zero."""
    centred = y - _means(y, usable)[:, None]
    centred *= usable
    scale = 1e-24 * np.maximum(_squares(y), np.finfo(float).tiny)
    flat, exact = _squares(centred) <= scale, rss <= scale
    if not (flat | exact).any():
        return [""] * len(y)
    return [
        CONSTANT if constant else REPRODUCED if same else ""
        for constant, same in zip(flat, exact, strict=True)
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
    return _refusals(y[None], np.ones((1, len(y)), dtype=bool), _squares(residuals[None]))[0]


def too_few(returns: int, parameters: int) -> str:
    """Say that so many usable returns leave no degree of freedom."""
    return f"{returns} usable estimation returns leave no degree of freedom: {parameters} estimated"
