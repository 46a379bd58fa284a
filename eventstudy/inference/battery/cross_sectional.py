"""Tests on the mean CAR: cross-sectional t, crude dependence adjustment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.inference.base import TestResult, infeasible, outcome, varies
from eventstudy.inference.sums import BlockSum, collected, column_totals, means_of

if TYPE_CHECKING:
    from eventstudy.arrays import Array
    from eventstudy.inference.base import CrossSection, Needs, Volatility


@dataclass(frozen=True)
class CrossSectionalT:
    """t = mean(CAR) sqrt(N) / sd(CAR), t(N - 1) (Brown and Warner 1980; MacKinlay 1997).

    Keeps its size when the event changes the variance; needs independent episodes.

    Checked against: base R (`t.test`), oracle | 5e-14 | size
    """

    name: ClassVar[str] = "cross-sectional-t"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "episodes"
    label: ClassVar[str] = "Cross-sectional t"
    null: ClassVar[str] = "the mean cumulative abnormal return is zero"
    source: ClassVar[str] = "Brown and Warner 1980; MacKinlay 1997"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if sample.n < 2:
            return infeasible(self, sample, f"needs at least 2 episodes; there are {sample.n}")
        if not varies(sample.car):
            return infeasible(self, sample, "all cumulative abnormal returns are equal")
        statistic = sample.car.mean() * np.sqrt(sample.n) / sample.car.std(ddof=1)
        return outcome(self, sample, statistic, sample.n - 1)


_BY_DAY: BlockSum[Array] = BlockSum(
    "residuals by day", lambda block: column_totals(block.residuals)
)


@dataclass(frozen=True)
class CrudeDependence:
    """t = CAAR / (sqrt(L) sd(AAR of the estimation window)), t(L1 - 1).

    Brown and Warner (1980, 1985). Averages over episodes first, and so allows for
    correlation between assets on a common date; not for a change of variance.

    Checked against: base R, oracle | 5e-14 | size
    """

    name: ClassVar[str] = "crude-dependence"
    volatility: ClassVar[Volatility] = "constant"
    needs: ClassVar[Needs] = "windows"
    label: ClassVar[str] = "Crude dependence adjustment"
    null: ClassVar[str] = "the mean cumulative abnormal return is zero"
    source: ClassVar[str] = "Brown and Warner 1980, 1985"

    def sums(self, sample: CrossSection) -> tuple[BlockSum[Array], ...]:  # noqa: ARG002
        """Residuals by day of the estimation window."""
        return (_BY_DAY,)

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if sample.n < 1:
            return infeasible(self, sample, "there is no episode")
        aar = means_of(collected(sample.abnormal, _BY_DAY))
        aar = aar[np.isfinite(aar)]
        if len(aar) < 2 or not varies(aar):
            return infeasible(self, sample, "average abnormal returns do not vary before the event")
        spread = aar.std(ddof=1)
        statistic = sample.car.mean() / (np.sqrt(sample.length) * spread)
        return outcome(self, sample, statistic, len(aar) - 1)


@dataclass(frozen=True)
class MackinlayJ1:
    """J1 = CAAR / sqrt(Σ 1'V_i1 / N²), standard normal (MacKinlay 1997, eq. 20).

    The error is that of prediction, with its exact covariance; assumes independent episodes
    and unchanged variance.

    Checked against: base R | 1e-13
    """

    name: ClassVar[str] = "mackinlay-j1"
    volatility: ClassVar[Volatility] = "constant"
    needs: ClassVar[Needs] = "episodes"
    label: ClassVar[str] = "MacKinlay J1"
    null: ClassVar[str] = "the mean cumulative abnormal return is zero"
    source: ClassVar[str] = "MacKinlay 1997; Campbell, Lo and MacKinlay 1997, ch. 4"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if sample.n < 1:
            return infeasible(self, sample, "there is no episode")
        error = np.sqrt((sample.abnormal.car_se(sample.window) ** 2).sum()) / sample.n
        return outcome(self, sample, sample.car.mean() / error)
