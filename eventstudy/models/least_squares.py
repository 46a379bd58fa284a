"""The family of normal-return models that are fitted by least squares.

A model declares its regressors (`Design`); `solve` fits every episode of a sample and
returns exact prediction-error covariances. The solver is an argument, see `solvers`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from eventstudy.arrays import Array, Mask
from eventstudy.errors import EstimationError
from eventstudy.models.base import Fits, Labelled, Solutions, Solver, WindowSample
from eventstudy.models.solvers import NUMBERS, too_few


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


Declare = Callable[["Array"], Design]
"""A model's declaration: factor returns of shape (..., factors) to a Design."""


def half(inverse: Array) -> Array:
    """Return A with A A' = (X'X)^-1, of one matrix or of a stack of them."""
    if not inverse.size:
        return inverse
    root = np.linalg.cholesky((inverse + np.swapaxes(inverse, -1, -2)) / 2)
    return np.asarray(root, dtype=np.float64)


def solve(sample: WindowSample, declare: Declare, solver: Solver) -> Fits:
    """Fit a least-squares model to every episode of a sample.

    Parameters
    ----------
    sample : WindowSample
        Returns and factor returns by window.
    declare : callable
        The model's declaration of its regressors, the same in both windows.
    solver : callable
        Solver of one problem.

    Returns
    -------
    Fits
        As of `solve_designs`.
    """
    inside, after = declare(sample.factors_estimation), declare(sample.factors_after)
    return solve_designs(sample, inside, after, solver)


def solve_designs(sample: WindowSample, inside: Design, after: Design, solver: Solver) -> Fits:
    """Fit every episode of a sample on regressors given for both windows.

    Parameters
    ----------
    sample : WindowSample
        Returns and factor returns by window.
    inside, after : Design
        Regressors of the estimation window, and of the days after it.
    solver : callable
        Solver of one problem.

    Returns
    -------
    Fits
        With exact prediction-error covariances: C = diag(scale) + X*(X'X)^-1 X*'.
    """
    k = len(inside.names)
    target, regressors = sample.estimation - inside.offset, inside.regressors
    if inside.scale is not None:
        root = inside.root()
        target, regressors = target / root, regressors / root[..., None]
    usable = np.isfinite(target) & np.isfinite(regressors).all(axis=-1)
    solutions = _solve_enough(solver, target, regressors, usable)
    residuals = solutions.residuals if inside.scale is None else solutions.residuals * root
    fitted = np.array([not reason for reason in solutions.reasons], dtype=bool)
    good = slice(None) if fitted.all() else fitted  # all: without a copy
    fits = Fits.blank(inside.names, sample, k)
    for name in ("params", "s2", "df"):
        getattr(fits, name)[good] = getattr(solutions, name)[good]
    fits.residuals[good] = residuals[good]
    fits.leverage[good] = after.regressors[good] @ half(solutions.inverse[good])
    slopes = (after.regressors[good] @ solutions.params[good, :, None])[..., 0]
    fits.normal[good] = after.offset[good] + slopes
    _add_coefficients(fits, inside, solutions, good)
    scale = fits.scale if after.scale is None else after.scale
    return replace(fits, scale=scale, reasons=solutions.reasons)


def _solve_enough(solver: Solver, y: Array, x: Array, usable: Mask) -> Solutions:
    """Solve the episodes that leave a degree of freedom; the others have a reason.

    Without regressors nothing is estimated but the variance: too few returns are no reason,
    the variance is NaN.
    """
    k = x.shape[-1]
    count = usable.sum(axis=1)
    enough = count > max(k, 1)
    if enough.all():
        return solver(y, x, usable)
    solved = solver(y[enough], x[enough], usable[enough])

    def spread(values: Array, fill: float = np.nan) -> Array:
        full = np.full((len(y), *values.shape[1:]), fill)
        full[enough] = values
        return full

    reasons = np.array([too_few(n, k) if k else "" for n in count.tolist()], dtype=object)
    reasons[enough] = solved.reasons
    numbers = {name: spread(getattr(solved, name)) for name in NUMBERS}
    return Solutions(**numbers, reasons=tuple(reasons.tolist()))


