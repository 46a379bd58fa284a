"""Tests that take dates, not episodes, to be independent: cluster t, date averages, portfolio."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.inference.base import TestResult, infeasible, outcome, varies
from eventstudy.inference.battery.quantile import quantile_result, window_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.arrays import Array, Ints
    from eventstudy.inference.base import CrossSection, Needs, SignificanceTest, Volatility


FEWEST_DATES = 20
"""Driscoll-Kraay errors of fewer dates mean nothing."""
_NULL = "the mean cumulative abnormal return is zero"


def _by_date(sample: CrossSection) -> tuple[Ints, int]:
    """Return the number of each episode's date, and how many dates there are."""
    dates, date_of = np.unique(sample.abnormal.day0, return_inverse=True)
    return date_of, len(dates)


def _too_few(test: SignificanceTest, sample: CrossSection) -> TestResult | None:
    if sample.dates < 2:
        reason = f"needs at least 2 distinct dates; there are {sample.dates}"
        return infeasible(test, sample, reason)
    if not varies(sample.car):
        return infeasible(test, sample, "all cumulative abnormal returns are equal")
    return None


@dataclass(frozen=True)
class ClusterT:
    """t with variance G/(G - 1) Σ_g (Σ_i (x_i - x̄))²/N², t(G - 1), clustered by date.

    Liang and Zeger (1986), CR1. With fewer than about ten dates it rejects too often.

    Checked against: statsmodels, clustered OLS | 5e-16 | size, correlation .5 within dates,
    variance ×2
    """

    name: ClassVar[str] = "cluster-t"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "dates"
    label: ClassVar[str] = "t clustered by date"
    null: ClassVar[str] = _NULL
    source: ClassVar[str] = "Liang and Zeger 1986"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := _too_few(self, sample):
            return refused
        date_of, g = _by_date(sample)
        sums = np.bincount(date_of, sample.car - sample.car.mean())
        se = np.sqrt(g / (g - 1) * (sums**2).sum()) / sample.n
        if se == 0:
            return infeasible(self, sample, "the dates do not vary")
        return outcome(self, sample, sample.car.mean() / se, g - 1, {"dates": g})


@dataclass(frozen=True)
class DateAverageT:
    """t over the mean CARs of distinct dates, t(G - 1) (Fama and MacBeth 1973).

    Checked against: `scipy.stats.ttest_1samp` of the date means | 9e-16 | the same size
    """

    name: ClassVar[str] = "date-average-t"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "dates"
    label: ClassVar[str] = "t over date averages"
    null: ClassVar[str] = _NULL
    source: ClassVar[str] = "Fama and MacBeth 1973"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := _too_few(self, sample):
            return refused
        date_of, g = _by_date(sample)
        means = np.bincount(date_of, sample.car) / np.bincount(date_of)
        if not varies(means):
            return infeasible(self, sample, "the dates do not vary")
        statistic = means.mean() * np.sqrt(g) / means.std(ddof=1)
        return outcome(self, sample, statistic, g - 1, {"dates": g})


def _one_portfolio(sample: CrossSection) -> bool:
    """Whether all episodes have the same estimation days and regressors."""
    abnormal = sample.abnormal
    known = np.isfinite(abnormal.residuals)
    same = (abnormal.estimation_dates == abnormal.estimation_dates[0]).all() and (
        known == known[0]
    ).all()
    alike = np.allclose(abnormal.leverage, abnormal.leverage[0], rtol=1e-8, atol=1e-12)
    scaled = np.allclose(abnormal.scale, abnormal.scale[0], rtol=1e-8, equal_nan=True)
    return bool(same) and alike and scaled


def not_one_portfolio(test: SignificanceTest, sample: CrossSection) -> TestResult | None:
    """Object unless all episodes share their date, estimation days and regressors."""
    if sample.n < 1:
        return infeasible(test, sample, "there is no episode")
    if sample.dates > 1:
        return infeasible(test, sample, "for events of one date")
    if not _one_portfolio(sample):
        return infeasible(test, sample, "the assets have different estimation days or factors")
    return None


def _portfolio(sample: CrossSection) -> tuple[Array, float]:
    """Abnormal returns of the equally weighted portfolio: estimation days, and its CAR."""
    residuals = sample.residuals.mean(axis=0)
    return residuals[np.isfinite(residuals)], float(sample.car.mean())


def _portfolio_se(sample: CrossSection) -> float:
    """Prediction error of the portfolio's CAR."""
    residuals, df = _portfolio(sample)[0], float(sample.df[0])
    factor = sample.abnormal.car_se(sample.window)[0] ** 2 / sample.abnormal.s2[0]
    return float(np.sqrt((residuals**2).sum() / df * factor))


@dataclass(frozen=True)
class PortfolioT:
    """Prediction-error t of the equally weighted portfolio of one date, t(L1 - k).

    Identical regressors make the portfolio's residuals the mean of the assets' (Schipper
    and Thompson 1983). Takes volatility to be that of the estimation window.

    Checked against: oracle, statsmodels: the portfolio's regression | 3e-15
    """

    name: ClassVar[str] = "portfolio-t"
    volatility: ClassVar[Volatility] = "constant"
    needs: ClassVar[Needs] = "windows"
    label: ClassVar[str] = "Portfolio t"
    null: ClassVar[str] = "the cumulative abnormal return of the portfolio is zero"
    source: ClassVar[str] = "Schipper and Thompson 1983"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := not_one_portfolio(self, sample):
            return refused
        car, se = float(sample.car.mean()), _portfolio_se(sample)
        if se == 0:
            return infeasible(self, sample, "the portfolio does not vary before the event")
        return outcome(self, sample, car / se, float(sample.df[0]), {"car": car, "se": se})


