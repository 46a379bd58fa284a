"""The engine of a study: what fits its models, in blocks, and how far it is trusted.

Up to some 200 episodes statsmodels fits one after the other. Beyond, `moments_solver` fits
blocks of them at once, and a seeded sample of 64 episodes is fitted with statsmodels too:
a block with an episode that differs is fitted with statsmodels, and that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from operator import call
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from eventstudy.abnormal.engine_sample import difference, sampled
from eventstudy.abnormal.measured_episodes import measure
from eventstudy.abnormal.placed_fits import solve_again
from eventstudy.abnormal.placing import place
from eventstudy.abnormal.stacked import stack
from eventstudy.design.windows import Episodes, cut_windows
from eventstudy.executors import in_order
from eventstudy.models.solvers import moments_solver, statsmodels_solver
from eventstudy.models.traits import is_plain, one_by_one

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Ints
    from eventstudy.design.windows import AssetReturns
    from eventstudy.models.base import NormalReturnModel, Solver
    from eventstudy.settings import Options, Windows

BLOCK = 256
"""Episodes of an asset whose windows are gathered and fitted at once."""
FEW = 16
"""The same of a model that is fitted one by one: tasks for several processes."""
NOBODY = np.empty(0, dtype=np.intp)
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


Measured: TypeAlias = "tuple[AbnormalReturns, list[Disagreement]]"
"""Abnormal returns of some episodes, and where the engines differ."""


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

    def blocks(self, episodes: Episodes, sample: Ints) -> Iterator[Callable[[], Measured]]:
        """Yield what measures the episodes of the asset, a block of them by itself.

        Parameters
        ----------
        episodes : Episodes
            All episodes of the asset.
        sample : ndarray of int
            Those that are fitted with statsmodels too, where moments are the engine.
        """
        count = len(episodes.positions)
        size = FEW if one_by_one(self.model) else BLOCK
        if episodes.estimation is not None:
            size = max(count, 1)  # episodes with windows alike are measured together
        for first in range(0, max(count, 1), size):
            block = _some(episodes, np.arange(first, min(first + size, count)))
            inside = sample[(sample >= first) & (sample < first + size)] - first
            yield partial(self.measure, block, episodes.positions, inside)

    def measure(self, block: Episodes, events: Ints, sample: Ints) -> Measured:
        """Measure a block of episodes by the engine of the study.

        Parameters
        ----------
        block : Episodes
            Some episodes of the asset.
        events : ndarray of int
            Day 0 of all of them.
        sample : ndarray of int
            Those of the block that are fitted with statsmodels too.

        Returns
        -------
        abnormal : AbnormalReturns
            Abnormal returns of the block.
        disagreements : list of Disagreement
            The sampled episode that differs most, of each block where one does.
        """
        if block.estimation is None or not len(block.positions):
            return self._alike(block, events, sample)
        spans, of_span = np.unique(block.estimation, axis=0, return_inverse=True)
        order = np.argsort(of_span.ravel(), kind="stable")
        ends = np.cumsum(np.bincount(of_span.ravel()))
        parts, disagreements = [], []
        for (first, last), rows in zip(spans.tolist(), np.split(order, ends[:-1]), strict=True):
            alone = replace(self, windows=replace(self.windows, estimation=(first, last)))
            inside = np.flatnonzero(np.isin(rows, sample))
            part, differ = alone._alike(_some(block, rows), events, inside)
            parts.append(part)
            disagreements += differ
        return stack(parts).rows(np.argsort(order)), disagreements

    def _alike(self, episodes: Episodes, events: Ints, sample: Ints) -> Measured:
        """Measure episodes with the same windows, less the days of all events of the asset."""
        if self.options.engine == "statsmodels" or not len(episodes.positions):
            return self._fitted(episodes, events, statsmodels_solver), []
        parts, disagreements = [], []
        for first in range(0, len(episodes.positions), BLOCK):
            block = _some(episodes, np.arange(first, min(first + BLOCK, len(episodes.positions))))
            part = self._fitted(block, events, moments_solver)
            inside = sample[(sample >= first) & (sample < first + BLOCK)] - first
            worst = self._compared(block, events, part, inside)
            if worst is not None:
                disagreements.append(worst)
                part = self._fitted(block, events, statsmodels_solver)
            parts.append(part)
        return stack(parts), disagreements

    def compared(
        self, episodes: Episodes, sample: Ints, placed: AbnormalReturns, start: int
    ) -> tuple[Ints, list[Disagreement]]:
        """Fit a sample of the episodes with statsmodels too.

        Parameters
        ----------
        episodes : Episodes
            All episodes of the asset.
        sample : ndarray of int
            Those that are fitted, among these.
        placed : AbnormalReturns
            The study, and in it...
        start : int
            ...the row of the first of these episodes.

        Returns
        -------
        rows : ndarray of int
            Episodes of blocks in which one differs, among these.
        disagreements : list of Disagreement
            The one that differs most, of each such block.
        """
        other = self._fitted(_some(episodes, sample), episodes.positions, statsmodels_solver)
        differences = difference(placed.rows(start + sample), other)
        rows, disagreements = [sample[:0]], []
        for block in np.unique(sample[differences > ALIKE] // BLOCK).tolist():
            last = min((block + 1) * BLOCK, len(episodes.positions))
            rows.append(np.arange(block * BLOCK, last))
            worst = int(np.where(sample // BLOCK == block, differences, -1.0).argmax())
            difference_there = float(differences[worst])
            disagreements.append(
                Disagreement(episodes.asset, other.day0[worst], difference_there, len(rows[-1]))
            )
        return np.concatenate(rows), disagreements

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


class Measurers(Mapping[str, Measurer]):
    """How the episodes of each asset are measured; made when asked for, as their returns are.

    Parameters
    ----------
    data : mapping of str to AssetReturns
        Returns of each asset.
    models : mapping of str to NormalReturnModel
        Model of each.
    windows, options
        As of `Measurer`.
    """

    def __init__(
        self,
        data: Mapping[str, AssetReturns],
        models: Mapping[str, NormalReturnModel],
        windows: Windows,
        options: Options,
    ) -> None:
        self.data, self.models, self.windows, self.options = data, models, windows, options

    def __getitem__(self, asset: str) -> Measurer:
        return Measurer(self.data[asset], self.models[asset], self.windows, self.options)

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def __len__(self) -> int:
        return len(self.data)


def _some(episodes: Episodes, rows: Ints) -> Episodes:
    """Return the episodes with these positions among those of their asset."""
    return Episodes(
        episodes.asset,
        episodes.positions[rows],
        episodes.members.take(rows),
        episodes.offset[rows],
        None if episodes.estimation is None else episodes.estimation[rows],
    )


def measure_all(
    measurers: Measurers,
    grouped: Mapping[str, Episodes],
    executor: Executor | None = None,
    *,
    checked: bool = True,
) -> tuple[AbnormalReturns, tuple[Disagreement, ...]]:
    """Measure the episodes of every asset of a study by its engine.

    Models that are least squares on the same day's factors are fitted from sums over windows,
    and nothing of any window is stored (`PlacedReturns`); others, and events that name estimation
    windows of their own, block by block.

    Parameters
    ----------
    measurers : Measurers
        How the episodes of each asset are measured, in order.
    grouped : mapping of str to Episodes
        Episodes of each asset.
    executor : Executor, optional
        What measures the blocks of models that are fitted one by one, and in copies of this
        process (`Forks`) those of many episodes.
    checked : bool
        Whether a sample is fitted with statsmodels too, where moments are the engine.

    Returns
    -------
    abnormal : AbnormalReturns
        All episodes in order.
    disagreements : tuple of Disagreement
        The sampled episode that differs most, of each block where one does.
    """
    sample = sampled(grouped) if checked else dict.fromkeys(grouped, NOBODY)
    moments = measurers.options.engine == "moments"
    alike = all(episodes.estimation is None for episodes in grouped.values())
    models = {id(model): model for model in map(measurers.models.__getitem__, measurers)}
    if moments and alike and all(map(is_plain, models.values())):
        return _placed(measurers, grouped, sample, executor)
    blocks = [
        block
        for asset, measurer in measurers.items()
        for block in measurer.blocks(grouped[asset], sample[asset])
    ]
    dear = len(blocks) > 1 and any(map(one_by_one, models.values()))
    made = list(in_order(executor if dear else None, call, blocks))
    differ = tuple(worst for _, those in made for worst in those)
    return stack([part for part, _ in made]), differ


def _placed(
    measurers: Measurers,
    grouped: Mapping[str, Episodes],
    sample: Mapping[str, Ints],
    executor: Executor | None,
) -> tuple[AbnormalReturns, tuple[Disagreement, ...]]:
    """Measure all episodes by sums over their windows, and the sample by statsmodels too."""
    groups = list(grouped.values())
    sizes = [len(episodes.positions) for episodes in groups]
    code = np.repeat(np.arange(len(sizes)), sizes)
    position = np.concatenate([episodes.positions for episodes in groups])
    offset = np.concatenate([episodes.offset for episodes in groups])
    events = {asset: episodes.positions for asset, episodes in grouped.items()}
    windowed, placed, abnormal = place(
        measurers.data,
        {asset: measurers.models[asset] for asset in measurers},
        measurers.windows,
        measurers.options,
        (code, position, offset),
        events,
        executor,
    )
    disagreements: list[Disagreement] = []
    starts = np.cumsum(sizes) - sizes
    for start, (asset, rows) in zip(starts.tolist(), sample.items(), strict=True):
        if not len(rows):
            continue
        blocks, differ = measurers[asset].compared(grouped[asset], rows, abnormal, start)
        disagreements += differ
        again = start + blocks
        solve_again(windowed, placed, again[placed.tried[again]], statsmodels_solver)
    return abnormal, tuple(disagreements)
