"""Events whose windows overlap: every day of their union once, by its own volatility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from eventstudy.inference.base import TestResult, infeasible, outcome
from eventstudy.inference.volatility import ewma_variance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.arrays import Array, Ints
    from eventstudy.inference.base import CrossSection, Needs, Volatility
    from eventstudy.inference.samples import Samples

FEWEST_DAYS = 5


@dataclass(frozen=True)
class UnionEwma:
    """Z = Σ_d w_d z_d/√(Σ_d w_d²), standard normal, over the days d of all windows together.

    w_d counts the windows that hold a day, as in the joint dummy regression (Karafiath 1988);
    z_d is its abnormal return over the exponentially weighted volatility of its eve, divided
    by the root mean square that such returns have in the estimation window. Days count once
    however many events claim them, and each by its own volatility. For one asset and five
    or more days; a variance that the events themselves change makes it reject too often.

    Checked against: the definition in a loop | 5e-16 | size where windows overlap
    """

    name: ClassVar[str] = "union-ewma"
    volatility: ClassVar[Volatility] = "scaled"
    needs: ClassVar[Needs] = "nothing"
    label: ClassVar[str] = "Union of days, volatility-scaled"
    null: ClassVar[str] = "the days of the windows are ordinary days in the same volatility"
    source: ClassVar[str] = "Karafiath 1988; RiskMetrics 1996"

    def __call__(self, sample: CrossSection) -> TestResult:
        """Compute the test."""
        abnormal = sample.abnormal
        if len(set(abnormal.assets)) != 1:
            return infeasible(self, sample, "for episodes of one asset")
        inside = abnormal.residuals.shape[1]
        path = np.hstack([abnormal.residuals, abnormal.gap, abnormal.ar])
        scaled = path / np.sqrt(ewma_variance(abnormal))
        standardised = scaled[:, path.shape[1] - len(abnormal.tau) :][:, sample.columns]
        days, column = np.unique(abnormal.dates[:, sample.columns], return_inverse=True)
        weights = np.bincount(column.ravel()).astype(float)
        if len(days) < FEWEST_DAYS:
            return infeasible(self, sample, f"needs {FEWEST_DAYS} days; there are {len(days)}")
        z = np.bincount(column.ravel(), standardised.ravel()) / weights
        spread = np.sqrt(np.nanmean(scaled[:, :inside] ** 2))
        if not spread > 0:
            return infeasible(self, sample, "the residuals do not vary before the events")
        statistic = float(weights @ z / np.sqrt(weights @ weights) / spread)
        return outcome(self, sample, statistic, details={"days": float(len(days))})

    def p_of_samples(self, samples: Samples, effects: Sequence[float]) -> Array:
        """Return the p of each sample, shape (samples, effects); see `ManyAtOnce`."""
        from scipy import stats

        abnormal, rows = samples.days, samples.rows
        p = np.full((len(rows), len(effects)), np.nan)
        if len(set(abnormal.assets)) != 1:
            return p
        inside = (
            abnormal.residuals / np.sqrt(ewma_variance(abnormal))[:, : abnormal.residuals.shape[1]]
        )
        known = np.isfinite(inside).sum(axis=1)
        squares = np.nansum(inside**2, axis=1)
        spread = np.sqrt(squares[rows].sum(axis=1) / known[rows].sum(axis=1))
        days = abnormal.days(samples.window)[rows].reshape(len(rows), -1)
        weights = counts_by_row(days)
        norm = np.sqrt((weights**2).sum(axis=1))
        usable = ((weights > 0).sum(axis=1) >= FEWEST_DAYS) & (spread > 0)
        for column, effect in enumerate(effects):
            total = samples.window_z(effect).sum(axis=1)[rows].sum(axis=1)  # Σ w z, each z once
            statistic = total[usable] / norm[usable] / spread[usable]
            p[usable, column] = 2 * stats.norm.sf(np.abs(statistic))
        return p


def counts_by_row(values: Ints) -> Ints:
    """Count how often each row holds each number from 0 on, shape (rows, numbers)."""
    size = int(values.max()) + 1
    flat = values + size * np.arange(len(values))[:, None]
    counts: Ints = np.bincount(flat.ravel(), minlength=size * len(values)).reshape(-1, size)
    return counts
