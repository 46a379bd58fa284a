"""One event among the days of its estimation window: sample quantile, exact rank, Chow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.inference.base import TestResult, exact, infeasible
from eventstudy.inference.battery.scaled_rank import one_episode
from eventstudy.models.traits import is_least_squares

if TYPE_CHECKING:
    from eventstudy.arrays import Array
    from eventstudy.inference.base import CrossSection, Needs, SignificanceTest, Volatility


def window_sums(residuals: Array, days: int) -> Array:
    """Return sums of successive observed residuals, shape (n - days + 1,); none if n < days."""
    known = residuals[np.isfinite(residuals)]
    return np.convolve(known, np.ones(days), mode="valid") if len(known) >= days else known[:0]


def quantile_result(
    test: SignificanceTest, sample: CrossSection, sums: Array, car: float
) -> TestResult:
    """Two-sided sample-quantile p of a CAR among sums of as many ordinary days."""
    n = len(sums)
    if n < 1:
        return infeasible(test, sample, "there is no ordinary day to compare with")
    low, high = int((sums <= car).sum()), int((sums >= car).sum())
    p = min(1.0, 2 * (1 + min(low, high)) / (n + 1))
    return exact(test, sample, car, p, "sample quantile", smallest=2 / (n + 1))


@dataclass(frozen=True)
class SampleQuantile:
    """p = 2 (1 + min(#{e ≤ CAR}, #{e ≥ CAR}))/(n + 1) (Gelbach, Helland and Klick 2013).

    For one episode. For L > 1 the n sums of L successive residuals overlap, and p is
    approximate. Compares with days of any volatility: in turbulent weeks the true size at
    5 % is 11-15 %, in calm ones 1-2 %.

    Checked against: residuals of statsmodels, counted | 0 | size under t(3) errors; 5th smallest of
    99
    """

    name: ClassVar[str] = "sample-quantile"
    volatility: ClassVar[Volatility] = "constant"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "Sample quantile (SQ)"
    null: ClassVar[str] = "the event is a day like those of the estimation window"
    source: ClassVar[str] = "Gelbach, Helland and Klick 2013"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := one_episode(self, sample):
            return refused
        sums = window_sums(sample.residuals[0], sample.length)
        return quantile_result(self, sample, sums, float(sample.car[0]))


@dataclass(frozen=True)
class _Refit:
    """Studentised residuals of a fit under the null, or why there are none.

    Parameters
    ----------
    estimation, event : ndarray, shapes (n,) and (L,)
        Of the estimation days, and of the days of the window.
    reason : str
        Why there are none; empty where there are.
    """

    estimation: Array
    event: Array
    reason: str = ""


def _refused(reason: str) -> _Refit:
    return _Refit(np.empty(0), np.empty(0), reason)


def _refit(sample: CrossSection) -> _Refit:
    """Fit the model to estimation and event days together, as if nothing had happened."""
    if sample.history is None:
        return _refused("needs the series behind the study")
    abnormal = sample.abnormal
    asset = str(abnormal.assets[0])
    data, model = sample.history.data[asset], sample.history.models[asset]
    if not is_least_squares(model):
        return _refused(f"the model {model.name} is not fitted by ordinary least squares")
    known = np.isfinite(abnormal.residuals[0])
    days = np.concatenate([abnormal.estimation_days[0, known], abnormal.days(sample.window)[0]])
    design = model.declare(data.factors[days])
    returns = data.returns[days].copy()
    returns[-sample.length :] = abnormal.returns[0, sample.columns]
    y, x = returns - design.offset, design.regressors
    if x.shape[1]:
        q = np.linalg.qr(x)[0]
        residuals, hat = y - q @ (q.T @ y), (q**2).sum(axis=1)
    else:
        residuals, hat = y, np.zeros(len(y))
    free = 1 - hat
    if (free < 1e-9).any():
        return _refused("a factor singles out one day")
    u = residuals / np.sqrt(free)
    return _Refit(u[: -sample.length], u[-sample.length :])


@dataclass(frozen=True)
class ExactRank:
    """Rank of the event among all days when the model is fitted as if nothing had happened.

    u_t = e_t/√(1 - h_t) from one fit to estimation and event days: for one day
    p = #{|u_t| ≥ |u_0|}/(n + 1), exact for exchangeable errors of any distribution, for
    |u_0| is a monotone transform of the dummy-regression t. Over L > 1 days the sum of the
    window is ranked among all n + L sums of L cyclically successive days (moving blocks;
    Chernozhukov, Wüthrich and Zhu 2021). For one episode and models fitted by least squares.

    Checked against: statsmodels: external studentised residuals = t of the dummy; cyclic blocks |
    3e-16 | p uniform under t(3) errors
    """

    name: ClassVar[str] = "exact-rank"
    volatility: ClassVar[Volatility] = "constant"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "Exact rank, null imposed"
    null: ClassVar[str] = "the event is a day like those of the estimation window"
    source: ClassVar[str] = "Chernozhukov, Wüthrich and Zhu 2021"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := one_episode(self, sample):
            return refused
        refit = _refit(sample)
        if refit.reason:
            return infeasible(self, sample, refit.reason)
        u = np.concatenate([refit.estimation, refit.event])
        ring = np.concatenate([u, u[: sample.length - 1]])
        sums = np.convolve(ring, np.ones(sample.length), mode="valid")
        observed = float(refit.event.sum())
        slack = 1e-12 * float(np.abs(u).max())
        larger = int((np.abs(sums) >= abs(observed) - slack).sum())
        return exact(self, sample, observed, larger / len(u), "rank", smallest=1 / len(u))


@dataclass(frozen=True)
class Chow:
    """F = (a'C⁻¹a/L)/s², F(L, L1 - k): any abnormality, in mean or variance (Chow 1960).

    a are the abnormal returns of the window, s²C their prediction-error covariance. For one
    episode; exact if returns are normal with the variance of the estimation window.

    Checked against: statsmodels: F test of the event dummies | 7e-14 | p uniform under normal
    errors
    """

    name: ClassVar[str] = "chow"
    volatility: ClassVar[Volatility] = "constant"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "Chow predictive F"
    null: ClassVar[str] = "no day of the window is abnormal"
    source: ClassVar[str] = "Chow 1960"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        from scipy import stats

        if refused := one_episode(self, sample):
            return refused
        v = sample.abnormal.covariance(0)[sample.columns, sample.columns]
        ar, df = sample.ar[0], float(sample.df[0])
        f = float(ar @ np.linalg.solve(v, ar)) / sample.length
        p = float(stats.f.sf(f, sample.length, df))
        result = TestResult(self.name, sample.window, self.null, 1, f, p, "F", df)
        return result.with_details(df1=float(sample.length))
