"""Significance tests; a new one is one class, added to `TESTS`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from eventstudy.errors import UnknownNameError, nearest
from eventstudy.inference.base import CrossSection, SignificanceTest, TestResult
from eventstudy.inference.cross_sectional import CrossSectionalT, CrudeDependence
from eventstudy.inference.prediction_error import PredictionErrorT
from eventstudy.inference.rank_and_sign import CorradoRank, GeneralisedSign
from eventstudy.inference.standardised import (
    BMP,
    AdjustedBMP,
    AdjustedPatell,
    Patell,
    PatellScar,
)

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
    )
}
"""Tests by name."""

__all__ = [
    "BMP",
    "TESTS",
    "AdjustedBMP",
    "AdjustedPatell",
    "CorradoRank",
    "CrossSection",
    "CrossSectionalT",
    "CrudeDependence",
    "GeneralisedSign",
    "Patell",
    "PatellScar",
    "PredictionErrorT",
    "SignificanceTest",
    "TestResult",
    "make_tests",
]


def make_tests(wanted: Sequence[str | SignificanceTest] | None) -> tuple[SignificanceTest, ...]:
    """Return tests from names or objects.

    Parameters
    ----------
    wanted : sequence of str or SignificanceTest, or None
        Names in `TESTS`, or test objects with their settings; None = all of them.

    Returns
    -------
    tuple of SignificanceTest

    Raises
    ------
    UnknownNameError
        When a name is not in `TESTS`.
    """
    made: list[SignificanceTest] = []
    for item in TESTS if wanted is None else wanted:
        if not isinstance(item, str):
            made.append(item)
        elif item in TESTS:
            made.append(TESTS[item]())
        else:
            raise UnknownNameError(f"unknown test {item!r}. {nearest(item, list(TESTS))}")
    return tuple(made)
