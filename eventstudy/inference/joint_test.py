"""Several series on one date: joint F, on plain and on volatility-scaled abnormal returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.inference.base import TestResult, infeasible
from eventstudy.inference.dates import not_one_portfolio
from eventstudy.inference.volatility import ewma_variance, scaled_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.inference.base import CrossSection, Needs, SignificanceTest, Volatility

    Array = NDArray[np.float64]

_NULL = "no asset reacted"
COMBINATION = "one series is a combination of the others"
MOST = 30
"""A covariance of more series than this cannot be estimated well enough."""


def _too_many(test: SignificanceTest, sample: CrossSection) -> TestResult | None:
    if sample.n < 2:
        return infeasible(test, sample, f"needs at least 2 assets; there are {sample.n}")
    if sample.n > MOST:
        return infeasible(test, sample, f"for at most {MOST} assets; there are {sample.n}")
    return None


def _hotelling(test: SignificanceTest, sample: CrossSection, t2: float, df: float) -> TestResult:
    """F = T² (df - n + 1)/(n df), F(n, df - n + 1)."""
    from scipy import stats

    n = sample.n
    free = df - n + 1
    f = t2 * free / (n * df)
    if not np.isfinite(f):
        return infeasible(test, sample, COMBINATION)
    p = float(stats.f.sf(f, n, free))
    found = TestResult(test.name, sample.window, test.null, n, f, p, "F", free)
    return found.with_details(df1=float(n), T2=t2)


def _quadratic(values: Array, covariance: Array) -> float:
    """x'S⁻¹x; NaN when S has no inverse."""
    scale = np.sqrt(np.diag(covariance))
    if not (scale > 0).all() or np.linalg.cond(covariance / np.outer(scale, scale)) > 1e12:
        return float("nan")
    return float(values @ np.linalg.solve(covariance, values))


@dataclass(frozen=True)
class JointF:
    """T² = γ'Σ̂⁻¹γ/c, F = T² (df - n + 1)/(n df) ~ F(n, df - n + 1), exact if normal.

    γ are the CARs of n assets on one date, Σ̂ = E'E/df their residual covariance, c the
    common prediction-error factor (multivariate regression; Schipper and Thompson 1983;
    Binder 1985). For assets with the same regressors and estimation days. Signs do not
    matter: it asks whether any asset reacted.
    """

    name: ClassVar[str] = "joint-f"
    volatility: ClassVar[Volatility] = "constant"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "Joint F over series (MVRM)"
    null: ClassVar[str] = _NULL
    source: ClassVar[str] = "Schipper and Thompson 1983; Binder 1985"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        refused = _too_many(self, sample) or not_one_portfolio(self, sample)
        if refused:
            return refused
        known = np.isfinite(sample.residuals[0])
        residuals, df = sample.residuals[:, known], float(sample.df[0])
        factor = sample.abnormal.car_se(sample.window)[0] ** 2 / sample.abnormal.s2[0]
        covariance = residuals @ residuals.T / df
        return _hotelling(self, sample, _quadratic(sample.car, covariance) / factor, df)


@dataclass(frozen=True)
class JointEwma:
    """Joint F on CARs over their own exponentially weighted volatility, one date.

    T² = z'R⁻¹z with R the mean products of scaled residuals on their common estimation days;
    F = T² (m - n + 1)/(n m) ~ F(n, m - n + 1) for m common days, approximately. Assets may
    have different factors and sessions. The event days of the assets need not be one date:
    a fixing and a close can fall on different sessions.
    """

    name: ClassVar[str] = "joint-ewma"
    volatility: ClassVar[Volatility] = "scaled"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "Joint F over series, volatility-scaled"
    null: ClassVar[str] = _NULL
    source: ClassVar[str] = "Schipper and Thompson 1983; Binder 1985; RiskMetrics 1996"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        refused = _too_many(self, sample)
        if refused:
            return refused
        if len(set(sample.abnormal.assets)) < sample.n:
            return infeasible(self, sample, "for one episode of each asset")
        common = common_scaled(sample)
        if common.shape[1] < 30 + sample.n:
            reason = f"the assets have only {common.shape[1]} estimation days in common"
            return infeasible(self, sample, reason)
        if _dependent(on_common_days(sample, sample.residuals)):
            return infeasible(self, sample, COMBINATION)
        m = common.shape[1]
        z = scaled_sums(sample.abnormal, sample.window, ewma_variance(sample.abnormal)).z
        return _hotelling(self, sample, _quadratic(z, common @ common.T / m), float(m))


def _dependent(values: Array) -> bool:
    """Whether one row is a combination of the others.

    Each row's own volatility hides that: scaled rows of three cross rates are not dependent,
    only so nearly that a test on them rejects twice as often as it should.
    """
    scale = np.sqrt((values**2).sum(axis=1, keepdims=True))
    return not (scale > 0).all() or bool(np.linalg.cond(values / scale) > 1e6)


def common_scaled(sample: CrossSection) -> Array:
    """Residuals over their volatility on the estimation days that all episodes share.

    Returns
    -------
    ndarray, shape (episodes, days)
    """
    part = sample.abnormal
    inside = part.residuals.shape[1]
    return on_common_days(sample, part.residuals / np.sqrt(ewma_variance(part)[:, :inside]))


def on_common_days(sample: CrossSection, values: Array) -> Array:
    """Return values of estimation days on those that all episodes share.

    Returns
    -------
    ndarray, shape (episodes, days)
    """
    axes = sample.abnormal.estimation_dates
    dates = [days[np.isfinite(own)] for days, own in zip(axes, values, strict=True)]
    shared = dates[0]
    for own in dates[1:]:
        shared = np.intersect1d(shared, own)
    return np.stack([own[np.isin(days, shared)] for days, own in zip(axes, values, strict=True)])
