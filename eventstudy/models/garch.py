"""GARCH(1,1): conditional variance of one series, and normal returns with such errors."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from eventstudy.arrays import Array
from eventstudy.errors import EstimationError
from eventstudy.models.base import Fits, Labelled, OnFactors, Solver, WindowSample, distinct_factors
from eventstudy.models.least_squares import with_constant
from eventstudy.models.solvers import degenerate

STARTS = (None, (0.05, 0.05, 0.90), (0.20, 0.10, 0.70), (0.90, 0.05, 0.05))
"""Starting values of (ω, a, b) for data of unit variance; None = arch's own grid."""

_SILENT: dict[str, Any] = {"disp": "off", "show_warning": False}
SETTLED = {"ftol": 1e-12, "maxiter": 1000}
"""Arch stops at 1e-6, where estimates still differ by the version of scipy."""


def filtered(residuals: Array, omega: float, a: float, b: float, start: float) -> Array:
    """Return the GARCH(1,1) variance of every day and of the day after the last.

    h_{t+1} = ω + a e_t² + b h_t, beginning with h_0 = ω + (a + b)·start. A missing residual
    leaves the state at its expectation, e_t² = h_t.

    Parameters
    ----------
    residuals : ndarray, shape (days,)
        NaN = missing.
    omega, a, b : float
        Parameters.
    start : float
        Variance before the first day.

    Returns
    -------
    ndarray, shape (days + 1,)
    """
    h = np.empty(len(residuals) + 1)
    h[0] = omega + (a + b) * start
    for day, e in enumerate(residuals):
        h[day + 1] = omega + (a * e * e + b * h[day] if np.isfinite(e) else (a + b) * h[day])
    return h


def _backcast(residuals: Array) -> float:
    """Variance before the first day: exponentially weighted mean of 75 squares, as in arch."""
    squares = residuals[:75] ** 2
    weights = 0.94 ** np.arange(len(squares))
    return float(squares @ weights / weights.sum())


def maximise(y: Any, x: Any, start: float) -> Any:
    """Maximise the normal likelihood of y = xθ + e with GARCH(1,1) errors.

    Parameters
    ----------
    y : ndarray or Series, shape (n,)
        Of about unit variance.
    x : ndarray or DataFrame, shape (n, k)
        Regressors; k may be 0.
    start : float
        Variance before the first day.

    Returns
    -------
    arch.univariate.base.ARCHModelResult or None
        None when the optimiser converges from none of several starting values.
    """
    from arch.univariate import GARCH, LS, ZeroMean

    mean = LS(y, x, constant=False, rescale=False) if x.shape[1] else ZeroMean(y, rescale=False)
    mean.volatility = GARCH(p=1, q=1)
    theta = np.linalg.lstsq(np.asarray(x), np.asarray(y), rcond=None)[0]
    for values in STARTS:
        begin = None if values is None else np.array([*theta, *values])
        with warnings.catch_warnings(action="ignore"):
            result = mean.fit(starting_values=begin, backcast=start, options=SETTLED, **_SILENT)
        if result.convergence_flag == 0 and np.isfinite(result.params).all():
            return result
    return None


def conditional_variance(residuals: Array, after: Array) -> tuple[Array, Array, bool]:
    """Fit a zero-mean GARCH(1,1) to residuals, and continue it through the days after them.

    Normal likelihood (Bollerslev 1986), maximised by arch on data of unit variance, hence
    equivariant to units. Missing residuals are left out of the likelihood, and leave the
    variance at its expectation: after a last known residual, h_{+1} = ω + a e² + b h and
    h_{+k} = ω + (a + b) h_{+k-1}.

    Parameters
    ----------
    residuals : ndarray, shape (n,)
        Residuals of the estimation window as fractions; NaN = missing.
    after : ndarray, shape (days,)
        Residuals of the following days; NaN = missing, or not to be used.

    Returns
    -------
    inside : ndarray, shape (n,)
        Conditional variance of every estimation day.
    ahead : ndarray, shape (days,)
        Variance of every later day, forecast from the residuals of the days before it.
    converged : bool
        False when the likelihood could not be maximised, or the residuals do not vary; both
        arrays are then NaN.

    Notes
    -----
    The optimiser settles forecasts to about 2e-3. The variance is that of a model with
    known parameters: their own error is not in it.
    """
    residuals, after = np.asarray(residuals, dtype=float), np.asarray(after, dtype=float)
    known = residuals[np.isfinite(residuals)]
    unit = float(np.sqrt(np.mean(known**2))) if len(known) else 0.0
    count = len(residuals)
    nothing = np.full(count, np.nan), np.full(len(after), np.nan), False
    if unit == 0 or np.ptp(known) <= 1e-12 * unit:
        return nothing
    scaled = known / unit
    start = _backcast(scaled)
    result = maximise(scaled, np.empty((len(known), 0)), start)
    if result is None:
        return nothing
    omega, a, b = result.params
    h = unit**2 * filtered(np.concatenate([residuals, after]) / unit, omega, a, b, start)
    return h[:count], h[count:-1], True


UNSETTLED = "the GARCH likelihood could not be maximised"


def _start(y: Array, x: Array) -> float:
    """Variance before the first day, from least-squares residuals."""
    return _backcast(y - x @ np.linalg.lstsq(x, y, rcond=None)[0])


@dataclass(frozen=True)
class _Estimate:
    """Estimates of one episode, or why there are none.

    Parameters
    ----------
    params : ndarray, shape (k + 3,)
        θ, ω, a, b.
    errors : ndarray, shape (k,)
        Standard errors of θ; NaN where the likelihood has no curvature.
    start : float
        Variance before the first day.
    reason : str
        Why there are none; empty where there are.
    """

    params: Array
    errors: Array
    start: float
    reason: str = ""


