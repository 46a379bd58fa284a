"""Models whose estimates are not moved by a few wild days in the estimation window."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

import numpy as np

from eventstudy.arrays import Array
from eventstudy.errors import EstimationError, InvalidArgumentError
from eventstudy.models.base import Fits, Labelled, OnFactors, Solver, WindowSample, distinct_factors
from eventstudy.models.least_squares import half, with_constant
from eventstudy.models.solvers import degenerate

MAD = 0.6744897501960817
"""Median absolute deviation of a standard normal."""

ROUNDS = 2000
"""Iterations after which a fit has not settled."""

METHODS = ("huber", "lad", "theil-sen")

Estimates = tuple["Array", "Array"]
"""Parameters and their standard errors, of shape (k,) each."""


@dataclass(frozen=True)
class Robust(OnFactors):
    """R = α + Σ β_j F_j + e, estimated robustly.

    - "huber": Huber's M-estimator, c = 1.345, scale by MAD in every step (Huber 1964);
    - "lad": least absolute deviations, the median regression (Koenker and Bassett 1978),
      solved exactly as a linear programme;
    - "theil-sen": median of pairwise slopes, α = median R - β median F (Theil 1950, Sen
      1968); one factor only.

    They guard against contamination of the *estimation window*, such as an old crisis in it;
    they say nothing about the event day, whose errors may have any tails. s2 =
    (MAD/0.67449)², with the MAD about the residuals' median: a normal-consistent scale of
    the bulk of the days. With fat tails it is below the variance, and a t by it rejects more
    often than its level. L1 - 1 - factors degrees of freedom, by convention.

    Prediction errors have the covariance s2 * (I + X*(X'X)^-1 X*') of least squares. The
    estimators' own variance is larger, under normal errors by 1/0.95 (Huber), about 1.05 to
    1.57 (Theil-Sen) and π/2 (LAD), in a term of the order 1/L1: standard errors of a day
    would be larger by less than 0.3 % at L1 = 250.

    Standard errors of α and the slopes are the estimators' own: statsmodels' RLM for Huber,
    Koenker and Bassett's for LAD; NaN for Theil-Sen.

    Checked against: oracle (Huber); statsmodels (LAD); all pairs (Theil-Sen)
    (`tests/models/test_models.py`) | held to 1e-6, 1e-3, 1e-10

    Parameters
    ----------
    *factors : str
        Names of the factors' price series; none for a robust mean ("huber", "lad").
    method : {"huber", "lad", "theil-sen"}
        Estimator.
    """

    factors: tuple[str, ...]
    method: Literal["huber", "lad", "theil-sen"] = "huber"
    name: ClassVar[str] = "robust"
    one_by_one: ClassVar[bool] = True
    takes: ClassVar[tuple[int, int | None]] = (0, None)

    def __init__(
        self, *factors: str | Sequence[str], method: Literal["huber", "lad", "theil-sen"] = "huber"
    ) -> None:
        if not isinstance(method, str) or method not in METHODS:
            raise InvalidArgumentError(f"method is {method!r}; it must be one of {METHODS}")
        names = distinct_factors(factors)
        if method == "theil-sen" and len(names) != 1:
            raise InvalidArgumentError(f"method 'theil-sen' takes one factor; found {list(names)}")
        object.__setattr__(self, "factors", names)
        object.__setattr__(self, "method", method)

    def fit(self, sample: WindowSample, solver: Solver) -> Fits:  # noqa: ARG002 - not least squares
        """Fit every episode of a sample."""
        inside = with_constant(sample.factors_estimation)
        after = with_constant(sample.factors_after)
        k = inside.shape[-1]
        fits = Fits.blank(("const", *self.factors), sample, k)
        reasons = list(fits.reasons)
        usable = np.isfinite(sample.estimation) & np.isfinite(inside).all(axis=-1)
        for row, rows in enumerate(usable):
            y, x = sample.estimation[row, rows], inside[row, rows]
            reasons[row] = degenerate(y, x)
            if reasons[row]:
                continue
            params, errors, reasons[row] = _estimate(y, x, self.method)
            e = y - x @ params
            scale = float(np.median(np.abs(e - np.median(e)))) / MAD
            if not reasons[row] and scale <= 1e-12 * float(np.std(y)):
                reasons[row] = "half of the returns or more are reproduced exactly: no scale"
            if reasons[row]:
                continue
            fits.params[row], fits.residuals[row, rows] = params, e
            fits.coefficients[row], fits.coefficient_se[row] = params, errors
            fits.s2[row], fits.df[row] = scale**2, len(y) - k
            fits.leverage[row] = after[row] @ half(np.linalg.inv(x.T @ x))
            fits.normal[row] = after[row] @ params
        return replace(fits, reasons=tuple(reasons))

    def regression(self, window: Labelled) -> Any:
        """Return statsmodels' RLM (Huber) or QuantReg (LAD) result of one episode.

        QuantReg iterates: its estimates agree with the exact ones to about 1e-3, and it may
        fail to settle.

        Raises
        ------
        EstimationError
            When it does not settle, or for "theil-sen", which statsmodels does not have.
        """
        import pandas as pd

        if self.method == "theil-sen":
            raise EstimationError("statsmodels has no Theil-Sen regression to return")
        used = window.returns.notna()
        values = with_constant(window.factors.to_numpy(dtype=float))
        x = pd.DataFrame(values, index=window.returns.index, columns=["const", *self.factors])
        try:
            return _statsmodels(window.returns[used], x[used], self.method)
        except Warning as error:
            raise EstimationError(f"statsmodels' {self.method} fit failed: {error}") from error

    def formula(self) -> str:
        """Return the model in symbols."""
        terms = [f"β{i}·R[{name}]" for i, name in enumerate(self.factors, 1)]
        return " + ".join(["R = α", *terms, f"e ({self.method})"])


def _statsmodels(y: Any, x: Any, method: str) -> Any:
    """Fit with statsmodels, whose own warnings are errors here."""
    from statsmodels.regression.quantile_regression import QuantReg
    from statsmodels.robust.norms import HuberT
    from statsmodels.robust.robust_linear_model import RLM

    with warnings.catch_warnings(action="error"):
        if method == "lad":
            return QuantReg(y, x).fit(q=0.5, max_iter=ROUNDS)
        return RLM(y, x, M=HuberT(t=1.345)).fit(maxiter=ROUNDS)


def _lad(y: Array, x: Array) -> Estimates | None:
    """Minimise Σ|y - xθ|: θ is the multiplier of the dual, max y'd with x'd = 0, |d| ≤ 1."""
    from scipy.optimize import linprog

    solution = linprog(-y, A_eq=x.T, b_eq=np.zeros(x.shape[1]), bounds=(-1, 1), method="highs")
    if solution.status != 0:
        return None
    params = -np.asarray(solution.eqlin.marginals)
    return params, _median_errors(y, x, y - x @ params)


def _median_errors(y: Array, x: Array, residuals: Array) -> Array:
    """Return standard errors of a median regression, √diag((X'X)^-1)/(2f(0)).

    Koenker and Bassett (1978); the density f(0) of the residuals by the Epanechnikov kernel
    with the bandwidth of Hall and Sheather (1988), as Stata and statsmodels' QuantReg have it.
    NaN where there are too few returns for a bandwidth.
    """
    from scipy.stats import norm

    n, z = len(y), norm.ppf(0.975)
    share = (z**2 * 1.5 * norm.pdf(0.0) ** 2 / n) ** (1 / 3)
    if share >= 0.5:
        return np.full(x.shape[1], np.nan)
    quartiles = np.percentile(residuals, [25, 75])
    spread = min(float(np.std(y)), float(np.ptp(quartiles)) / 1.34)
    width = spread * 2 * float(norm.ppf(0.5 + share))
    if not width > 0:
        return np.full(x.shape[1], np.nan)
    u = residuals / width
    density = float(0.75 * np.clip(1 - u**2, 0, None).sum()) / (n * width)
    return np.asarray(np.sqrt(np.diag(np.linalg.inv(x.T @ x))) / (2 * density))


def _huber(y: Array, x: Array) -> Estimates | None:
    try:
        fit = _statsmodels(y, x, "huber")
    except (Warning, ZeroDivisionError, np.linalg.LinAlgError):
        return None
    if fit.fit_history["iteration"] >= ROUNDS:
        return None
    return np.asarray(fit.params), np.asarray(fit.bse)


def _theil_sen(y: Array, x: Array) -> Estimates | None:
    from scipy.stats import theilslopes

    slope, intercept, *_ = theilslopes(y, x[:, 1])
    return np.array([intercept, slope]), np.full(2, np.nan)


def _estimate(y: Array, x: Array, method: str) -> tuple[Array, Array, str]:
    """Return estimates from data of unit variance, their errors, and why there are none: NaN."""
    unit = float(np.std(y))
    factor = np.array([unit, *np.ones(x.shape[1] - 1)])
    solve = {"huber": _huber, "lad": _lad, "theil-sen": _theil_sen}[method]
    estimates = solve(y / unit, x * factor / unit)
    if estimates is None:
        nothing = np.full(x.shape[1], np.nan)
        return nothing, nothing, f"the {method} fit did not settle"
    params, errors = estimates
    return params * factor, errors * factor, ""
