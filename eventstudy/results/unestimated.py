"""Tests where some episodes have abnormal returns but no estimation window to speak of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from eventstudy.inference import CrossSection, SignificanceTest
from eventstudy.inference.router import Situation, situation_of

CARS_ALONE = frozenset(
    {"cross-sectional-t", "skewness-adjusted-t", "sign", "sign-exact", "wilcoxon", "wilcoxon-exact"}
    | {"sign-flip", "wild-bootstrap", "cluster-t", "wild-cluster", "date-average-t"}
    | {"driscoll-kraay"}
)
"""Tests that compare CARs with one another, and nothing else.

All others measure by the variance or the residuals of the estimation window.
"""


def estimation_refusal(test: SignificanceTest, sample: CrossSection) -> str:
    """Say why a test cannot be had without estimation windows; empty when it can.

    Parameters
    ----------
    test : SignificanceTest
        A test; one that is not named in `CARS_ALONE` needs the estimation windows.
    sample : CrossSection
        Its episodes.

    Returns
    -------
    str
    """
    if test.name in CARS_ALONE:
        return ""
    abnormal = sample.abnormal
    study, rows = abnormal.whole or (abnormal, slice(None))
    lacks = study.once("unestimated", lambda: study.unestimated != "")
    lacking = abnormal.once("lacking", lambda: np.flatnonzero(lacks[rows]))
    if not len(lacking):
        return ""
    reason = str(abnormal.unestimated[lacking[0]]).partition(":")[0]
    return (
        f"needs estimation returns, and {len(lacking)} of {sample.n} episodes lack them: {reason}"
    )


OF_DATES = frozenset(
    {"calendar-shift", "placebo-dates", "placebo-matched", "placebo-ewma", "union-ewma"}
    | {"cluster-t", "date-average-t", "date-bmp", "driscoll-kraay", "wild-cluster"}
    | {"portfolio-t", "portfolio-sq", "portfolio-ewma-sq", "joint-f", "joint-ewma"}
    | {"adj-patell", "adj-bmp"}
)
"""Tests that compare with other dates, count dates, or correlate what shares a date."""


def dates_refusal(test: SignificanceTest) -> str:
    """Say why a test cannot be had of returns without dates; empty when it can.

    Parameters
    ----------
    test : SignificanceTest
        A test.
    """
    return "needs calendar dates: returns in event time have none" if test.name in OF_DATES else ""


def situation_without(sample: CrossSection, overlapping: int, crowded: int) -> Situation:
    """Return the situation of episodes of which some have no variance.

    Volatility and correlation are those of the episodes that have one.

    Parameters
    ----------
    sample : CrossSection
        Episodes of one level and window.
    overlapping, crowded : int
        As in `Situation`.
    """
    known = np.isfinite(sample.abnormal.s2)
    estimated = sample if known.all() else sample.rows(np.flatnonzero(known))
    return replace(
        situation_of(estimated, overlapping, crowded),
        n=sample.n,
        dates=sample.dates,
        assets=sample.assets,
    )
