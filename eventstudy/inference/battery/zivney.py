"""The tests of Corrado and Zivney: rank and sign, robust to a change of variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.inference.base import TestResult, centred_ranks, infeasible, outcome
from eventstudy.inference.ranks import medians
from eventstudy.inference.sums import BlockSum, collected, column_totals

if TYPE_CHECKING:
    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array
    from eventstudy.inference.base import CrossSection, Needs, SignificanceTest, Volatility


def _before(block: AbnormalReturns) -> Array:
    """Residuals of the estimation days over their standard deviation, shape (N, L1)."""
    return block.residuals / np.sqrt(block.s2)[:, None]


def _aggregate(test: SignificanceTest, sample: CrossSection, totals: Array) -> TestResult:
    """Z = Σ over the window of Σ_i score / √(L S²), S² = mean over days of (Σ_i score)²."""
    total, count = totals
    daily = np.divide(total, np.sqrt(count), out=np.zeros(len(total)), where=count > 0)
    spread = float(np.sqrt((daily[count > 0] ** 2).mean()))
    if spread == 0:
        return infeasible(test, sample, "all scores are tied")
    window = daily[-sample.length :].sum()
    return outcome(test, sample, window / (np.sqrt(sample.length) * spread))


def _rank_scores(sample: CrossSection) -> BlockSum[Array]:
    """Ranks by day of SARs over their event-day spread, estimation days first."""
    window, spread = sample.window, sample.sar.std(axis=0, ddof=1)

    def of(block: AbnormalReturns) -> Array:
        scaled = block.standardised(window) / spread
        return column_totals(centred_ranks(np.hstack([_before(block), scaled])))

    return BlockSum(("ranks over spread", window, spread.tobytes()), of)


def _sign_scores(sample: CrossSection) -> BlockSum[Array]:
    """Signs by day of SARs about the median of each episode, estimation days first."""
    window = sample.window

    def of(block: AbnormalReturns) -> Array:
        values = np.hstack([_before(block), block.standardised(window)])
        return column_totals(np.sign(values - medians(values)[:, None]))

    return BlockSum(("signs about the median", window), of)


def _refuse(test: SignificanceTest, sample: CrossSection) -> TestResult | None:
    if sample.n < 2:
        return infeasible(test, sample, f"needs at least 2 episodes; there are {sample.n}")
    if (sample.sar.std(axis=0, ddof=1) <= 1e-12 * np.abs(sample.sar).max()).any():
        return infeasible(test, sample, "standardised abnormal returns of a day are all equal")
    return None


@dataclass(frozen=True)
class CorradoZivneyRank:
    """Rank test on SARs divided by their event-day spread (Corrado and Zivney 1992).

    U = rank/(T + 1) - 1/2 within each episode over T = L1 + L days; Z as for the sign test.

    Checked against: oracle | 0 | size
    """

    name: ClassVar[str] = "corrado-zivney-rank"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "windows"
    label: ClassVar[str] = "Corrado-Zivney rank"
    null: ClassVar[str] = "abnormal returns in the window rank like those before it"
    source: ClassVar[str] = "Corrado and Zivney 1992"

    def sums(self, sample: CrossSection) -> tuple[BlockSum[Array], ...]:
        """Ranks by day."""
        return () if _refuse(self, sample) is not None else (_rank_scores(sample),)

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := _refuse(self, sample):
            return refused
        return _aggregate(self, sample, collected(sample.abnormal, _rank_scores(sample)))


@dataclass(frozen=True)
class CorradoZivneySign:
    """Sign test around each episode's own median (Corrado and Zivney 1992).

    G = sign(SAR - median over all L1 + L days); Z = Σ G / √(L S²). The SARs of event days are
    not divided by their spread between episodes, as they are for the ranks: about a median
    that is not zero, a scale would move signs.

    Checked against: oracle; plain numpy (`tests/inference/test_intervals.py`) | 0 | size
    """

    name: ClassVar[str] = "corrado-zivney-sign"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "windows"
    label: ClassVar[str] = "Corrado-Zivney sign"
    null: ClassVar[str] = "abnormal returns in the window lie as often above the median as before"
    source: ClassVar[str] = "Corrado and Zivney 1992"

    def sums(self, sample: CrossSection) -> tuple[BlockSum[Array], ...]:
        """Signs by day."""
        return (_sign_scores(sample),)

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if refused := _refuse(self, sample):
            return refused
        return _aggregate(self, sample, collected(sample.abnormal, _sign_scores(sample)))
