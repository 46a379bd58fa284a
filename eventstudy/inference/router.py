"""Which test leads in which situation, and which are refused there.

The rules are those that the measurements in docs/size_power.md support: a test is refused
where its true size was far from 5 %, and leads where it was not and its power was best.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.correlation import mean_correlation
from eventstudy.inference.cross_sectional import CrossSectionalT, CrudeDependence
from eventstudy.inference.dates import (
    ClusterT,
    DateBMP,
    DriscollKraay,
    PortfolioSQ,
    PortfolioT,
)
from eventstudy.inference.generalised_rank import GrankT
from eventstudy.inference.joint_test import JointEwma, JointF
from eventstudy.inference.placebo import CalendarShift, PlaceboDates, PlaceboEwma, PlaceboMatched
from eventstudy.inference.prediction_error import PredictionErrorT
from eventstudy.inference.quantile import Chow, ExactRank, SampleQuantile
from eventstudy.inference.rank_and_sign import CorradoRank, GeneralisedSign
from eventstudy.inference.scaled_rank import EwmaSQ, GarchSQ, RankSum
from eventstudy.inference.sign import SignFlip, Wilcoxon, WilcoxonExact
from eventstudy.inference.standardised import BMP, AdjustedBMP, Patell
from eventstudy.inference.union import UnionEwma
from eventstudy.inference.volatility import scaled_days
from eventstudy.inference.wild import WildBootstrap, WildCluster
from eventstudy.inference.zivney import CorradoZivneyRank

if TYPE_CHECKING:
    from eventstudy.inference.base import CrossSection, SignificanceTest

    Tests = tuple[SignificanceTest, ...]

CALM, TURBULENT = 0.67, 1.5
"""Volatility now over that of the estimation window, beyond which the two are not alike."""
FEW_DATES = 10
FEW_EPISODES = 10
FEW_ASSETS = 5
HIGH_RBAR = 0.05
INFLATION = 1.1
"""Variance of a mean, over that of independent episodes, from which independence is refused."""

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
    sigma_ratio : float
        Median volatility on the eve over that of the estimation window.
    """

    n: int
    dates: int
    assets: int
    overlapping: int = 0
    crowded: int = 0
    rbar: float = float("nan")
    sigma_ratio: float = float("nan")

    @property
    def inflation(self) -> float:
        """Variance of the mean over that of independent episodes, 1 + (N - 1) r̄."""
        return 1.0 if np.isnan(self.rbar) else 1 + (self.n - 1) * self.rbar

    @property
    def kind(self) -> str:
        """The situation in words."""
        if self.n <= 1:
            return "one episode of one series"
        if self.overlapping:
            return "overlapping windows"
        if self.dates == 1:
            few = self.assets <= FEW_ASSETS
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
    alone : bool
        Whether no companion may lead in its place, because none holds its size.
    """

    headline: SignificanceTest
    companions: Tests
    reason: str
    alone: bool = False


def situation_of(sample: CrossSection, overlapping: int = 0, crowded: int = 0) -> Situation:
    """Return the situation of a cross-section of episodes.

    Parameters
    ----------
    sample : CrossSection
        Episodes of one level and window.
    overlapping, crowded : int
        As in `Situation`.
    """
    assets = len(set(sample.abnormal.assets))
    ratios = scaled_days(sample.abnormal).ratio if sample.n else np.array([np.nan])
    return Situation(
        n=sample.n,
        dates=sample.dates,
        assets=assets,
        overlapping=overlapping,
        crowded=crowded,
        rbar=_rbar(sample) if assets > 1 and sample.dates < sample.n else float("nan"),
        sigma_ratio=float(np.median(ratios)),
    )


def _rbar(sample: CrossSection) -> float:
    return mean_correlation(sample.abnormal, "same-date")


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


_CHOICES = {
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
        alone=True,
    ),
    "one date, a few series": Choice(
        JointEwma(),
        (JointF(), PortfolioT(), PortfolioSQ()),
        "one date is one draw; the series are tested jointly, each by its own volatility",
    ),
    "one date, many assets": Choice(
        AdjustedBMP(),
        (CorradoRank(), PortfolioSQ(), GrankT(correct="sqrt(1-rbar)"), PortfolioT()),
        "one date is one draw; the correlation between assets is allowed for",
    ),
    "a few separate dates": Choice(
        RankSum(),
        (
            CrossSectionalT(),
            BMP(),
            PlaceboEwma(),
            GrankT(),
            WilcoxonExact(),
            SignFlip(),
            WildBootstrap(),
        ),
        "with few events it has the most power among tests that hold their size in all weathers",
    ),
    "many separate dates": Choice(
        BMP(),
        (GrankT(), CrossSectionalT(), RankSum(), CorradoRank(), GeneralisedSign(), Wilcoxon()),
        "it holds its size when the events change the variance",
    ),
}


def objection(test: SignificanceTest, situation: Situation) -> str:
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
    now, found = situation, []
    if not CALM <= now.sigma_ratio <= TURBULENT and np.isfinite(now.sigma_ratio):
        found.append(
            f"Volatility before the events was {now.sigma_ratio:.1f} times that of the "
            "estimation window (median): tests that take it to be the same "
            + (
                "reject too often."
                if now.sigma_ratio > 1
                else "reject too seldom, and the volatility-scaled rank a little too often (7 %)."
            )
        )
    if now.n > 1 and now.dates < FEW_DATES:
        dates = "one date" if now.dates == 1 else f"{now.dates} distinct dates"
        found.append(f"Only {dates}: what is typical of events cannot be told well from them.")
    if now.rbar > HIGH_RBAR:
        found.append(
            f"The assets' abnormal returns correlate before the events (mean {now.rbar:.2f}): "
            "common factors are missing from the normal return."
        )
    if now.crowded:
        found.append(
            f"{now.crowded} of {now.n} sessions carry several statements: their reaction "
            "cannot be divided between them."
        )
    return tuple(found)
