"""Several series on one date: joint F, on plain and on volatility-scaled abnormal returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.inference.base import TestResult, infeasible
from eventstudy.inference.battery.dates import not_one_portfolio
from eventstudy.inference.ranks import p_of_rank
from eventstudy.inference.scaled_cars import scaled_sums
from eventstudy.inference.volatility import ewma_variance

if TYPE_CHECKING:
    from eventstudy.arrays import Array
    from eventstudy.inference.base import CrossSection, Needs, SignificanceTest, Volatility


_NULL = "no asset reacted"
FEWEST_COMMON = 30
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
        return infeasible(test, sample, "one series is a combination of the others")
    p = float(stats.f.sf(f, n, free))
    result = TestResult(test.name, sample.window, test.null, n, f, p, "F", free)
    return result.with_details(df1=float(n), T2=t2)


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

    Checked against: statsmodels equation by equation, T² by hand; oracle; a regression of the dummy
    on the returns | 2e-14 | size, ρ = 0 and .6
    """

    name: ClassVar[str] = "joint-f"
    volatility: ClassVar[Volatility] = "constant"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "Joint F over series (MVRM)"
    null: ClassVar[str] = _NULL
    source: ClassVar[str] = "Schipper and Thompson 1983; Binder 1985"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := _too_many(self, sample) or not_one_portfolio(self, sample):
            return refused
        known = np.isfinite(sample.residuals[0])
        residuals, df = sample.residuals[:, known], float(sample.df[0])
        factor = sample.abnormal.car_se(sample.window)[0] ** 2 / sample.abnormal.s2[0]
        covariance = residuals @ residuals.T / df
        return _hotelling(self, sample, _quadratic(sample.car, covariance) / factor, df)


@dataclass(frozen=True)
class JointEwma:
    """Rank of T² = z'R⁻¹z over series among ordinary days, z = CAR/(σ√L) by its own volatility.

    R are the mean products of the same of ordinary days, on which all assets have one;
    p = (1 + #{T²_t ≥ T²})/(m + 1) over these m days. `p_f` is that of Hotelling's
    F = T² (m - n + 1)/(n m), which takes tails to be normal and rejects a little too often.
    Assets may have different factors, and different sessions for their day 0: a fixing and a
    close can fall apart.

    Checked against: the definition in a loop | 3e-16 | size, also on cross rates; quotes and units
    do not matter
    """

    name: ClassVar[str] = "joint-ewma"
    volatility: ClassVar[Volatility] = "scaled"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "Joint test over series, volatility-scaled"
    null: ClassVar[str] = _NULL
    source: ClassVar[str] = "Schipper and Thompson 1983; Binder 1985; RiskMetrics 1996"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := _too_many(self, sample):
            return refused
        if len(set(sample.abnormal.assets)) < sample.n:
            return infeasible(self, sample, "for one episode of each asset")
        z, common = common_scaled(sample)
        m = common.shape[1]
        if m < FEWEST_COMMON + sample.n:
            reason = f"the assets have only {m} ordinary days in common"
            return infeasible(self, sample, reason)
        t2 = _quadratic(z, common @ common.T / m)
        result = _hotelling(self, sample, t2, float(m))
        if not result.computed:
            return result
        theirs = (common * np.linalg.solve(common @ common.T / m, common)).sum(axis=0)
        p = p_of_rank(int((theirs >= t2).sum()), m)
        return replace(result, p=p, distribution="rank").with_details(
            p_f=result.p, smallest_p=1 / (m + 1)
        )


def common_scaled(sample: CrossSection) -> tuple[Array, Array]:
    """CARs over their volatility, and those of the ordinary days that all episodes share.

    Parameters
    ----------
    sample : CrossSection
        One episode of each of several assets.

    Returns
    -------
    z : ndarray, shape (episodes,)
    common : ndarray, shape (episodes, days)
    """
    abnormal = sample.abnormal
    scaled = scaled_sums(abnormal, sample.window, ewma_variance(abnormal))
    before = scaled.before
    dates = abnormal.estimation_dates[:, : before.shape[1]]
    days, count = np.unique(dates[np.isfinite(before)], return_counts=True)
    shared = np.isin(dates, days[count == len(dates)])
    return scaled.z, before[shared].reshape(len(before), -1)
