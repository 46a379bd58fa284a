"""Least squares for normal-return models: the one place where they are solved.

A model declares its regressors (`Design`); `solve` fits every episode of a sample and
returns exact prediction-error covariances. The engine is an argument: one regression at a
time with statsmodels, which studies use, or all at once from moments, which placebo runs
over thousands of days use. Both give the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.errors import EstimationError
from eventstudy.models.base import Fits

if TYPE_CHECKING:
    from eventstudy.arrays import Array, Mask
    from eventstudy.models.base import Labelled, Sample


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
    combine : ndarray, shape (1 + factors, k), optional
        α and the slope on each factor as sums of the parameters; None = they are the
        parameters themselves, in this order.
    """

    names: tuple[str, ...]
    regressors: Array
    offset: Array
    scale: Array | None = None
    combine: Array | None = None

    def root(self) -> Array:
        """Square root of the scale: what a day is divided by to have the variance s2."""
        return np.ones_like(self.offset) if self.scale is None else np.sqrt(self.scale)


@dataclass(frozen=True)
class Solutions:
    """Least-squares fits of all episodes.

    Parameters
    ----------
    params : ndarray, shape (episodes, k)
        Estimates.
    residuals : ndarray, shape (episodes, n)
        Residuals; NaN = not used.
    s2, df : ndarray, shape (episodes,)
        Residual variance, residual sum of squares over `df`, and its degrees of freedom.
    inverse : ndarray, shape (episodes, k, k)
        (X'X)^-1.
    reasons : tuple of str
        Why an episode could not be fitted; empty where it was.
    """

    params: Array
    residuals: Array
    s2: Array
    df: Array
    inverse: Array
    reasons: tuple[str, ...]


Engine = Callable[["Array", "Array", "Mask"], Solutions]
"""Solves y of shape (episodes, n) on X of shape (episodes, n, k) over the usable rows.

Each episode has more usable rows than regressors, and at least two.
"""

Declare = Callable[["Array"], Design]
"""A model's declaration: factor returns of shape (..., factors) to a Design."""

COLLINEAR = "the factors are collinear in the estimation window"
CONSTANT = "the returns do not vary in the estimation window"
REPRODUCED = "the factors reproduce the returns of the estimation window exactly"


def _objections(y: Array, usable: Mask, residuals: Array) -> list[str]:
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


def statsmodels_engine(y: Array, x: Array, usable: Mask) -> Solutions:
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
        return moments_engine(y, x, usable)
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
    found = _objections(np.where(usable, y, 0.0), usable, residuals)
    reasons = [COLLINEAR if bad else own for bad, own in zip(collinear, found, strict=True)]
    return Solutions(params, residuals, s2, df, inverse, tuple(reasons))


def moments_engine(y: Array, x: Array, usable: Mask) -> Solutions:
    """Solve all problems at once from their moments X'X and X'y.

    Without regressors: the centred variance, with n - 1 degrees of freedom.

    Parameters
    ----------
    y, x, usable : ndarray
        As for `statsmodels_engine`.

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
    found = _objections(y, usable, residuals)
    reasons = [COLLINEAR if bad else own for bad, own in zip(collinear, found, strict=True)]
    return Solutions(params, residuals, s2, df, inverse, tuple(reasons))


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
        return CONSTANT
    if float(np.sum(residuals**2)) <= 1e-24 * scale:
        return REPRODUCED
    return ""


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
    return objection(y, y - x @ np.linalg.lstsq(x, y, rcond=None)[0])


def half(inverse: Array) -> Array:
    """Return A with A A' = (X'X)^-1, of one matrix or of a stack of them."""
    if not inverse.size:
        return inverse
    root = np.linalg.cholesky((inverse + np.swapaxes(inverse, -1, -2)) / 2)
    return np.asarray(root, dtype=np.float64)


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
    root = inside.root()
    target = (sample.estimation - inside.offset) / root
    regressors = inside.regressors / root[..., None]
    usable = np.isfinite(target) & np.isfinite(regressors).all(axis=-1)
    found = _solve_enough(engine, target, regressors, usable)
    good = np.array([not reason for reason in found.reasons], dtype=bool)
    fits = Fits.blank(inside.names, sample, k)
    fits.params[good], fits.s2[good], fits.df[good] = (
        found.params[good],
        found.s2[good],
        found.df[good],
    )
    fits.residuals[good] = (found.residuals * root)[good]
    fits.leverage[good] = after.regressors[good] @ half(found.inverse[good])
    slopes = (after.regressors[good] @ found.params[good, :, None])[..., 0]
    fits.normal[good] = after.offset[good] + slopes
    _add_coefficients(fits, inside, found, good)
    scale = fits.scale if after.scale is None else after.scale
    return replace(fits, scale=scale, reasons=found.reasons)


def _solve_enough(engine: Engine, y: Array, x: Array, usable: Mask) -> Solutions:
    """Solve the episodes that leave a degree of freedom; the others have a reason.

    Without regressors nothing is estimated but the variance: too few returns are no reason,
    the variance is NaN.
    """
    k = x.shape[-1]
    count = usable.sum(axis=1)
    enough = count > max(k, 1)
    if enough.all():
        return engine(y, x, usable)
    solved = engine(y[enough], x[enough], usable[enough])

    def spread(values: Array, fill: float = np.nan) -> Array:
        full = np.full((len(y), *values.shape[1:]), fill)
        full[enough] = values
        return full

    reasons = np.array([too_few(n, k) if k else "" for n in count.tolist()], dtype=object)
    reasons[enough] = solved.reasons
    return Solutions(
        params=spread(solved.params),
        residuals=spread(solved.residuals),
        s2=spread(solved.s2),
        df=spread(solved.df),
        inverse=spread(solved.inverse),
        reasons=tuple(reasons.tolist()),
    )


def too_few(returns: int, parameters: int) -> str:
    """Say that so many usable returns leave no degree of freedom."""
    return f"{returns} usable estimation returns leave no degree of freedom: {parameters} estimated"


def _add_coefficients(fits: Fits, design: Design, found: Solutions, good: Mask) -> None:
    """Add α and the slopes, with standard errors from the covariance s2 (X'X)^-1."""
    k = len(design.names)
    combine = np.eye(k) if design.combine is None else design.combine
    if len(combine) != fits.coefficients.shape[1]:
        return
    covariance = combine @ found.inverse[good] @ combine.T
    variance = found.s2[good, None] * np.diagonal(covariance, axis1=1, axis2=2)
    fits.coefficients[good] = found.params[good] @ combine.T
    fits.coefficient_se[good] = np.sqrt(variance)


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
