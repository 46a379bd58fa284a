"""Significance tests; a new one is one class in `battery`, and one line here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from eventstudy.arguments import known, lacking, told_class
from eventstudy.inference.base import CrossSection as CrossSection
from eventstudy.inference.base import SignificanceTest as SignificanceTest
from eventstudy.inference.base import TestResult as TestResult
from eventstudy.register import classes

# isort: off
# the order is that in which tests are listed
from eventstudy.inference.battery.prediction_error import PredictionErrorT as PredictionErrorT
from eventstudy.inference.battery.scaled_rank import EwmaSQ as EwmaSQ
from eventstudy.inference.battery.scaled_rank import GarchSQ as GarchSQ
from eventstudy.inference.battery.quantile import SampleQuantile as SampleQuantile
from eventstudy.inference.battery.quantile import ExactRank as ExactRank
from eventstudy.inference.placebo import PlaceboDates as PlaceboDates
from eventstudy.inference.placebo import PlaceboMatched as PlaceboMatched
from eventstudy.inference.placebo import PlaceboEwma as PlaceboEwma
from eventstudy.inference.battery.quantile import Chow as Chow
from eventstudy.inference.battery.scaled_rank import RankSum as RankSum
from eventstudy.inference.placebo import CalendarShift as CalendarShift
from eventstudy.inference.battery.union import UnionEwma as UnionEwma
from eventstudy.inference.battery.cross_sectional import CrossSectionalT as CrossSectionalT
from eventstudy.inference.battery.cross_sectional import MackinlayJ1 as MackinlayJ1
from eventstudy.inference.battery.standardised import MackinlayJ2 as MackinlayJ2
from eventstudy.inference.battery.cross_sectional import CrudeDependence as CrudeDependence
from eventstudy.inference.battery.standardised import Patell as Patell
from eventstudy.inference.battery.standardised import PatellScar as PatellScar
from eventstudy.inference.battery.standardised import AdjustedPatell as AdjustedPatell
from eventstudy.inference.battery.standardised import BMP as BMP
from eventstudy.inference.battery.standardised import AdjustedBMP as AdjustedBMP
from eventstudy.inference.battery.skewness import SkewnessAdjustedT as SkewnessAdjustedT
from eventstudy.inference.battery.rank_and_sign import CorradoRank as CorradoRank
from eventstudy.inference.battery.zivney import CorradoZivneyRank as CorradoZivneyRank
from eventstudy.inference.battery.zivney import CorradoZivneySign as CorradoZivneySign
from eventstudy.inference.battery.generalised_rank import GrankT as GrankT
from eventstudy.inference.battery.generalised_rank import GrankZ as GrankZ
from eventstudy.inference.battery.rank_and_sign import GeneralisedSign as GeneralisedSign
from eventstudy.inference.battery.sign import Sign as Sign
from eventstudy.inference.battery.sign import SignExact as SignExact
from eventstudy.inference.battery.sign import Wilcoxon as Wilcoxon
from eventstudy.inference.battery.sign import WilcoxonExact as WilcoxonExact
from eventstudy.inference.battery.sign import SignFlip as SignFlip
from eventstudy.inference.battery.wild import WildBootstrap as WildBootstrap
from eventstudy.inference.battery.dates import ClusterT as ClusterT
from eventstudy.inference.battery.wild import WildCluster as WildCluster
from eventstudy.inference.battery.dates import DateAverageT as DateAverageT
from eventstudy.inference.battery.dates import DateBMP as DateBMP
from eventstudy.inference.battery.dates import DriscollKraay as DriscollKraay
from eventstudy.inference.battery.dates import PortfolioT as PortfolioT
from eventstudy.inference.battery.dates import PortfolioSQ as PortfolioSQ
from eventstudy.inference.battery.portfolio import PortfolioEwmaSQ as PortfolioEwmaSQ
from eventstudy.inference.battery.joint_test import JointF as JointF
from eventstudy.inference.battery.joint_test import JointEwma as JointEwma
# isort: on

_LINES = {
    "label": 'label: ClassVar[str] = "Its name, for readers"',
    "null": 'null: ClassVar[str] = "what it takes to be so"',
    "source": 'source: ClassVar[str] = "Author year"',
    "volatility": 'volatility: ClassVar[Volatility] = "constant"',
    "needs": 'needs: ClassVar[Needs] = "nothing"',
    "__call__": "def __call__(self, sample: CrossSection) -> TestResult: ...",
}

TEST_MEMBERS = {"name": 'name: ClassVar[str] = "its-name"', "__call__": _LINES["__call__"]}
"""What an object must have to be a test, and how it is written."""

TESTS: Mapping[str, Any] = classes(globals(), _LINES)
"""Tests by name."""
for _kind in TESTS.values():
    told_class(_kind)


def make_tests(
    wanted: str | SignificanceTest | Sequence[str | SignificanceTest],
) -> tuple[SignificanceTest, ...]:
    """Return tests from names or objects.

    Parameters
    ----------
    wanted : str, SignificanceTest or sequence of them
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
    items: list[Any] = [wanted]
    if isinstance(wanted, Iterable) and not isinstance(wanted, str | type):
        items = list(wanted)
    for item in items:
        if isinstance(item, str):
            made.append(known("test", item, TESTS)())
        else:
            test = item() if isinstance(item, type) and item in TESTS.values() else item
            lacking("test", test, TEST_MEMBERS)
            made.append(test)
    return tuple(made)
