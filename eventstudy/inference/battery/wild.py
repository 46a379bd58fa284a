"""Wild bootstrap t tests with the null imposed: signs of episodes, or of whole dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.inference.base import TestResult, exact, infeasible, varies
from eventstudy.inference.ranks import p_of_rank

if TYPE_CHECKING:
    from eventstudy.arrays import Array, Ints
    from eventstudy.inference.base import CrossSection, Needs, SignificanceTest, Volatility


DRAWS, SEED = 9_999, 20220113
MOST_ENUMERATED = 12
"""Up to this many signs, all 2^G patterns are taken instead of random ones."""
_NULL = "the mean cumulative abnormal return is zero"


CELLS = 4_000_000
"""Random numbers that are held at once."""
MOST_EPISODES = 100_000
"""With more episodes a test by resampling is refused; see `too_many_draws`."""


def too_many_draws(test: SignificanceTest, sample: CrossSection, instead: str) -> TestResult | None:
    """Refuse to resample so many episodes that the mean is normal and the draws take minutes."""
    if sample.n <= MOST_EPISODES:
        return None
    reason = (
        f"{DRAWS:,} samples of {sample.n:,} episodes are too many to draw; at most "
        f"{MOST_EPISODES:,}. With so many the mean is normal: take {instead}"
    )
    return infeasible(test, sample, reason)


def drawn_rows(count: int) -> Iterator[int]:
    """Yield how many of the `DRAWS` samples of `count` numbers are held at once."""
    rows = max(CELLS // count, 1)
    yield from (min(rows, DRAWS - first) for first in range(0, DRAWS, rows))


def _signs(count: int) -> tuple[Iterator[Array], bool]:
    """Patterns of signs in blocks of shape (patterns, count); whether they are all there are."""
    if count <= MOST_ENUMERATED:
        bits = (np.arange(2**count)[:, None] >> np.arange(count)) & 1
        return iter([np.asarray(1.0 - 2.0 * bits, dtype=np.float64)]), True
    rng = np.random.default_rng(SEED)
    return (rng.choice([-1.0, 1.0], (rows, count)) for rows in drawn_rows(count)), False


def _share(
    test: SignificanceTest, sample: CrossSection, observed: float, drawn: Array, *, enumerated: bool
) -> TestResult:
    larger = int((np.abs(drawn) >= abs(observed) * (1 - 1e-10)).sum())
    if enumerated:
        p, smallest = larger / len(drawn), 2 / len(drawn)
        return exact(test, sample, observed, p, "all signs", smallest=smallest)
    p, smallest = p_of_rank(larger, len(drawn)), p_of_rank(0, len(drawn))
    return exact(test, sample, observed, p, "wild bootstrap", smallest=smallest)


@dataclass(frozen=True)
class WildBootstrap:
    """t = mean √N/sd among the t of x* = v x, v = ±1 for each episode (Liu 1988; Mammen 1993).

    The null is imposed. All 2^N sign patterns up to N = 12, beyond 9,999 seeded draws;
    not for more than 100,000 episodes.

    Checked against: all sign vectors (`itertools`, `scipy.stats.ttest_1samp`) | 2e-16 | size under
    unequal variances
    """

    name: ClassVar[str] = "wild-bootstrap"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "episodes"
    label: ClassVar[str] = "Wild bootstrap t"
    null: ClassVar[str] = _NULL
    source: ClassVar[str] = "Liu 1988; Mammen 1993"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        n, x = sample.n, sample.car
        if n < 2:
            return infeasible(self, sample, f"needs at least 2 episodes; there are {n}")
        if not varies(x):
            return infeasible(self, sample, "all cumulative abnormal returns are equal")
        if refused := too_many_draws(self, sample, "cross-sectional-t"):
            return refused
        blocks, enumerated = _signs(n)
        mean = np.concatenate([signs @ x / n for signs in blocks])
        square = float((x**2).sum())
        spread = np.sqrt(np.clip(square - n * mean**2, 0, None) / (n - 1) / n)
        drawn = np.divide(mean, spread, out=np.full(len(mean), np.inf), where=spread > 0)
        observed = float(x.mean() / (x.std(ddof=1) / np.sqrt(n)))
        return _share(self, sample, observed, drawn, enumerated=enumerated)


@dataclass(frozen=True)
class WildCluster:
    """t clustered by date among the t of x* = v_g x, v_g = ±1 for each date.

    Cameron, Gelbach and Miller (2008), with the null imposed and the statistic of
    `ClusterT`. All 2^G sign patterns up to G = 12 dates, the one observed among them: with
    G = 5 no p below 2/32 exists, with six the size at 5 % is 3 %.

    Checked against: statsmodels, clustered OLS for all sign vectors | 3e-16 | the same size
    """

    name: ClassVar[str] = "wild-cluster"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "dates"
    label: ClassVar[str] = "Wild bootstrap t clustered by date"
    null: ClassVar[str] = _NULL
    source: ClassVar[str] = "Cameron, Gelbach and Miller 2008"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        g, n, x = sample.dates, sample.n, sample.car
        if g < 2:
            return infeasible(self, sample, f"needs at least 2 distinct dates; there are {g}")
        date_of = np.unique(sample.abnormal.day0, return_inverse=True)[1]
        sums, sizes = np.bincount(date_of, x).astype(float), np.bincount(date_of)
        if refused := too_many_draws(self, sample, "cluster-t"):
            return refused
        observed = float(self._t(sums[None], sizes, n)[0])
        if not np.isfinite(observed):
            return infeasible(self, sample, "the dates do not vary")
        blocks, enumerated = _signs(g)
        drawn = np.concatenate([self._t(signs * sums, sizes, n) for signs in blocks])
        result = _share(self, sample, observed, drawn, enumerated=enumerated)
        return result.with_details(dates=float(g))

    @staticmethod
    def _t(sums: Array, sizes: Ints, n: int) -> Array:
        """Clustered t of each row of date sums, shape (patterns, dates)."""
        g = len(sizes)
        mean = sums.sum(axis=1) / n
        spread = ((sums - mean[:, None] * sizes) ** 2).sum(axis=1)
        se = np.sqrt(g / (g - 1) * spread) / n
        t: Array = np.divide(mean, se, out=np.full(len(mean), np.inf), where=se > 1e-14 * np.abs(n))
        return t
