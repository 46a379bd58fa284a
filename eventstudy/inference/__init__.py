"""Significance tests; a new one is one class, added to `TESTS`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eventstudy.errors import UnknownNameError, nearest
from eventstudy.inference.base import CrossSection, SignificanceTest, TestResult
from eventstudy.inference.cross_sectional import CrossSectionalT, CrudeDependence
from eventstudy.inference.dates import ClusterT, DateAverageT, PortfolioSQ, PortfolioT
from eventstudy.inference.generalised_rank import GrankT, GrankZ
from eventstudy.inference.prediction_error import PredictionErrorT
from eventstudy.inference.rank_and_sign import CorradoRank, GeneralisedSign
from eventstudy.inference.sign import Sign, SignExact, SignFlip, Wilcoxon, WilcoxonExact
from eventstudy.inference.skewness import SkewnessAdjustedT
from eventstudy.inference.standardised import (
    BMP,
    AdjustedBMP,
    AdjustedPatell,
    Patell,
    PatellScar,
)
from eventstudy.inference.zivney import CorradoZivneyRank, CorradoZivneySign

TESTS: Mapping[str, Any] = {
    test.name: test
    for test in (
        PredictionErrorT,
        CrossSectionalT,
        CrudeDependence,
        Patell,
        PatellScar,
        AdjustedPatell,
        BMP,
        AdjustedBMP,
        CorradoRank,
        GeneralisedSign,
        CorradoZivneyRank,
        CorradoZivneySign,
        GrankT,
        GrankZ,
        Sign,
        SignExact,
        Wilcoxon,
        WilcoxonExact,
        SignFlip,
        SkewnessAdjustedT,
        ClusterT,
        DateAverageT,
        PortfolioT,
        PortfolioSQ,
    )
}
"""Tests by name."""

DEFAULT = tuple(TESTS)[:10]
"""Names of the tests that are computed when none are asked for."""

__all__ = [
    "BMP",
    "DEFAULT",
    "TESTS",
    "AdjustedBMP",
    "AdjustedPatell",
    "ClusterT",
    "CorradoRank",
    "CorradoZivneyRank",
    "CorradoZivneySign",
    "CrossSection",
    "CrossSectionalT",
    "CrudeDependence",
    "DateAverageT",
    "GeneralisedSign",
    "GrankT",
    "GrankZ",
    "Patell",
    "PatellScar",
    "PortfolioSQ",
    "PortfolioT",
    "PredictionErrorT",
    "Sign",
    "SignExact",
    "SignFlip",
    "SignificanceTest",
    "SkewnessAdjustedT",
    "TestResult",
    "Wilcoxon",
    "WilcoxonExact",
    "make_tests",
]


def make_tests(wanted: Sequence[str | SignificanceTest] | None) -> tuple[SignificanceTest, ...]:
    """Return tests from names or objects.

    Parameters
    ----------
    wanted : sequence of str or SignificanceTest, or None
        Names in `TESTS`, or test objects with their settings; None = those in `DEFAULT`.

    Returns
    -------
    tuple of SignificanceTest

    Raises
    ------
    UnknownNameError
        When a name is not in `TESTS`.
    """
    made: list[SignificanceTest] = []
    for item in DEFAULT if wanted is None else wanted:
        if not isinstance(item, str):
            made.append(item)
        elif item in TESTS:
            made.append(TESTS[item]())
        else:
            raise UnknownNameError(f"unknown test {item!r}. {nearest(item, list(TESTS))}")
    return tuple(made)
