"""Which test leads in which situation, and which are refused there.

The rules are those that the measurements in docs/size_power.md support: a test is refused
where its true size was far from 5 %, and leads where it was not and its power was best.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from eventstudy.inference.average import average
from eventstudy.inference.battery.cross_sectional import CrossSectionalT, CrudeDependence
from eventstudy.inference.battery.dates import (
    ClusterT,
    DateBMP,
    DriscollKraay,
    PortfolioSQ,
    PortfolioT,
)
from eventstudy.inference.battery.generalised_rank import GrankT
from eventstudy.inference.battery.joint_test import JointEwma, JointF
from eventstudy.inference.battery.portfolio import PortfolioEwmaSQ, portfolio_ratio
from eventstudy.inference.battery.prediction_error import PredictionErrorT
from eventstudy.inference.battery.quantile import Chow, ExactRank, SampleQuantile
from eventstudy.inference.battery.rank_and_sign import CorradoRank, GeneralisedSign
from eventstudy.inference.battery.scaled_rank import EwmaSQ, GarchSQ, RankSum
from eventstudy.inference.battery.sign import SignFlip, Wilcoxon, WilcoxonExact
from eventstudy.inference.battery.standardised import BMP, AdjustedBMP, Patell
from eventstudy.inference.battery.union import UnionEwma
from eventstudy.inference.battery.wild import WildBootstrap, WildCluster
from eventstudy.inference.battery.zivney import CorradoZivneyRank
from eventstudy.inference.correlation import Correlation, correlation, correlation_sums
from eventstudy.inference.placebo import CalendarShift, PlaceboDates, PlaceboEwma, PlaceboMatched
from eventstudy.inference.shared_estimation import INFLATION
from eventstudy.inference.volatility import SIGMA_RATIO, sigma_ratio

if TYPE_CHECKING:
    from eventstudy.inference.base import CrossSection, SignificanceTest
    from eventstudy.inference.sums import BlockSum

    Tests = tuple[SignificanceTest, ...]

Kind = Literal[
    "one episode of one series",
    "overlapping windows",
    "one date, a few series",
    "one date, many assets",
    "several dates, several assets each",
    "a few separate dates",
    "many separate dates",
]
"""What kind of situation it is; one kind, one choice of tests."""

CALM, TURBULENT = 0.67, 1.5
"""Volatility now over that of the estimation window, beyond which the two are not alike."""
FEW_DATES = 10
FEW_EPISODES = 10
FEW_ON_A_DATE = 5
FEWEST = {"grank-t": 10}
"""Episodes below which a test is refused: GRANK-T rejects 25 % with two, 10 % with five."""
WILD = 1.25
"""Standard deviation of the event days over that of the estimation window, said from here."""
HIGH_RBAR = 0.05

CLASSIC: Tests = (
    CrossSectionalT(),
    CrudeDependence(),
    Patell(),
    BMP(),
    CorradoRank(),
    GeneralisedSign(),
    Wilcoxon(),
)
"""Tests that readers look for: where they are refused, the reason is listed."""


@dataclass(frozen=True)
class Situation:
    """What decides which tests are valid.

    Parameters
    ----------
    n, dates, assets : int
        Episodes, their distinct dates (G), their distinct assets.
    overlapping : int
        Episodes whose window shares a day with another one of the same asset.
    crowded : int
        Episodes that stand for more than one statement.
    rbar : float
        Mean correlation between episodes, by their estimation residuals, those of different
        dates counted as uncorrelated; NaN for one asset or where no date is shared.
    rbar_estimated : bool
        Whether it is an estimate: more pairs than are correlated one by one, see `correlation`.
    sigma_ratio : float
        Median volatility on the eve over that of the estimation window.
    portfolio_ratio : float
        The same of the equally weighted portfolio; of many assets on one date.
    event_sd_ratio : float
        Of overlapping windows: standard deviation of the event days over that of the
        estimation window.
    """

    n: int
    dates: int
    assets: int
    overlapping: int = 0
    crowded: int = 0
    rbar: float = float("nan")
    rbar_estimated: bool = False
    sigma_ratio: float = float("nan")
    portfolio_ratio: float = float("nan")
    event_sd_ratio: float = float("nan")

    @property
    def inflation(self) -> float:
        """Variance of the mean over that of independent episodes, 1 + (N - 1) r̄."""
        return 1.0 if np.isnan(self.rbar) else 1 + (self.n - 1) * self.rbar

    @property
    def kind(self) -> Kind:
        """The situation in words."""
        if self.n <= 1:
            return "one episode of one series"
        if self.overlapping:
            return "overlapping windows"
        if self.dates == 1:
            few = self.assets <= FEW_ON_A_DATE
            return "one date, a few series" if few else "one date, many assets"
        if self.dates < self.n:
            return "several dates, several assets each"
        return "a few separate dates" if self.n <= FEW_EPISODES else "many separate dates"


@dataclass(frozen=True)
class Choice:
    """Tests chosen for a situation.

    Parameters
    ----------
    headline : SignificanceTest
        The test that leads.
    companions : tuple of SignificanceTest
        Tests to read beside it.
    reason : str
        Why it leads, in a sentence.
    deputies : tuple of str, optional
        Names of the companions that may lead where the headline cannot be computed, and
        hold their size. None = any, the first before the others.
    caveat : str
        What is to be said where one of them leads.
    """

    headline: SignificanceTest
    companions: Tests
    reason: str
    deputies: tuple[str, ...] | None = None
    caveat: str = ""


def situation_sums(sample: CrossSection) -> tuple[BlockSum[Any], ...]:
    """Return what `situation_of` adds up over the days of episodes."""
    rbar = sample.assets > 1 and sample.dates < sample.n
    return (SIGMA_RATIO, *(correlation_sums(sample.abnormal, "same-date") if rbar else ()))


def situation_of(sample: CrossSection, overlapping: int = 0, crowded: int = 0) -> Situation:
    """Return the situation of a cross-section of episodes.

    Parameters
    ----------
    sample : CrossSection
        Episodes of one level and window.
    overlapping, crowded : int
        As in `Situation`.
    """
    assets = sample.assets
    many = sample.dates == 1 and assets > FEW_ON_A_DATE
    rbar = Correlation(float("nan"))
    if assets > 1 and sample.dates < sample.n:
        rbar = correlation(sample.abnormal, "same-date")
    ratios = sigma_ratio(sample.abnormal) if sample.n else np.array([np.nan])
    return Situation(
        n=sample.n,
        dates=sample.dates,
        assets=assets,
        overlapping=overlapping,
        crowded=crowded,
        rbar=rbar.mean,
        rbar_estimated=rbar.estimated,
        sigma_ratio=float(np.median(ratios)),
        portfolio_ratio=portfolio_ratio(sample.abnormal) if many else float("nan"),
        event_sd_ratio=_event_sd_ratio(sample) if overlapping and sample.n > 1 else float("nan"),
    )


def _event_sd_ratio(sample: CrossSection) -> float:
    if sample.history is None:
        return float("nan")
    return average(sample.abnormal, [sample.window], sample.history, draws=None).event_sd_ratio


def choose(situation: Situation) -> Choice:
    """Return the test that leads in a situation, and its companions.

    Parameters
    ----------
    situation : Situation
        The situation.

    Returns
    -------
    Choice
    """
    if situation.kind == "several dates, several assets each":
        return _several_dates(situation)
    if situation.kind == "one date, many assets" and situation.portfolio_ratio > TURBULENT:
        return _TURBULENT_DATE
    return _CHOICES[situation.kind]


def _several_dates(situation: Situation) -> Choice:
    companions: Tests = (GrankT(), CorradoZivneyRank())
    if situation.dates >= FEW_DATES:
        companions += (DateBMP(), ClusterT())
    if situation.dates >= 6:
        companions += (WildCluster(),)
    return Choice(
        AdjustedBMP(rbar="same-date"),
        companions,
        "it allows for correlation between assets and for a variance that the events change",
    )


_CHOICES: dict[Kind, Choice] = {
    "one episode of one series": Choice(
        EwmaSQ(),
        (
            PredictionErrorT(),
            GarchSQ(),
            ExactRank(),
            SampleQuantile(),
            PlaceboDates(),
            PlaceboMatched(),
            Chow(),
        ),
        "it compares the event with ordinary days in the same volatility",
    ),
    "overlapping windows": Choice(
        CalendarShift(),
        (UnionEwma(), DriscollKraay()),
        "the windows share days; moving the whole calendar keeps that as it is",
        deputies=("union-ewma",),
        caveat="it is approximate: its size at 5 % was 5 to 6.5 % on four crowded calendars of ten "
        "free currencies, but up to 14 % for one whose rate was managed; and a rejection says "
        "that the days were no ordinary ones, not which way they went",
    ),
    "one date, a few series": Choice(
        JointEwma(),
        (JointF(), PortfolioT(), PortfolioSQ()),
        "one date is one draw; the series are tested jointly, each by its own volatility",
    ),
    "one date, many assets": Choice(
        AdjustedBMP(),
        (
            PortfolioEwmaSQ(),
            CorradoRank(),
            PortfolioSQ(),
            GrankT(correct="sqrt(1-rbar)"),
            PortfolioT(),
        ),
        "one date is one draw; the correlation between assets is allowed for",
    ),
    "a few separate dates": Choice(
        RankSum(),
        (
            CrossSectionalT(),
            BMP(estimation="shared"),
            PlaceboEwma(),
            GrankT(),
            WilcoxonExact(),
            SignFlip(),
            WildBootstrap(),
        ),
        "with few events it has the most power among tests that hold their size in all weathers",
    ),
    "many separate dates": Choice(
        BMP(estimation="shared"),
        (GrankT(), CrossSectionalT(), RankSum(), CorradoRank(), GeneralisedSign(), Wilcoxon()),
        "it holds its size when the events change the variance",
    ),
}

_TURBULENT_DATE = Choice(
    PortfolioEwmaSQ(),
    (AdjustedBMP(), CorradoRank(), PortfolioSQ(), GrankT(correct="sqrt(1-rbar)"), PortfolioT()),
    "one date is one draw, and it lies in turbulent weeks: the portfolio is compared with its own "
    "days in the same volatility",
)


def refusal(test: SignificanceTest, situation: Situation) -> str:
    """Say why a test is not valid in a situation; empty when it is.

    Parameters
    ----------
    test : SignificanceTest
        A test.
    situation : Situation
        The situation.

    Returns
    -------
    str
    """
    now = situation
    fewest = FEWEST.get(test.name, 0)
    if 1 < now.n < fewest:
        return f"with fewer than {fewest} episodes it rejects far too often; there are {now.n}"
    if test.needs == "nothing" or now.n < 2:
        return ""
    if now.overlapping:
        return (
            f"{now.overlapping} of {now.n} windows overlap another one of the same asset: their "
            "CARs share returns and are not independent"
        )
    if now.dates == 1 and test.needs in ("episodes", "dates"):
        return f"all {now.n} episodes share one date: that is one draw, not {now.n}"
    if now.dates < now.n and test.needs == "episodes" and now.inflation > INFLATION:
        return (
            f"{now.n} episodes share {now.dates} dates and correlate (mean {now.rbar:.3f}): the "
            f"variance of their mean is {now.inflation:.1f} times that of independent ones"
        )
    return ""


def warnings(situation: Situation) -> tuple[str, ...]:
    """Return what a reader of tests must know about a situation.

    Parameters
    ----------
    situation : Situation
        The situation.

    Returns
    -------
    tuple of str
    """
    now, texts = situation, []
    if not CALM <= now.sigma_ratio <= TURBULENT and np.isfinite(now.sigma_ratio):
        texts.append(
            f"Volatility before the events was {now.sigma_ratio:.1f} times that of the "
            "estimation window (median): tests that take it to be the same "
            + (
                "reject too often."
                if now.sigma_ratio > 1
                else "reject too seldom, and the volatility-scaled rank a little too often (7 %)."
            )
        )
    if now.event_sd_ratio > WILD:
        texts.append(
            f"The event days were {now.event_sd_ratio:.1f} times as volatile as the estimation "
            "window: what takes their variance to be the same (the textbook interval, joint "
            "dummies) is far too narrow, and tests against ordinary days reject for the variance "
            "alone (11 to 15 % where it is 1.5 times as large or more)."
        )
    if now.n > 1 and now.dates < FEW_DATES:
        dates = "one date" if now.dates == 1 else f"{now.dates} distinct dates"
        texts.append(f"Only {dates}: what is typical of events cannot be told well from them.")
    if now.rbar > HIGH_RBAR:
        texts.append(
            f"The assets' abnormal returns correlate before the events (mean {now.rbar:.2f}): "
            "common factors are missing from the normal return."
        )
    if now.rbar_estimated:
        texts.append(
            "Pairs of assets are too many to be correlated one by one, and their estimation days "
            "differ: their mean correlation is an estimate from sums by day."
        )
    if now.crowded:
        texts.append(
            f"{now.crowded} of {now.n} sessions carry several statements: their reaction "
            "cannot be divided between them."
        )
    return tuple(texts)
