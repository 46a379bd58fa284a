"""The engine of a study: what fits its models, in blocks, and how far it is trusted.

Up to some 200 episodes statsmodels fits one after the other. Beyond, `moments_solver` fits
blocks of them at once, and a seeded sample of 64 episodes is fitted with statsmodels too:
a block with an episode that differs is fitted with statsmodels, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal.abnormal_returns import measure, stack
from eventstudy.design.windows import Episodes, cut_windows
from eventstudy.models.solvers import moments_solver, statsmodels_solver

if TYPE_CHECKING:
    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Ints
    from eventstudy.design.windows import AssetReturns
    from eventstudy.models.base import NormalReturnModel, Solver
    from eventstudy.settings import Options, Windows

BLOCK = 256
"""Episodes of an asset whose windows are gathered and fitted at once."""
SAMPLE, SEED = 64, 20_130
"""Episodes that are fitted with statsmodels too, and the seed by which they are drawn."""
ALIKE = 1e-9
"""Abnormal returns over σ, standard errors (relative) and t that differ by more are not alike."""


@dataclass(frozen=True)
class Disagreement:
    """An episode on which the two engines differ: its block was fitted with statsmodels.

    Parameters
    ----------
    asset : str
        Its asset.
    day0 : datetime64
        Session of its day 0.
    difference : float
        Largest difference: of abnormal returns over σ, of standard errors, or of t.
    episodes : int
        Episodes of its block.
    """

    asset: str
    day0: np.datetime64
    difference: float
    episodes: int


def sampled(grouped: Mapping[str, Episodes]) -> dict[str, Ints]:
    """Draw the episodes that are fitted with statsmodels too.

    Parameters
    ----------
    grouped : mapping of str to Episodes
        Episodes of each asset.

    Returns
    -------
    dict of str to ndarray of int
        Positions among the episodes of each asset, ascending; the same at every run.
    """
    sizes = [len(episodes.positions) for episodes in grouped.values()]
    total = sum(sizes)
    rng = np.random.default_rng(SEED)
    drawn = np.sort(rng.choice(total, min(SAMPLE, total), replace=False))
    ends = np.cumsum(sizes)
    cut = np.split(drawn, np.searchsorted(drawn, ends[:-1]))
    starts = ends - sizes
    return {name: rows - start for name, rows, start in zip(grouped, cut, starts, strict=True)}


@dataclass(frozen=True)
class Measurer:
    """The windows, options and model with which the episodes of one asset are measured.

    Parameters
    ----------
    data : AssetReturns
        Returns over the asset's own sessions.
    model : NormalReturnModel
        Model of normal returns.
    windows : Windows
        Windows in event time.
    options : Options
        Its engine is chosen; see `eventstudy.settings.with_engine`.
    """

    data: AssetReturns
    model: NormalReturnModel
    windows: Windows
    options: Options

    def measure(
        self, episodes: Episodes, sample: Ints
    ) -> tuple[AbnormalReturns, list[Disagreement]]:
        """Measure the episodes of the asset by the engine of the study.

        Parameters
        ----------
        episodes : Episodes
            All episodes of the asset.
        sample : ndarray of int
            Those that are fitted with statsmodels too, where moments are the engine.

        Returns
        -------
        abnormal : AbnormalReturns
            Abnormal returns of all episodes, in order.
        disagreements : list of Disagreement
            The sampled episode that differs most, of each block where one does.
        """
        if self.options.engine == "statsmodels" or not len(episodes.positions):
            return self._fitted(episodes, episodes.positions, statsmodels_solver), []
        parts, disagreements = [], []
        for first in range(0, len(episodes.positions), BLOCK):
            block = _some(episodes, np.arange(first, min(first + BLOCK, len(episodes.positions))))
            part = self._fitted(block, episodes.positions, moments_solver)
            inside = sample[(sample >= first) & (sample < first + BLOCK)] - first
            worst = self._compared(block, episodes.positions, part, inside)
            if worst is not None:
                disagreements.append(worst)
                part = self._fitted(block, episodes.positions, statsmodels_solver)
            parts.append(part)
        return stack(parts), disagreements

    def _fitted(self, episodes: Episodes, events: Ints, solver: Solver) -> AbnormalReturns:
        """Measure some episodes, less the days of all events of the asset."""
        cut = cut_windows(self.data, episodes.positions, self.windows, self.options, events)
        return measure(episodes, cut, self.model, self.windows, self.options, solver)

    def _compared(
        self, block: Episodes, events: Ints, part: AbnormalReturns, sample: Ints
    ) -> Disagreement | None:
        """Return the sampled episode that differs most from statsmodels, if one does."""
        if not len(sample):
            return None
        other = self._fitted(_some(block, sample), events, statsmodels_solver)
        differences = difference(part.rows(sample), other)
        worst = int(np.argmax(differences))
        if differences[worst] <= ALIKE:
            return None
        size = len(block.positions)
        return Disagreement(block.asset, other.day0[worst], float(differences[worst]), size)


def _some(episodes: Episodes, rows: Ints) -> Episodes:
    """Return the episodes with these positions among those of their asset."""
    return Episodes(
        episodes.asset,
        episodes.positions[rows],
        episodes.members.take(rows),
        episodes.offset[rows],
    )


def difference(one: AbnormalReturns, other: AbnormalReturns) -> Array:
    """Return by how much the same episodes differ in two fits.

    Parameters
    ----------
    one, other : AbnormalReturns
        The episodes, fitted by two engines.

    Returns
    -------
    ndarray, shape (episodes,)
        The largest difference of an abnormal return over σ, of a standard error relative to
        itself, or of a t; infinite where one engine has a number and the other has none.
    """
    sigma, error = np.sqrt(other.s2)[:, None], other.ar_se()
    with np.errstate(invalid="ignore", divide="ignore"):
        pairs = (
            (one.ar / sigma, other.ar / sigma),
            (one.ar_se() / error, np.where(np.isnan(error), np.nan, 1.0)),
            (one.ar / one.ar_se(), other.ar / error),
        )
    apart = [_apart(first, second) for first, second in pairs]
    refused = (one.reasons != other.reasons) | (np.isnan(one.s2) != np.isnan(other.s2))
    largest: Array = np.where(refused, np.inf, np.max(apart, axis=0))
    return largest


def _apart(first: Array, second: Array) -> Array:
    """Return the largest difference of each row; infinite where only one of two is known."""
    known, alike = np.isfinite(first), np.isfinite(second)
    size = np.abs(np.subtract(first, second, out=np.zeros_like(first), where=known & alike))
    largest: Array = np.where(known != alike, np.inf, size).max(axis=1, initial=0.0)
    return largest