def _add_coefficients(fits: Fits, design: Design, solutions: Solutions, good: Mask | slice) -> None:
    """Add α and the slopes, with standard errors from the covariance s2 (X'X)^-1."""
    k = len(design.names)
    combine = np.eye(k) if design.combine is None else design.combine
    if len(combine) != fits.coefficients.shape[1]:
        return
    covariance = combine @ solutions.inverse[good] @ combine.T
    variance = solutions.s2[good, None] * np.diagonal(covariance, axis1=1, axis2=2)
    fits.coefficients[good] = solutions.params[good] @ combine.T
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


@dataclass(frozen=True)
class PlainRegression:
    """The numbers of an ordinary regression of one episode, without statsmodels' objects.

    Parameters
    ----------
    names : tuple of str
        Names of the regressors; the first is the constant.
    params, bse : ndarray, shape (k,)
        Estimates and their standard errors.
    df : int
        Degrees of freedom, n - k.
    rsquared : float
        1 - RSS over the sum of squares around the mean; 0 for a constant alone.
    residuals : ndarray, shape (n,)
        Residuals.
    regressors : ndarray, shape (n, k)
        What was regressed on.
    """

    names: tuple[str, ...]
    params: Array
    bse: Array
    df: int
    rsquared: float
    residuals: Array
    regressors: Array

    @property
    def tvalues(self) -> Array:
        """Estimates over their standard errors."""
        return self.params / self.bse

    @property
    def pvalues(self) -> Array:
        """Two-sided p of the estimates by t(n - k)."""
        from scipy.special import stdtr

        return np.asarray(2 * stdtr(self.df, -np.abs(self.tvalues)))


def plain_regression(y: Array, design: Design) -> PlainRegression:
    """Return the numbers of `regression` for a design with a constant and one variance.

    Solved by the pseudo-inverse, as statsmodels does; days without a return are left out.

    Parameters
    ----------
    y : ndarray, shape (days,)
        Returns as fractions; NaN = left out.
    design : Design
        Regressors, the constant first.
    """
    y = y - design.offset
    used = np.isfinite(y) & np.isfinite(design.regressors).all(axis=1)
    y, x = y[used], design.regressors[used]
    inverse = np.linalg.pinv(x, rcond=1e-15)
    params = inverse @ y
    residuals, df = y - x @ params, len(y) - x.shape[1]
    rss, centred = float(residuals @ residuals), y - y.mean()
    bse = np.sqrt(rss / df * np.einsum("kt,kt->k", inverse, inverse))
    rsquared = 1 - rss / float(centred @ centred) if x.shape[1] > 1 else 0.0
    return PlainRegression(design.names, params, bse, df, rsquared, residuals, x)


class LeastSquares(ABC):
    """A model that is ordinary least squares on what it declares.

    It inherits its fit and its regression, and has the exact rank test and the diagnostics of
    residuals (`traits.is_least_squares`).
    """

    least_squares: ClassVar[bool] = True
    fixed: ClassVar[tuple[float, ...] | None] = None
    """α and the slope on each factor where the model sets them; None = they are estimated."""

    @abstractmethod
    def declare(self, factors: Array) -> Design:
        """Declare the regressors of days with these factor returns."""

    def fit(self, sample: WindowSample, solver: Solver) -> Fits:
        """Fit every episode of a sample."""
        fits = solve(sample, self.declare, solver)
        if self.fixed is None:
            return fits
        return replace(fits, coefficients=np.tile(self.fixed, (len(fits.s2), 1)))

    def regression(self, window: Labelled) -> Any:
        """Return the statsmodels regression of one episode."""
        return regression(window, self.declare(window.factors.to_numpy(dtype=float)))


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
