"""Tests that take dates, not episodes, to be independent: cluster t, date averages, portfolio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.inference.base import TestResult, exact, infeasible, outcome, varies

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.inference.base import CrossSection, SignificanceTest

    Array = NDArray[np.float64]

_NULL = "the mean cumulative abnormal return is zero"


def _by_date(sample: CrossSection) -> tuple[NDArray[np.intp], int]:
    """Return the number of each episode's date, and how many dates there are."""
    dates, place = np.unique(sample.abnormal.day0, return_inverse=True)
    return place, len(dates)


def _too_few(test: SignificanceTest, sample: CrossSection) -> TestResult | None:
    dates = _by_date(sample)[1]
    if dates < 2:
        return infeasible(test, sample, f"needs at least 2 distinct dates; there are {dates}")
    if not varies(sample.car):
        return infeasible(test, sample, "all cumulative abnormal returns are equal")
    return None


@dataclass(frozen=True)
class ClusterT:
    """t with variance G/(G - 1) Σ_g (Σ_i (x_i - x̄))²/N², t(G - 1), clustered by date.

    Liang and Zeger (1986), CR1. With fewer than about ten dates it rejects too often.
    """

    name: ClassVar[str] = "cluster-t"
    allows_new_variance: ClassVar[bool] = True
    label: ClassVar[str] = "t clustered by date"
    null: ClassVar[str] = _NULL
    source: ClassVar[str] = "Liang and Zeger 1986"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        refused = _too_few(self, sample)
        if refused:
            return refused
        place, g = _by_date(sample)
        sums = np.bincount(place, sample.car - sample.car.mean())
        se = np.sqrt(g / (g - 1) * (sums**2).sum()) / sample.n
        if se == 0:
            return infeasible(self, sample, "the dates do not vary")
        return outcome(self, sample, sample.car.mean() / se, g - 1, {"dates": g})


@dataclass(frozen=True)
class DateAverageT:
    """t over the mean CARs of distinct dates, t(G - 1) (Fama and MacBeth 1973)."""

    name: ClassVar[str] = "date-average-t"
    allows_new_variance: ClassVar[bool] = True
    label: ClassVar[str] = "t over date averages"
    null: ClassVar[str] = _NULL
    source: ClassVar[str] = "Fama and MacBeth 1973"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        refused = _too_few(self, sample)
        if refused:
            return refused
        place, g = _by_date(sample)
        means = np.bincount(place, sample.car) / np.bincount(place)
        if not varies(means):
            return infeasible(self, sample, "the dates do not vary")
        statistic = means.mean() * np.sqrt(g) / means.std(ddof=1)
        return outcome(self, sample, statistic, g - 1, {"dates": g})


def _not_one_portfolio(test: SignificanceTest, sample: CrossSection) -> TestResult | None:
    """Object unless all episodes share their date and every day of their estimation window."""
    if sample.n < 1:
        return infeasible(test, sample, "there is no episode")
    part = sample.abnormal
    known = np.isfinite(part.residuals)
    same = (part.estimation_dates == part.estimation_dates[0]).all() and (known == known[0]).all()
    if _by_date(sample)[1] > 1 or not same:
        return infeasible(test, sample, "for events of one date with the same estimation days")
    if not np.allclose(part.leverage, part.leverage[0], rtol=1e-8, atol=1e-12):
        return infeasible(test, sample, "the assets have different factors")
    if not np.allclose(part.scale, part.scale[0], rtol=1e-8, equal_nan=True):
        return infeasible(test, sample, "the variance of event days differs between assets")
    return None


def _portfolio(sample: CrossSection) -> tuple[Array, float]:
    """Abnormal returns of the equally weighted portfolio: estimation days, and its CAR."""
    residuals = sample.residuals.mean(axis=0)
    return residuals[np.isfinite(residuals)], float(sample.car.mean())


@dataclass(frozen=True)
class PortfolioT:
    """Prediction-error t of the equally weighted portfolio of one date, t(L1 - k).

    Identical regressors make the portfolio's residuals the mean of the assets' (Schipper
    and Thompson 1983). Takes volatility to be that of the estimation window.
    """

    name: ClassVar[str] = "portfolio-t"
    allows_new_variance: ClassVar[bool] = False
    label: ClassVar[str] = "Portfolio t"
    null: ClassVar[str] = "the cumulative abnormal return of the portfolio is zero"
    source: ClassVar[str] = "Schipper and Thompson 1983"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        refused = _not_one_portfolio(self, sample)
        if refused:
            return refused
        residuals, car = _portfolio(sample)
        df = float(sample.df[0])
        factor = sample.abnormal.car_se(sample.window)[0] ** 2 / sample.abnormal.s2[0]
        se = float(np.sqrt((residuals**2).sum() / df * factor))
        if se == 0:
            return infeasible(self, sample, "the portfolio does not vary before the event")
        return outcome(self, sample, car / se, df, {"car": car, "se": se})


@dataclass(frozen=True)
class PortfolioSQ:
    """Sample-quantile test of the portfolio of one date (Gelbach, Helland and Klick 2013).

    p = 2 min(1 + #{e ≤ CAR}, 1 + #{e ≥ CAR})/(n + 1) among the n sums of L successive
    estimation residuals; for L > 1 they overlap, and p is approximate.
    """

    name: ClassVar[str] = "portfolio-sq"
    allows_new_variance: ClassVar[bool] = False
    label: ClassVar[str] = "Portfolio sample quantile"
    null: ClassVar[str] = "the event is an ordinary day of the portfolio"
    source: ClassVar[str] = "Gelbach, Helland and Klick 2013"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        refused = _not_one_portfolio(self, sample)
        if refused:
            return refused
        residuals, car = _portfolio(sample)
        sums = np.convolve(residuals, np.ones(sample.length), mode="valid")
        n = len(sums)
        low, high = int((sums <= car).sum()), int((sums >= car).sum())
        p = min(1.0, 2 * (1 + min(low, high)) / (n + 1))
        return exact(self, sample, car, p, "sample quantile", smallest=2 / (n + 1))
