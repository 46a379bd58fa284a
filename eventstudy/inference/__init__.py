"""Significance tests; a new one is one class, added to `TESTS`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eventstudy.errors import UnknownNameError, nearest
from eventstudy.inference.base import CrossSection, SignificanceTest, TestResult
from eventstudy.inference.battery.cross_sectional import (
    CrossSectionalT,
    CrudeDependence,
    MackinlayJ1,
)
from eventstudy.inference.battery.dates import (
    ClusterT,
    DateAverageT,
    DateBMP,
    DriscollKraay,
    PortfolioSQ,
    PortfolioT,
)
from eventstudy.inference.battery.generalised_rank import GrankT, GrankZ
from eventstudy.inference.battery.joint_test import JointEwma, JointF
from eventstudy.inference.battery.portfolio import PortfolioEwmaSQ
from eventstudy.inference.battery.prediction_error import PredictionErrorT
from eventstudy.inference.battery.quantile import Chow, ExactRank, SampleQuantile
from eventstudy.inference.battery.rank_and_sign import CorradoRank, GeneralisedSign
from eventstudy.inference.battery.scaled_rank import EwmaSQ, GarchSQ, RankSum
from eventstudy.inference.battery.sign import Sign, SignExact, SignFlip, Wilcoxon, WilcoxonExact
from eventstudy.inference.battery.skewness import SkewnessAdjustedT
from eventstudy.inference.battery.standardised import (
    BMP,
    AdjustedBMP,
    AdjustedPatell,
    MackinlayJ2,
    Patell,
    PatellScar,
)
from eventstudy.inference.battery.union import UnionEwma
from eventstudy.inference.battery.wild import WildBootstrap, WildCluster
from eventstudy.inference.battery.zivney import CorradoZivneyRank, CorradoZivneySign
from eventstudy.inference.placebo import (
    CalendarShift,
    PlaceboDates,
    PlaceboEwma,
    PlaceboMatched,
)

TESTS: Mapping[str, Any] = {
    test.name: test
    for test in (
        PredictionErrorT,
        EwmaSQ,
        GarchSQ,
        SampleQuantile,
        ExactRank,
        PlaceboDates,
        PlaceboMatched,
        PlaceboEwma,
        Chow,
        RankSum,
        CalendarShift,
        UnionEwma,
        CrossSectionalT,
        MackinlayJ1,
        MackinlayJ2,
        CrudeDependence,
        Patell,
        PatellScar,
        AdjustedPatell,
        BMP,
        AdjustedBMP,
        SkewnessAdjustedT,
        CorradoRank,
        CorradoZivneyRank,
        CorradoZivneySign,
        GrankT,
        GrankZ,
        GeneralisedSign,
        Sign,
        SignExact,
        Wilcoxon,
        WilcoxonExact,
        SignFlip,
        WildBootstrap,
        ClusterT,
        WildCluster,
        DateAverageT,
        DateBMP,
        DriscollKraay,
        PortfolioT,
        PortfolioSQ,
        PortfolioEwmaSQ,
        JointF,
        JointEwma,
    )
}
"""Tests by name."""

__all__ = [
    "BMP",
    "TESTS",
    "AdjustedBMP",
    "AdjustedPatell",
    "CalendarShift",
    "Chow",
    "ClusterT",
    "CorradoRank",
    "CorradoZivneyRank",
    "CorradoZivneySign",
    "CrossSection",
    "CrossSectionalT",
    "CrudeDependence",
    "DateAverageT",
    "DateBMP",
    "DriscollKraay",
    "EwmaSQ",
    "ExactRank",
    "GarchSQ",
    "GeneralisedSign",
    "GrankT",
    "GrankZ",
    "JointEwma",
    "JointF",
    "MackinlayJ1",
    "MackinlayJ2",
    "Patell",
    "PatellScar",
    "PlaceboDates",
    "PlaceboEwma",
    "PlaceboMatched",
    "PortfolioEwmaSQ",
    "PortfolioSQ",
    "PortfolioT",
    "PredictionErrorT",
    "RankSum",
    "SampleQuantile",
    "Sign",
    "SignExact",
    "SignFlip",
    "SignificanceTest",
    "SkewnessAdjustedT",
    "TestResult",
    "UnionEwma",
    "Wilcoxon",
    "WilcoxonExact",
    "WildBootstrap",
    "WildCluster",
    "make_tests",
]


def make_tests(wanted: Sequence[str | SignificanceTest]) -> tuple[SignificanceTest, ...]:
    """Return tests from names or objects.

    Parameters
    ----------
    wanted : sequence of str or SignificanceTest
        Names in `TESTS`, or test objects with their settings.

    Returns
    -------
    tuple of SignificanceTest

    Raises
    ------
    UnknownNameError
        When a name is not in `TESTS`.
    """
    made: list[SignificanceTest] = []
    for item in wanted:
        if not isinstance(item, str):
            made.append(item)
        elif item in TESTS:
            made.append(TESTS[item]())
        else:
            raise UnknownNameError(f"unknown test {item!r}. {nearest(item, list(TESTS))}")
    return tuple(made)
