"""Tests on the signs and ranks of CARs: sign, Wilcoxon signed rank, sign-flip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.inference.base import TestResult, exact, infeasible, outcome

if TYPE_CHECKING:
    from eventstudy.arrays import Array
    from eventstudy.inference.base import CrossSection, Needs, SignificanceTest, Volatility


_MEDIAN = "the median cumulative abnormal return is zero"
_SYMMETRY = "cumulative abnormal returns are symmetric around zero"
MOST_FLIPS = 20
"""More episodes than this have too many sign patterns to enumerate."""


def _too_few(test: SignificanceTest, sample: CrossSection) -> TestResult | None:
    if sample.n < 1:
        return infeasible(test, sample, "there is no episode")
    if not (sample.car != 0).any():
        return infeasible(test, sample, "all cumulative abnormal returns are zero")
    return None


@dataclass(frozen=True)
class Sign:
    """Z = (n₊ - N/2) / (√N/2), standard normal; n₊ counts positive CARs.

    Checked against: base R (`binom.test`), oracle | 4e-15
    """

    name: ClassVar[str] = "sign"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "episodes"
    label: ClassVar[str] = "Sign"
    null: ClassVar[str] = _MEDIAN
    source: ClassVar[str] = "Brown and Warner 1980"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := _too_few(self, sample):
            return refused
        positive = int((sample.car > 0).sum())
        return outcome(self, sample, (positive - sample.n / 2) / (0.5 * np.sqrt(sample.n)))


@dataclass(frozen=True)
class SignExact:
    """The sign test with its exact binomial distribution; the statistic is n₊.

    Checked against: base R (`binom.test`), oracle | 4e-15
    """

    name: ClassVar[str] = "sign-exact"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "episodes"
    label: ClassVar[str] = "Sign, exact"
    null: ClassVar[str] = _MEDIAN
    source: ClassVar[str] = "Brown and Warner 1980"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        from scipy import stats

        if refused := _too_few(self, sample):
            return refused
        positive = int((sample.car > 0).sum())
        p = float(stats.binomtest(positive, sample.n).pvalue)
        return exact(self, sample, positive, p, "binomial", smallest=2.0 ** (1 - sample.n))


def _signed_ranks(car: Array) -> tuple[Array, Array]:
    """Non-zero CARs, and the ranks of their sizes."""
    from scipy import stats

    kept = car[car != 0]
    ranks: Array = stats.rankdata(np.abs(kept))
    return kept, ranks


@dataclass(frozen=True)
class Wilcoxon:
    """Z of the signed-rank sum, without continuity correction (Wilcoxon 1945).

    W sums the ranks of |CAR| over positive CARs; mean N(N+1)/4, variance
    N(N+1)(2N+1)/24; zeros are left out.

    Checked against: base R (`wilcox.test`), oracle | 4e-15 | size
    """

    name: ClassVar[str] = "wilcoxon"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "episodes"
    label: ClassVar[str] = "Wilcoxon signed rank"
    null: ClassVar[str] = _SYMMETRY
    source: ClassVar[str] = "Wilcoxon 1945"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := _too_few(self, sample):
            return refused
        car, ranks = _signed_ranks(sample.car)
        n = len(car)
        w = float(ranks[car > 0].sum())
        spread = np.sqrt(n * (n + 1) * (2 * n + 1) / 24)
        return outcome(self, sample, (w - n * (n + 1) / 4) / spread)


@dataclass(frozen=True)
class WilcoxonExact:
    """The signed-rank test with its exact distribution; the statistic is W (Wilcoxon 1945).

    Checked against: base R (`wilcox.test`), oracle | 4e-15 | size
    """

    name: ClassVar[str] = "wilcoxon-exact"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "episodes"
    label: ClassVar[str] = "Wilcoxon signed rank, exact"
    null: ClassVar[str] = _SYMMETRY
    source: ClassVar[str] = "Wilcoxon 1945"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        from scipy import stats

        if refused := _too_few(self, sample):
            return refused
        car, ranks = _signed_ranks(sample.car)
        if len(set(ranks)) < len(ranks):
            return infeasible(self, sample, "tied sizes have no exact distribution; use wilcoxon")
        p = float(stats.wilcoxon(car, method="exact").pvalue)
        w = float(ranks[car > 0].sum())
        return exact(self, sample, w, p, "signed rank", smallest=2.0 ** (1 - len(car)))


@dataclass(frozen=True)
class SignFlip:
    """Exact randomisation test over all 2^N signs of the CARs; the statistic is their mean.

    p = share of sign patterns whose |mean CAR| is at least that observed (Fisher 1935).
    For at most 20 episodes; with five or fewer it can never reject at 5 %.

    Checked against: base R, all 2²⁰ patterns | 5e-14
    """

    name: ClassVar[str] = "sign-flip"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "episodes"
    label: ClassVar[str] = "Sign-flip, exact"
    null: ClassVar[str] = _SYMMETRY
    source: ClassVar[str] = "Fisher 1935"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := _too_few(self, sample):
            return refused
        if sample.n > MOST_FLIPS:
            reason = f"{sample.n} episodes have too many sign patterns; at most {MOST_FLIPS}"
            return infeasible(self, sample, reason)
        observed = abs(float(sample.car.sum()))
        sums = np.zeros(1)
        for value in sample.car:
            sums = np.concatenate([sums + value, sums - value])
        slack = 1e-12 * float(np.abs(sample.car).sum())
        p = float(np.mean(np.abs(sums) >= observed - slack))
        smallest = 2.0 ** (1 - sample.n)
        return exact(self, sample, float(sample.car.mean()), p, "randomisation", smallest=smallest)
