"""GARCH(1,1): conditional variance of one series, and normal returns with such errors."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from eventstudy.models.base import Array

STARTS = (None, (0.05, 0.05, 0.90), (0.20, 0.10, 0.70), (0.90, 0.05, 0.05))
"""Starting values of (ω, a, b) for data of unit variance; None = arch's own grid."""


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


def maximise(y: Array, x: Array, start: float) -> Any:
    """Maximise the normal likelihood of y = xθ + e with GARCH(1,1) errors.

    Parameters
    ----------
    y : ndarray, shape (n,)
        Of about unit variance.
    x : ndarray, shape (n, k)
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
    theta = np.linalg.lstsq(x, y, rcond=None)[0]
    for values in STARTS:
        begin = None if values is None else np.array([*theta, *values])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = mean.fit(disp="off", show_warning=False, starting_values=begin, backcast=start)
        if found.convergence_flag == 0 and np.isfinite(found.params).all():
            return found
    return None


def conditional_variance(residuals: Array, after: Array) -> tuple[Array, Array, bool]:
    """Fit a zero-mean GARCH(1,1) to residuals, and run it on through the days after them.

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
    found = maximise(scaled, np.empty((len(known), 0)), start)
    if found is None:
        return nothing
    h = unit**2 * filtered(np.concatenate([residuals, after]) / unit, *found.params, start)
    return h[:count], h[count:-1], True
