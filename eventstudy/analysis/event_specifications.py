"""The CAR of every event under every combination of choices, all events at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.analysis.specification_curve import SpecificationCurve
from eventstudy.analysis.specification_runs import measured
from eventstudy.analysis.specifications import Grid, Spec, described, specifications, windows_tried
from eventstudy.arguments import told_class
from eventstudy.arrays import Array, Ints
from eventstudy.inference.placebo import scaled_z
from eventstudy.results import EventStudyResults
from eventstudy.settings import Window, Windows

BLOCK = 1000
"""Episodes that are measured at once: more would hold all their estimation windows in memory."""
MISSING = "its windows do not fit the series around this event"


@dataclass(frozen=True)
class _Block:
    """What the specifications of an asset are, and their effects: specifications x episodes."""

    specs: pd.DataFrame
    column_of: Mapping[int, int]
    effect: Array
    z: Array

    @cached_property
    def columns(self) -> dict[str, Any]:
        """The columns of `specs` as arrays, but for the asset."""
        return {name: column.to_numpy() for name, column in self.specs.items() if name != "asset"}


@dataclass(frozen=True)
class AssetChoices:
    """One event on one asset under every specification of a grid.

    Parameters
    ----------
    columns : dict of str to ndarray, each of shape (computed,)
        The specifications that were computed, by size of their effect: model, estimation, gap,
        start, end, effect, z, and whether each is the study's own.
    summary : dict
        As a row of `SpecificationCurve.summary`.
    left_out : int
        Specifications that could not be computed, for `MISSING`.
    """

    columns: dict[str, Any]
    summary: dict[str, Any]
    left_out: int


@told_class
@dataclass(frozen=True)
class EventChoices:
    """CARs of every event under every specification of a grid.

    Nothing is tested: they are one return looked at in many ways. `specification_curve` with
    ``event=`` adds placebo ranks for one event.
    """

    results: EventStudyResults
    blocks: Mapping[str, _Block]
    _made: dict[tuple[str, ...], pd.DataFrame] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of(self, event_id: str) -> SpecificationCurve:
        """Return the specifications of one event.

        Parameters
        ----------
        event_id : str
            The event.

        Returns
        -------
        SpecificationCurve
            One row for each asset on which the event was measured; no ranks.

        Raises
        ------
        UnknownNameError
            When there is no such event.
        """
        effects = {}
        for asset, block in self.blocks.items():
            row = self.results.episode(event_id, asset)
            if row is not None:
                column = block.column_of[row]
                effects[asset] = (block.effect[:, column], block.z[:, column])
        if not effects:
            return SpecificationCurve(pd.DataFrame(), pd.DataFrame(), event_id)
        effect, z = map(np.concatenate, zip(*effects.values(), strict=True))
        frame = self._specifications(tuple(effects)).assign(
            effect=effect,
            z=z,
            p=np.nan,
            n=1,
            own=np.concatenate([np.arange(len(values)) == 0 for values, _ in effects.values()]),
            reason=np.where(np.isfinite(effect), "", MISSING),
            significant=False,
        )
        rows = [_summary(asset, values) for asset, (values, _) in effects.items()]
        return SpecificationCurve(frame, pd.DataFrame(rows), event_id)

    def sorted(self, event_id: str) -> dict[str, AssetChoices]:
        """Return what `of` returns by asset and by size of the effect, without a frame.

        Parameters
        ----------
        event_id : str
            The event.
        """
        made = {}
        for asset, block in self.blocks.items():
            row = self.results.episode(event_id, asset)
            if row is None:
                continue
            effect, z = (values[:, block.column_of[row]] for values in (block.effect, block.z))
            known = np.flatnonzero(np.isfinite(effect))
            order = known[np.argsort(effect[known], kind="stable")]
            columns = {name: values[order] for name, values in block.columns.items()}
            columns |= {"effect": effect[order], "z": z[order], "own": order == 0}
            left_out = len(effect) - len(known)
            made[asset] = AssetChoices(columns, _summary(asset, effect), left_out)
        return made

    def _specifications(self, assets: tuple[str, ...]) -> pd.DataFrame:
        """Return what the specifications of some assets are, one row for each; made once."""
        if assets not in self._made:
            parts = [self.blocks[asset].specs for asset in assets]
            self._made[assets] = pd.concat(parts, ignore_index=True)
        return self._made[assets]


def event_choices(results: EventStudyResults, *, grid: Grid | None = None) -> EventChoices:
    """Measure every event under every combination of models, lengths, gaps and windows.

    Parameters
    ----------
    results : EventStudyResults
        The study.
    grid : Grid, optional
        As for `specification_curve`.

    Returns
    -------
    EventChoices
        Its effects are those of `specification_curve` with ``event=``.
    """
    results.needs_dates("event_choices")
    grid = grid or Grid()
    tried = windows_tried(results.windows, grid)
    abnormal = results.abnormal
    blocks = {}
    for asset in results.assets:
        episodes = np.flatnonzero(abnormal.measured & (abnormal.assets == asset)).tolist()
        if not episodes:
            continue
        specs = tuple(specifications(results, asset, grid, tried))
        parts = [
            _measured(
                results, asset, specs, tried, abnormal.position[episodes[first : first + BLOCK]]
            )
            for first in range(0, len(episodes), BLOCK)
        ]
        effect, z = (np.concatenate(values, axis=1) for values in zip(*parts, strict=True))
        columns = {row: index for index, row in enumerate(episodes)}
        blocks[asset] = _Block(pd.DataFrame(described(asset, specs)), columns, effect, z)
    return EventChoices(results, blocks)


def _measured(
    results: EventStudyResults,
    asset: str,
    specs: Sequence[Spec],
    tried: Sequence[Window],
    day0: Ints,
) -> tuple[Array, Array]:
    """Return CARs and scaled CARs under every specification, each of shape (specs, episodes)."""
    effect, z = np.empty((2, len(specs), len(day0)))
    made: dict[object, AbnormalReturns] = {}
    for index, spec in enumerate(specs):
        key = (spec.model, spec.estimation, spec.gap)
        if key not in made:
            made = {key: measured(results, asset, spec, day0, tried)[0]}
        effect[index] = made[key].car(spec.window)
        z[index] = scaled_z(made[key], spec.window)
    return effect, z


def _summary(asset: str, effect: Array) -> dict[str, Any]:
    """Return the range of the effects, and how many have the sign of the study's own."""
    known, first = effect[np.isfinite(effect)], effect[0]
    return {
        "asset": asset,
        "specifications": len(known),
        "same_sign": float((np.sign(known) == np.sign(first)).mean()) if len(known) else np.nan,
        "median": float(np.median(known)) if len(known) else np.nan,
        "low": float(known.min()) if len(known) else np.nan,
        "high": float(known.max()) if len(known) else np.nan,
    }


def reach(windows: Windows, grid: Grid | None = None) -> int:
    """Return how many sessions before day 0 the longest specification looks back.

    Parameters
    ----------
    windows : Windows
        Those of the study.
    grid : Grid, optional
        As for `event_choices`.
    """
    grid = grid or Grid()
    first = min(windows.event[0], *(start for start, _ in windows_tried(windows, grid)))
    back = -windows.estimation[0]
    return max(back, max(grid.estimation) + max(grid.gaps) - first)
