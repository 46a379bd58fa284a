"""Tests without a distribution of returns: Corrado rank, generalised sign."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from eventstudy.abnormal.series import row_counts
from eventstudy.inference.base import TestResult, infeasible, outcome
from eventstudy.inference.packed_residuals import residual_rows
from eventstudy.inference.rank_sums import rank_totals
from eventstudy.inference.sums import BlockSum, collected, column, means_of

if TYPE_CHECKING:
    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array
    from eventstudy.inference.base import CrossSection, Needs, Volatility


@dataclass(frozen=True)
class CorradoRank:
    """Z = sqrt(L) mean(U over the window) / s_U, standard normal (Corrado 1989; Cowan 1992).

    U is the mean over episodes of rank/(T + 1) - 1/2, ranks taken within each episode
    over the T estimation days and the window; s_U^2 is the mean of U^2 over all T days.
    Not robust to a change of variance.

    Checked against: base R (ranks A and B), oracle | 5e-15 | size

    Parameters
    ----------
    ranks : {"window", "event-window"}
        Which event days are ranked with the estimation days: those of the CAR window, so
        that one window cannot change the statistic of another, or the whole event window.
    """

    ranks: Literal["window", "event-window"] = "window"
    name: ClassVar[str] = "corrado-rank"
    volatility: ClassVar[Volatility] = "constant"
    needs: ClassVar[Needs] = "windows"
    label: ClassVar[str] = "Corrado rank"
    null: ClassVar[str] = "abnormal returns in the window rank like those before it"
    source: ClassVar[str] = "Corrado 1989; Cowan 1992"

    def _ranks(self, sample: CrossSection) -> BlockSum[Array]:
        """Centred ranks by day, estimation days first."""
        tau, window = sample.abnormal.tau, sample.window
        days = window if self.ranks == "window" else (int(tau[0]), int(tau[-1]))
        return BlockSum(("centred ranks", days), lambda block: rank_totals(block, days))

    def sums(self, sample: CrossSection) -> tuple[BlockSum[Array], ...]:
        """Centred ranks by day."""
        return (self._ranks(sample),)

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if sample.n < 1:
            return infeasible(self, sample, "there is no episode")
        mean = means_of(collected(sample.abnormal, self._ranks(sample)))
        first = len(mean)
        first -= sample.length if self.ranks == "window" else len(sample.abnormal.tau)
        start = first + (0 if self.ranks == "window" else sample.columns.start)
        in_window = mean[start : start + sample.length]
        spread = float(np.sqrt(np.nanmean(mean**2)))
        if spread == 0:
            return infeasible(self, sample, "all ranks are tied")
        return outcome(self, sample, np.sqrt(sample.length) * in_window.mean() / spread)


def _positive(block: AbnormalReturns) -> Array:
    """Share of the residuals of each episode that are positive."""
    share: Array = row_counts(residual_rows(block).values > 0) / np.maximum(block.observed, 1)
    return share


_POSITIVE = column("share of positive residuals", _positive)


@dataclass(frozen=True)
class GeneralisedSign:
    """Z = (n₊ - N p̂) / sqrt(N p̂ (1 - p̂)), standard normal (Cowan 1992).

    n₊ counts positive CARs; p̂ is the share of positive abnormal returns in the estimation
    window, averaged over episodes. Allows for skewness; needs independent episodes.

    Checked against: base R, oracle | 8e-15
    """

    name: ClassVar[str] = "generalised-sign"
    volatility: ClassVar[Volatility] = "own"
    needs: ClassVar[Needs] = "episodes"
    label: ClassVar[str] = "Generalised sign"
    null: ClassVar[str] = "CARs are as often positive as abnormal returns before the event"
    source: ClassVar[str] = "Cowan 1992"

    def sums(self, sample: CrossSection) -> tuple[BlockSum[Array], ...]:  # noqa: ARG002
        """Shares of positive residuals."""
        return (_POSITIVE,)

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        if sample.n < 1:
            return infeasible(self, sample, "there is no episode")
        share = float(collected(sample.abnormal, _POSITIVE).mean())
        if not 0 < share < 1:
            return infeasible(self, sample, "abnormal returns before the event have one sign")
        positive = int((sample.car > 0).sum())
        statistic = (positive - sample.n * share) / np.sqrt(sample.n * share * (1 - share))
        return outcome(self, sample, statistic, details={"share_positive": share})