def _standard_errors(result: Any, k: int) -> Array:
    """Return the standard errors of θ that arch gives (Bollerslev and Wooldridge 1992)."""
    try:
        variance = np.diag(np.asarray(result.param_cov))[:k]
    except np.linalg.LinAlgError:
        return np.full(k, np.nan)
    return np.sqrt(np.where(variance > 0, variance, np.nan))


def _estimate(y: Array, x: Array) -> _Estimate:
    """Maximise the likelihood of one episode on data of unit variance."""
    k = x.shape[1]
    nothing = np.full(k + 3, np.nan), np.full(k, np.nan), np.nan
    if reason := degenerate(y, x):
        return _Estimate(*nothing, reason)
    unit = float(np.std(y))
    units = np.array([1.0, *np.full(k - 1, unit)])
    start = _start(y / unit, x / units)
    result = maximise(y / unit, x / units, start)
    if result is None:
        return _Estimate(*nothing, UNSETTLED)
    back = np.array([unit, *np.ones(k - 1), unit**2, 1.0, 1.0])
    errors = _standard_errors(result, k) * back[:k]
    return _Estimate(np.asarray(result.params) * back, errors, start * unit**2)


@dataclass(frozen=True)
class Garch(OnFactors):
    """R = α + Σ β_j F_j + e with GARCH(1,1) errors, h_t = ω + a e²_{t-1} + b h_{t-1}.

    Bollerslev (1986); in event studies Savickas (2003). Mean and variance are estimated
    together by maximum likelihood with normal errors (arch). The variance runs through the
    gap with realised residuals up to the day before the event window; from there h_{+1} =
    ω + a e² + b h and h_{+k} = ω + (a + b) h_{+k-1}: residuals of the event window never
    enter their own variance.

    Prediction errors have the covariance diag(h): parameters count as known, which leaves
    out a term of the order h k/L1. s2 is the residual sum of squares over df = n - 1 -
    factors, and `scale` = h/s2, so that s2 * diag(scale) = diag(h). The t(df) of a CAR over
    √Σh is approximate: conditional normality is assumed. Forecasts are settled by the
    optimiser to about 2e-3; where volatility does not cluster, the likelihood is nearly flat
    and ω, a, b depend on its starting values (arch's own), the forecast hardly. Missing or
    excluded returns are left out of the likelihood, and leave the variance at its
    expectation. Standard errors of α and the slopes are arch's, robust to errors that are not
    normal (Bollerslev and Wooldridge 1992). Residuals in the estimation window are not
    standardised; tests that compare them with event days by s take one variance for all.

    Checked against: arch's own fit and forecast (`tests/models/test_models_in_studies.py`) | held
    to 5e-3 and 2e-3: an optimiser

    Parameters
    ----------
    *factors : str
        Names of the factors' price series; none for a constant mean.
    """

    factors: tuple[str, ...]
    name: ClassVar[str] = "garch"
    one_by_one: ClassVar[bool] = True
    own_variance: ClassVar[bool] = True
    takes: ClassVar[tuple[int, int | None]] = (0, None)

    def __init__(self, *factors: str | Sequence[str]) -> None:
        object.__setattr__(self, "factors", distinct_factors(factors))

    def fit(self, sample: WindowSample, solver: Solver) -> Fits:  # noqa: ARG002 - not least squares
        """Fit every episode of a sample."""
        inside = with_constant(sample.factors_estimation)
        after = with_constant(sample.factors_after)
        names = ("const", *self.factors, "ω", "a", "b")
        fits = Fits.blank(names, sample, 0)
        reasons = list(fits.reasons)
        if sample.gap is None:
            reason = "a GARCH forecast needs days that follow the estimation window one by one"
            return replace(fits, reasons=(reason,) * len(reasons))
        usable = np.isfinite(sample.estimation) & np.isfinite(inside).all(axis=-1)
        k, gap = inside.shape[-1], sample.gap.shape[1]
        for row, rows in enumerate(usable):
            y, x = sample.estimation[row, rows], inside[row, rows]
            estimate = _estimate(y, x)
            reasons[row] = estimate.reason
            if estimate.reason:
                continue
            theta = estimate.params[:k]
            fits.params[row] = estimate.params
            fits.coefficients[row], fits.coefficient_se[row] = theta, estimate.errors
            fits.residuals[row, rows] = y - x @ theta
            fits.normal[row] = after[row] @ theta
            ahead = np.full(after.shape[1], np.nan)
            ahead[:gap] = sample.gap[row] - fits.normal[row, :gap]
            path = np.concatenate([fits.residuals[row], ahead])
            omega, a, b = (float(value) for value in estimate.params[k:])
            h = filtered(path, omega, a, b, estimate.start)
            fits.df[row] = len(y) - k
            fits.s2[row] = np.nansum(fits.residuals[row] ** 2) / fits.df[row]
            fits.scale[row] = h[len(rows) : -1] / fits.s2[row]
        return replace(fits, reasons=tuple(reasons))

    def regression(self, window: Labelled) -> Any:
        """Return arch's result of one episode, with returns in per cent as arch likes them."""
        used = window.returns.notna()
        y, x = 100 * window.returns[used], 100 * window.factors[used]
        x.insert(0, "const", 1.0)
        result = maximise(y, x, _start(y.to_numpy(), x.to_numpy()))
        if result is None:
            raise EstimationError(UNSETTLED)
        return result

    def formula(self) -> str:
        """Return the model in symbols."""
        terms = [f"β{i}·R[{name}]" for i, name in enumerate(self.factors, 1)]
        mean = " + ".join(["R = α", *terms, "e"])
        return f"{mean}, h = ω + a·e² + b·h of the day before"
