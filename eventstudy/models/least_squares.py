"""Least squares for normal-return models: the one place where they are solved.

A model declares its regressors (`Design`); `solve` fits every episode of a sample and
returns exact prediction-error covariances. The engine, one regression at a time with
statsmodels, is an argument, so that a batched engine can take its place unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.errors import EstimationError
from eventstudy.models.base import Fits

if TYPE_CHECKING:
    from eventstudy.models.base import Array, Sample


@dataclass(frozen=True)
class Design:
    """What a least-squares model regresses a return on.

    Parameters
    ----------
    names : tuple of str
        Names of the regressors.
    regressors : ndarray, shape (..., k)
        Their values; k may be 0.
    offset : ndarray, shape (...)
        Part of the normal return that has no parameter.
    """

    names: tuple[str, ...]
    regressors: Array
    offset: Array


@dataclass(frozen=True)
class Solution:
    """One least-squares fit.

    Parameters
    ----------
    params : ndarray, shape (k,)
        Estimates.
    residuals : ndarray, shape (n,)
        Residuals.
    s2 : float
        Residual variance, residual sum of squares over `df`.
    df : int
        Residual degrees of freedom.
    inverse : ndarray, shape (k, k)
        (X'X)^-1.
    """

    params: Array
    residuals: Array
    s2: float
    df: int
    inverse: Array


Engine = Callable[["Array", "Array"], Solution]
"""Solves one problem: y of shape (n,) on X of shape (n, k)."""

Declare = Callable[["Array"], Design]
"""A model's declaration: factor returns of shape (..., factors) to a Design."""


def statsmodels_engine(y: Array, x: Array) -> Solution:
    """Solve one least-squares problem with statsmodels' OLS.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Returns as fractions.
    x : ndarray, shape (n, k)
        Regressors.

    Returns
    -------
    Solution
    """
    from statsmodels.regression.linear_model import OLS

    fit = OLS(y, x).fit()
    return Solution(
        params=np.asarray(fit.params),
        residuals=np.asarray(fit.resid),
        s2=float(fit.scale),
        df=int(fit.df_resid),
        inverse=np.asarray(fit.normalized_cov_params),
    )


def _centred(y: Array) -> Solution:
    """Solution of a model without parameters: centred variance, n - 1 degrees of freedom."""
    empty = np.empty((0,))
    n = len(y)
    return Solution(empty, y, float(np.var(y, ddof=1)), n - 1, np.empty((0, 0)))


def _objection(y: Array, solution: Solution) -> str:
    """Say why a fit cannot be used; empty when it can."""
    spread = float(np.sum((y - y.mean()) ** 2))
    scale = max(float(np.sum(y**2)), np.finfo(float).tiny)
    if spread <= 1e-24 * scale:
        return "the returns do not vary in the estimation window"
    if float(np.sum(solution.residuals**2)) <= 1e-24 * scale:
        return "the factors reproduce the returns of the estimation window exactly"
    return ""


def _half(inverse: Array) -> Array:
    """Return A with A A' = (X'X)^-1."""
    if not inverse.size:
        return inverse
    root: Array = np.asarray(np.linalg.cholesky((inverse + inverse.T) / 2), dtype=np.float64)
    return root


def solve(sample: Sample, declare: Declare, engine: Engine) -> Fits:
    """Fit a least-squares model to every episode of a sample.

    Parameters
    ----------
    sample : Sample
        Returns and factor returns by window.
    declare : callable
        The model's declaration of its regressors.
    engine : callable
        Solver of one problem.

    Returns
    -------
    Fits
        With exact prediction-error covariances: C = I + X*(X'X)^-1 X*'.
    """
    inside, after = declare(sample.factors_estimation), declare(sample.factors_after)
    episodes, days = after.offset.shape
    k = len(inside.names)
    params, residuals = np.full((episodes, k), np.nan), np.full(sample.estimation.shape, np.nan)
    s2, df = np.full(episodes, np.nan), np.full(episodes, np.nan)
    leverage = np.full((episodes, days, k), np.nan)
    normal = np.full((episodes, days), np.nan)
    reasons = []
    target = sample.estimation - inside.offset
    usable = np.isfinite(target) & np.isfinite(inside.regressors).all(axis=-1)
    for row in range(episodes):
        rows = usable[row]
        y, x = target[row, rows], inside.regressors[row, rows]
        if k and int(np.linalg.matrix_rank(x)) < k:
            reasons.append("the factors are collinear in the estimation window")
            continue
        solution = engine(y, x) if k else _centred(y)
        reason = _objection(y, solution)
        reasons.append(reason)
        if reason:
            continue
        params[row], s2[row], df[row] = solution.params, solution.s2, solution.df
        residuals[row, rows] = solution.residuals
        leverage[row] = after.regressors[row] @ _half(solution.inverse)
        normal[row] = after.offset[row] + after.regressors[row] @ solution.params
    return Fits(inside.names, params, residuals, normal, s2, df, leverage, tuple(reasons))


def regression(returns: Any, factors: Any, declare: Declare) -> Any:
    """Return the statsmodels regression of one episode, with labelled data.

    Parameters
    ----------
    returns : Series
        Returns of the estimation window, indexed by session.
    factors : DataFrame
        Factor returns of the same sessions.
    declare : callable
        The model's declaration of its regressors.

    Returns
    -------
    statsmodels.regression.linear_model.RegressionResults

    Raises
    ------
    EstimationError
        When the model has no estimated parameters.
    """
    import pandas as pd
    from statsmodels.regression.linear_model import OLS

    design = declare(factors.to_numpy(dtype=float))
    if not design.names:
        raise EstimationError("this model has no estimated parameters, hence no regression")
    x = pd.DataFrame(design.regressors, index=returns.index, columns=list(design.names))
    return OLS((returns - design.offset).rename(returns.name), x, missing="drop").fit()
