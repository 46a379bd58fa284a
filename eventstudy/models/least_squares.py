"""Least squares for normal-return models: the one place where they are solved.

A model declares its regressors (`Design`); `solve` fits every episode of a sample and
returns exact prediction-error covariances. The engine, one regression at a time with
statsmodels, is an argument, so that a batched engine can take its place unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.errors import EstimationError
from eventstudy.models.base import Fits

if TYPE_CHECKING:
    from eventstudy.models.base import Array, Labelled, Sample


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
    scale : ndarray, shape (...), optional
        Variance of the error of each day over s2; None = one for all.
    """

    names: tuple[str, ...]
    regressors: Array
    offset: Array
    scale: Array | None = None

    def root(self) -> Array:
        """Square root of the scale: what a day is divided by to have the variance s2."""
        return np.ones_like(self.offset) if self.scale is None else np.sqrt(self.scale)


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


def objection(y: Array, residuals: Array) -> str:
    """Say why a fit cannot be used; empty when it can.

    Parameters
    ----------
    y, residuals : ndarray, shape (n,)
        What was explained, and what was left of it.
    """
    spread = float(np.sum((y - y.mean()) ** 2))
    scale = max(float(np.sum(y**2)), np.finfo(float).tiny)
    if spread <= 1e-24 * scale:
        return "the returns do not vary in the estimation window"
    if float(np.sum(residuals**2)) <= 1e-24 * scale:
        return "the factors reproduce the returns of the estimation window exactly"
    return ""


COLLINEAR = "the factors are collinear in the estimation window"


def degenerate(y: Array, x: Array) -> str:
    """Say why y cannot be regressed on x by any method; empty when it can.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Returns as fractions.
    x : ndarray, shape (n, k)
        Regressors.
    """
    if int(np.linalg.matrix_rank(x)) < x.shape[1]:
        return COLLINEAR
    return objection(y, y - x @ np.linalg.lstsq(x, y, rcond=None)[0])


def half(inverse: Array) -> Array:
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
        The model's declaration of its regressors, the same in both windows.
    engine : callable
        Solver of one problem.

    Returns
    -------
    Fits
        As of `solve_designs`.
    """
    inside, after = declare(sample.factors_estimation), declare(sample.factors_after)
    return solve_designs(sample, inside, after, engine)


def solve_designs(sample: Sample, inside: Design, after: Design, engine: Engine) -> Fits:
    """Fit every episode of a sample on regressors given for both windows.

    Parameters
    ----------
    sample : Sample
        Returns and factor returns by window.
    inside, after : Design
        Regressors of the estimation window, and of the days after it.
    engine : callable
        Solver of one problem.

    Returns
    -------
    Fits
        With exact prediction-error covariances: C = diag(scale) + X*(X'X)^-1 X*'.
    """
    k = len(inside.names)
    fits = Fits.blank(inside.names, sample, k)
    reasons = list(fits.reasons)
    root = inside.root()
    target = (sample.estimation - inside.offset) / root
    regressors = inside.regressors / root[..., None]
    usable = np.isfinite(target) & np.isfinite(regressors).all(axis=-1)
    for row, rows in enumerate(usable):
        y, x = target[row, rows], regressors[row, rows]
        if k and int(np.linalg.matrix_rank(x)) < k:
            reasons[row] = COLLINEAR
            continue
        solution = engine(y, x) if k else _centred(y)
        reasons[row] = objection(y, solution.residuals)
        if reasons[row]:
            continue
        fits.params[row], fits.s2[row], fits.df[row] = solution.params, solution.s2, solution.df
        fits.residuals[row, rows] = solution.residuals * root[row, rows]
        fits.leverage[row] = after.regressors[row] @ half(solution.inverse)
        fits.normal[row] = after.offset[row] + after.regressors[row] @ solution.params
    scale = fits.scale if after.scale is None else after.scale
    return replace(fits, scale=scale, reasons=tuple(reasons))


def with_constant(factors: Array) -> Array:
    """Put a column of ones before the factors."""
    return np.concatenate([np.ones((*factors.shape[:-1], 1)), factors], axis=-1)


def regression(window: Labelled, design: Design) -> Any:
    """Return the statsmodels regression of one episode, with labelled data.

    Parameters
    ----------
    window : Labelled
        The estimation window.
    design : Design
        Its regressors.

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

    if not design.names:
        raise EstimationError("this model has no estimated parameters, hence no regression")
    returns, root = window.returns, design.root()
    values = design.regressors / root[:, None]
    x = pd.DataFrame(values, index=returns.index, columns=list(design.names))
    return OLS(((returns - design.offset) / root).rename(returns.name), x, missing="drop").fit()


def portfolio_regression(y: Any, x: Any, counts: Any, lags: int | None) -> Any:
    """Return the statsmodels regression of a portfolio over calendar days.

    Parameters
    ----------
    y : Series, length days
        Returns of the portfolio as fractions.
    x : DataFrame, shape (days, k)
        Regressors.
    counts : Series, length days, or None
        Weights of the days: assets held. None = equal.
    lags : int or None
        Lags of Newey and West (1987), with small-sample correction; None = classical errors.

    Returns
    -------
    statsmodels.regression.linear_model.RegressionResults
        With t(days - k) as reference.
    """
    from statsmodels.regression.linear_model import OLS, WLS

    model = OLS(y, x) if counts is None else WLS(y, x, weights=counts)
    if lags is None:
        return model.fit()
    kinds = {"maxlags": lags, "use_correction": True}
    return model.fit(cov_type="HAC", cov_kwds=kinds, use_t=True)
