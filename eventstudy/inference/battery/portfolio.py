"""The equally weighted portfolio of the assets of one date, in its own volatility."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.inference.base import CrossSection, Needs, TestResult, Volatility, infeasible
from eventstudy.inference.battery.scaled_rank import rank_of_one
from eventstudy.inference.scaled_cars import ranked_sums
from eventstudy.inference.volatility import sigma_ratio


def portfolio(abnormal: AbnormalReturns) -> AbnormalReturns | None:
    """Return the equally weighted mean of the abnormal returns of episodes of one date.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes of one date.

    Returns
    -------
    AbnormalReturns or None
        One row; days on which any asset has no abnormal return have none, and count neither
        among its returns nor its degrees of freedom. Its prediction error is that of the first
        asset's regressors. None when the assets have other sessions than one another.
    """
    same = (abnormal.estimation_dates == abnormal.estimation_dates[0]).all()
    if not same or not (abnormal.dates == abnormal.dates[0]).all():
        return None
    first = abnormal.rows(np.array([0]))
    residuals = abnormal.residuals.mean(axis=0, keepdims=True)
    df = first.df - first.observed + np.isfinite(residuals).sum(axis=1)
    return replace(
        first,
        assets=np.array(["portfolio"]),
        residuals=residuals,
        gap=abnormal.gap.mean(axis=0, keepdims=True),
        returns=abnormal.returns.mean(axis=0, keepdims=True),
        normal=abnormal.normal.mean(axis=0, keepdims=True),
        s2=np.nansum(residuals**2, axis=1) / np.where(df > 0, df, np.nan),
        df=df,
    )


def portfolio_ratio(abnormal: AbnormalReturns) -> float:
    """Volatility of the portfolio on the eve of day 0 over that of its estimation window."""
    made = portfolio(abnormal)
    return float("nan") if made is None else float(sigma_ratio(made)[0])


@dataclass(frozen=True)
class PortfolioEwmaSQ:
    """Rank of the portfolio's CAR among its ordinary days in the same volatility.

    `EwmaSQ` of the equally weighted mean of the abnormal returns: one date is one draw, by
    the volatility of its own eve. For one date of several assets with the same sessions.

    Checked against: plain numpy (`tests/inference/test_intervals.py`) | 4e-15 | leads in turbulent
    weeks
    """

    name: ClassVar[str] = "portfolio-ewma-sq"
    volatility: ClassVar[Volatility] = "scaled"
    needs: ClassVar[Needs] = "windows"
    label: ClassVar[str] = "Portfolio, volatility-scaled rank"
    null: ClassVar[str] = "the event is an ordinary day of the portfolio in the same volatility"
    source: ClassVar[str] = "Gelbach, Helland and Klick 2013; Baker 2016; RiskMetrics 1996"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if sample.n < 2:
            return infeasible(self, sample, f"needs at least 2 assets; there are {sample.n}")
        if sample.dates > 1:
            return infeasible(self, sample, "for events of one date")
        made = portfolio(sample.abnormal)
        if made is None:
            return infeasible(self, sample, "the assets have different sessions")
        return rank_of_one(self, sample, ranked_sums(made, sample.window), float(made.s2[0]))
