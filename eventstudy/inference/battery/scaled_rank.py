"""Ranks of volatility-scaled abnormal returns: EWMA-SQ, GARCH-SQ, rank sum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.inference.base import TestResult, exact, infeasible
from eventstudy.inference.intervals import rank_p
from eventstudy.inference.ranks import p_of_rank, sum_distribution
from eventstudy.inference.scaled_cars import ScaledSums, ranked_sums, scaled_sums
from eventstudy.inference.sums import BlockSum, collected, column
from eventstudy.inference.volatility import garch_variance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array
    from eventstudy.inference.base import CrossSection, Needs, SignificanceTest, Volatility
    from eventstudy.inference.samples import Samples


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

    def p_of_samples(self, samples: Samples, effects: Sequence[float]) -> Array:
        """Return the p of each sample, shape (samples, effects); see `ManyAtOnce`."""
        if samples.n != 1:
            return np.full((len(samples.rows), len(effects)), np.nan)
        scaled = ranked_sums(samples.days, samples.window)
        p = [rank_p(samples.car(effect) / scaled.scale, scaled.before) for effect in effects]
        return np.stack(p, axis=1)[samples.rows[:, 0]]


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


def _placed(sample: CrossSection) -> BlockSum[Array]:
    """Rank of each scaled CAR among those of ordinary days, and how many values are ranked.

    Of shape (episodes, 2); a rank is NaN where the volatility before is not known.
    """
    window = sample.window

    def of(block: AbnormalReturns) -> Array:
        scaled = ranked_sums(block, window)
        ranks = np.where(np.isfinite(scaled.z), _ranks(scaled.z, scaled.before), np.nan)
        return np.column_stack([ranks, scaled.n + 1])

    return column(("rank of scaled CAR", window), of)


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

    def sums(self, sample: CrossSection) -> tuple[BlockSum[Array], ...]:
        """Ranks of scaled CARs."""
        return (_placed(sample),)

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        from scipy import stats

        if sample.n < 2:
            return infeasible(self, sample, f"needs at least 2 episodes; there are {sample.n}")
        ranks, sizes = collected(sample.abnormal, _placed(sample)).T
        if not np.isfinite(ranks).all():
            return infeasible(self, sample, "the volatility before an event cannot be measured")
        if (sizes < 2).any():
            return infeasible(self, sample, "an episode has no ordinary days to compare with")
        spread = np.sqrt(((sizes**2 - 1) / 12).sum())
        statistic = float((ranks - (sizes - 1) / 2).sum() / spread)
        smallest = float(2 * np.prod(1.0 / sizes))
        if sample.n > MOST_EXACT:
            p = float(2 * stats.norm.sf(abs(statistic)))
            return exact(self, sample, statistic, p, "normal", smallest=smallest)
        p = _p_of_sum(float(ranks.sum()), sum_distribution([int(size) for size in sizes]))
        return exact(self, sample, statistic, p, "sum of uniform ranks", smallest=smallest)

    def p_of_samples(self, samples: Samples, effects: Sequence[float]) -> Array:
        """Return the p of each sample, shape (samples, effects); see `ManyAtOnce`."""
        from scipy import stats

        rows, p = samples.rows, np.full((len(samples.rows), len(effects)), np.nan)
        if samples.n < 2:
            return p
        scaled = ranked_sums(samples.days, samples.window)
        z = [samples.car(effect) / scaled.scale for effect in effects]
        ranks = np.stack([_ranks(values, scaled.before) for values in z], axis=1)[rows]
        sizes = (scaled.n + 1)[rows]
        usable = np.isfinite(z[0])[rows].all(axis=1) & (sizes > 1).all(axis=1)
        if samples.n > MOST_EXACT:
            spread = np.sqrt(((sizes**2 - 1) / 12).sum(axis=1))
            statistic = (ranks - (sizes[..., None] - 1) / 2).sum(axis=1) / spread[:, None]
            p[usable] = 2 * stats.norm.sf(np.abs(statistic[usable]))
            return p
        for row in np.flatnonzero(usable):
            chances = sum_distribution(sizes[row].tolist())
            p[row] = [_p_of_sum(float(total), chances) for total in ranks[row].sum(axis=0)]
        return p


def _ranks(z: Array, before: Array) -> Array:
    """Rank of each value among those of its row, from 0; ties by half."""
    below = (before < z[:, None]).sum(axis=1)
    tied = (before == z[:, None]).sum(axis=1)
    ranks: Array = below + tied / 2
    return ranks


def _p_of_sum(total: float, chances: Array) -> float:
    """Two-sided p of a sum of ranks with these probabilities."""
    low = chances[: int(np.floor(total)) + 1].sum()
    high = chances[int(np.ceil(total)) :].sum()
    return float(min(1.0, 2 * min(low, high)))
