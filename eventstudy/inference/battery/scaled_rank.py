"""Ranks of volatility-scaled abnormal returns: EWMA-SQ, GARCH-SQ, rank sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.inference.base import TestResult, exact, infeasible
from eventstudy.inference.ranks import p_of_rank, sum_distribution
from eventstudy.inference.volatility import (
    ScaledSums,
    garch_variance,
    ranked_sums,
    scaled_sums,
)

if TYPE_CHECKING:
    from eventstudy.inference.base import CrossSection, Needs, SignificanceTest, Volatility


_ORDINARY = "the event is an ordinary day (or run of days) in the same volatility"
MOST_EXACT = 25
"""With more episodes the sum of their ranks is taken to be normal."""


def one_episode(test: SignificanceTest, sample: CrossSection) -> TestResult | None:
    """Refuse anything but one episode."""
    if sample.n == 1:
        return None
    return infeasible(test, sample, f"for one episode, and there are {sample.n}")


def rank_of_one(
    test: SignificanceTest, sample: CrossSection, scaled: ScaledSums, s2: float
) -> TestResult:
    """Return the two-sided rank of one scaled CAR among the ordinary ones.

    Parameters
    ----------
    test : SignificanceTest
        The test.
    sample : CrossSection
        What it is given.
    scaled : ScaledSums
        One row.
    s2 : float
        Residual variance, for the ratio of the volatility on the eve to it.
    """
    before, z = scaled.before[0], float(scaled.z[0])
    before = before[np.isfinite(before)]
    if not np.isfinite(z):
        return infeasible(test, sample, "the volatility before the event cannot be measured")
    if not len(before):
        return infeasible(test, sample, "there is no ordinary day to compare with")
    n = len(before)
    p = p_of_rank(int((np.abs(before) >= abs(z)).sum()), n)
    ratio = float(scaled.eve[0] / np.sqrt(s2))
    result = exact(test, sample, z, p, "rank", smallest=1 / (n + 1))
    return result.with_details(sigma_ratio=ratio)


@dataclass(frozen=True)
class EwmaSQ:
    """Rank of |CAR/(σ√L)| among the same of ordinary days: p = (1 + #{|z_s| ≥ |z|})/(n + 1).

    σ² is the exponentially weighted mean square (.94) of the abnormal returns before, so that
    a turbulent week is compared with turbulent weeks. The sample-quantile test of Gelbach,
    Helland and Klick (2013) on scaled residuals, in the spirit of Baker (2016). For one
    episode. Sums over L > 1 days overlap: the effective number of them is about n/L. For
    L > 5 both sides allow for the error of the estimated normal return, √(1 + L/L1) and
    √(1 - L/L1). `car_intervals` is the
    test turned round.

    Checked against: the definition in a loop | 5e-16 | size under t(3) errors
    """

    name: ClassVar[str] = "ewma-sq"
    volatility: ClassVar[Volatility] = "scaled"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "Volatility-scaled rank (EWMA)"
    null: ClassVar[str] = _ORDINARY
    source: ClassVar[str] = "Gelbach, Helland and Klick 2013; Baker 2016; RiskMetrics 1996"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := one_episode(self, sample):
            return refused
        abnormal = sample.abnormal
        return rank_of_one(
            self, sample, ranked_sums(abnormal, sample.window), float(abnormal.s2[0])
        )


@dataclass(frozen=True)
class GarchSQ:
    """As `EwmaSQ`, with σ² from a GARCH(1,1) fitted to the estimation residuals.

    Bollerslev (1986). The statistic depends on an optimiser: equal to about 2e-3 elsewhere.

    Checked against: arch's own fit, run on by hand | 5e-8 | 5e-3 allowed: an optimiser
    """

    name: ClassVar[str] = "garch-sq"
    volatility: ClassVar[Volatility] = "scaled"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "Volatility-scaled rank (GARCH)"
    null: ClassVar[str] = _ORDINARY
    source: ClassVar[str] = "Gelbach, Helland and Klick 2013; Bollerslev 1986"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := one_episode(self, sample):
            return refused
        variance, converged = garch_variance(sample.abnormal)
        if not converged[0]:
            return infeasible(self, sample, "the GARCH(1,1) likelihood has no maximum here")
        abnormal = sample.abnormal
        scaled = scaled_sums(abnormal, sample.window, variance)
        return rank_of_one(self, sample, scaled, float(abnormal.s2[0]))


@dataclass(frozen=True)
class RankSum:
    """Sum over episodes of the rank of each scaled CAR among its own ordinary days.

    With ranks r_i of n_i + 1 values, Σ r_i is, for days like any other in the same
    volatility, a sum of independent uniforms: exact p for up to 25 episodes (one for ties
    apart), normal beyond. The statistic is the standardised sum, as in GRANK-Z of Kolari and
    Pynnönen (2011) with AR/σ of the exponentially weighted volatility in place of SAR. For
    L > 5 both sides allow for the error of the estimated normal return, as in `EwmaSQ`. Not
    robust to a variance that the event itself changes: read `bmp` beside it.

    Checked against: every combination of ranks (`itertools`) | 5e-16 | size, N = 3, 5, 10
    """

    name: ClassVar[str] = "rank-sum-ewma"
    volatility: ClassVar[Volatility] = "scaled"
    needs: ClassVar[Needs] = "episodes"
    label: ClassVar[str] = "Rank sum of volatility-scaled CARs"
    null: ClassVar[str] = "the events are ordinary days in the same volatility"
    source: ClassVar[str] = "Kolari and Pynnönen 2011; RiskMetrics 1996"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        from scipy import stats

        if sample.n < 2:
            return infeasible(self, sample, f"needs at least 2 episodes; there are {sample.n}")
        scaled = ranked_sums(sample.abnormal, sample.window)
        if not np.isfinite(scaled.z).all():
            return infeasible(self, sample, "the volatility before an event cannot be measured")
        if (scaled.n < 1).any():
            return infeasible(self, sample, "an episode has no ordinary days to compare with")
        below = (scaled.before < scaled.z[:, None]).sum(axis=1)
        tied = (scaled.before == scaled.z[:, None]).sum(axis=1)
        ranks, sizes = below + tied / 2, scaled.n + 1
        spread = np.sqrt(((sizes**2 - 1) / 12).sum())
        statistic = float((ranks - (sizes - 1) / 2).sum() / spread)
        smallest = float(2 * np.prod(1.0 / sizes))
        if sample.n > MOST_EXACT:
            p = float(2 * stats.norm.sf(abs(statistic)))
            return exact(self, sample, statistic, p, "normal", smallest=smallest)
        chances = sum_distribution([int(size) for size in sizes])
        total = float(ranks.sum())
        low = chances[: int(np.floor(total)) + 1].sum()
        high = chances[int(np.ceil(total)) :].sum()
        p = float(min(1.0, 2 * min(low, high)))
        return exact(self, sample, statistic, p, "sum of uniform ranks", smallest=smallest)