@dataclass(frozen=True)
class PortfolioSQ:
    """Sample-quantile test of the portfolio of one date (Gelbach, Helland and Klick 2013).

    p = 2 min(1 + #{e ≤ CAR}, 1 + #{e ≥ CAR})/(n + 1) among the n sums of L successive
    estimation residuals; for L > 1 they overlap, and p is approximate.

    Checked against: oracle | 0
    """

    name: ClassVar[str] = "portfolio-sq"
    volatility: ClassVar[Volatility] = "constant"
    needs: ClassVar[Needs] = "windows"
    label: ClassVar[str] = "Portfolio sample quantile"
    null: ClassVar[str] = "the event is an ordinary day of the portfolio"
    source: ClassVar[str] = "Gelbach, Helland and Klick 2013"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := not_one_portfolio(self, sample):
            return refused
        residuals, car = _portfolio(sample)
        return quantile_result(self, sample, window_sums(residuals, sample.length), car)


def _portfolios(sample: CrossSection) -> tuple[Array, str]:
    """Standardised CAR of the portfolio of each date; and why it cannot be had, else empty."""
    date_of, g = _by_date(sample)
    order, ends = np.argsort(date_of, kind="stable"), np.cumsum(np.bincount(date_of))
    dates = np.split(order, ends[:-1])
    variances = sample.abnormal.once("variances of dates", lambda: _variances(sample, dates))
    if variances is None:
        return np.full(
            g, np.nan
        ), "the episodes of a date have different estimation days or factors"
    factor = sample.abnormal.car_se(sample.window) ** 2 / sample.abnormal.s2
    z = np.full(g, np.nan)
    for date, rows in enumerate(dates):
        se = np.sqrt(variances[date] * factor[rows[0]])
        z[date] = sample.car[rows].mean() / se if se > 0 else np.nan
    return z, "" if np.isfinite(z).all() else "a portfolio does not vary before the event"


def _variances(sample: CrossSection, dates: Sequence[Ints]) -> Array | None:
    """Residual variance of the portfolio of each date, for all windows; None if one is none."""
    variances = np.full(len(dates), np.nan)
    for date, rows in enumerate(dates):
        episodes = sample.rows(rows)
        if not _one_portfolio(episodes):
            return None
        residuals = _portfolio(episodes)[0]
        variances[date] = (residuals**2).sum() / float(episodes.df[0])
    return variances


@dataclass(frozen=True)
class DateBMP:
    """t over the standardised CARs of the portfolios of distinct dates, t(G - 1).

    Each date's episodes are one equally weighted portfolio whose CAR is divided by its own
    prediction error; these G draws are compared by their own spread (Boehmer, Musumeci and
    Poulsen 1991, on dates). Keeps its size under correlation within dates and a change of
    variance; about ten dates are needed.

    Checked against: statsmodels: one portfolio regression a date | 2e-13 | the same size
    """

    name: ClassVar[str] = "date-bmp"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "dates"
    label: ClassVar[str] = "BMP over dates"
    null: ClassVar[str] = "the mean standardised CAR of the dates' portfolios is zero"
    source: ClassVar[str] = "Boehmer, Musumeci and Poulsen 1991; Jaffe 1974"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := _too_few(self, sample):
            return refused
        z, reason = _portfolios(sample)
        if reason:
            return infeasible(self, sample, reason)
        if not varies(z):
            return infeasible(self, sample, "the dates do not vary")
        statistic = z.mean() * np.sqrt(len(z)) / z.std(ddof=1)
        return outcome(self, sample, statistic, len(z) - 1, {"dates": float(len(z))})


@dataclass(frozen=True)
class DriscollKraay:
    """t of the mean CAR with errors that are correlated within dates and between near ones.

    Var = Σ_j w_j Σ_t h_t h_{t-j}, h_t = Σ_i (x_it - x̄)/N summed within dates, Bartlett weights
    (Driscoll and Kraay 1998): equal to statsmodels' ``hac-groupsum`` without small-sample
    correction, with G/(G - 1) and t(G - 1) here. At least L - 1 lags, so that windows may
    overlap; else floor(4 (G/100)^(2/9)) (Newey and West 1994). Needs many dates, 20 or more.

    Checked against: statsmodels `hac-groupsum`; `HAC` for one episode a date | 2e-14
    """

    name: ClassVar[str] = "driscoll-kraay"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "t with Driscoll-Kraay errors"
    null: ClassVar[str] = _NULL
    source: ClassVar[str] = "Driscoll and Kraay 1998; Newey and West 1994"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := _too_few(self, sample):
            return refused
        date_of, g = _by_date(sample)
        if g < FEWEST_DATES:
            reason = f"needs at least {FEWEST_DATES} distinct dates; there are {g}"
            return infeasible(self, sample, reason)
        lags = max(sample.length - 1, int(4 * (g / 100) ** (2 / 9)))
        h = np.bincount(date_of, sample.car - sample.car.mean()) / sample.n
        variance = float(h @ h)
        for lag in range(1, lags + 1):
            variance += 2 * (1 - lag / (lags + 1)) * float(h[lag:] @ h[:-lag])
        if not variance > 1e-24 * float(h @ h):
            return infeasible(self, sample, "the dates do not vary")
        statistic = sample.car.mean() / np.sqrt(variance * g / (g - 1))
        details = {"dates": float(g), "lags": float(lags)}
        return outcome(self, sample, statistic, g - 1, details)
