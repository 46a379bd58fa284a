"""The same question asked in every defensible way: the specification curve."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
import pandas as pd

from eventstudy.analysis.calibration import Runnable
from eventstudy.analysis.specification_runs import Run, runs_of
from eventstudy.analysis.specifications import (
    Grid,
    Spec,
    described,
    specifications,
    windows_tried,
    with_overlaps,
)
from eventstudy.arguments import told_class
from eventstudy.arrays import Array, Ints, Mask
from eventstudy.errors import InvalidArgumentError, refuse_unknown
from eventstudy.inference.placebo import ENOUGH, FEWEST
from eventstudy.inference.placement import Placements, no_placements, place
from eventstudy.inference.ranks import p_of_rank
from eventstudy.inference.timeline import Timeline, timeline
from eventstudy.progress import Progress, shown
from eventstudy.results import EventStudyResults, levels
from eventstudy.settings import length

LEVEL = 0.05
FIGURES = ("same_sign", "significant", "median", "low", "high", "p_joint", "p_median")
"""What is said of the specifications of an asset, beside their number."""


@told_class
@dataclass(frozen=True)
class SpecificationCurve:
    """Effects of all specifications, and how the whole curve compares with placebo dates.

    Parameters
    ----------
    frame : DataFrame
        One row for each asset and specification: asset, model, estimation (returns in the
        window), gap (sessions between estimation and event window), start, end, overlap
        ("all" episodes, or "merge": of overlapping ones the first), effect (mean CAR), z
        (mean CAR over its volatility), p (rank of |z| at placebo dates), significant, n
        (episodes), own (the study's own specification), reason (why it
        could not be computed).
    summary : DataFrame
        One row for each asset: specifications, same_sign (share with the sign of the
        median), significant (share with p ≤ 5 % and that sign), median, low and high effect,
        p_joint (share of placebo dates at which as many specifications are significant in
        one direction), p_median (at which the median z is as large), placements, dates (how
        they were chosen, or why there are none: overlapping events can only be shifted as one).
    what : str
        Whose effect it is: a group of episodes, or an event.
    """

    frame: pd.DataFrame
    summary: pd.DataFrame
    what: str


def specification_curve(
    study: EventStudyResults | Runnable,
    *,
    event: str | None = None,
    grid: Grid | None = None,
    samples: int = 999,
    seed: int = 20220113,
    progress: Progress = None,
    executor: Executor | None = None,
) -> SpecificationCurve:
    """Measure an effect under every combination of models, windows, lengths and gaps.

    Simonsohn, Simmons and Nelson (2020). The effect is the mean CAR of the headline group,
    or the CAR of one event. Every specification is also run at placebo dates, the same for
    all, so that the share of significant specifications has a p-value of its own.

    Parameters
    ----------
    study : EventStudyResults or Study
        Results, or a study to be run.
    event : str, optional
        An event; default: all episodes of the headline group with a certain day 0.
    grid : Grid, optional
        Models, benchmarks, lengths, gaps and windows to combine.
    samples : int
        Placebo placements.
    seed : int
        Seed of the random numbers.
    progress : callable or bool, optional
        Called with the specifications done and their total number; True shows a bar, on a
        terminal and in a notebook.
    executor : concurrent.futures.Executor, optional
        What measures the specifications; processes gain, threads do not. The same numbers with
        any.

    Returns
    -------
    SpecificationCurve

    Raises
    ------
    UnknownNameError
        When there is no such event or benchmark.
    InvalidArgumentError
        When there is no episode to measure.
    """
    results = study if isinstance(study, EventStudyResults) else study.run()
    results.needs_dates("specification_curve")
    grid = grid or Grid()
    columns = [str(name) for name in results.prices.frame.columns]
    for name in grid.benchmarks:
        refuse_unknown(name, columns, f"no benchmark {name!r}")
    chosen = _positions(results, event)
    tried = windows_tried(results.windows, grid)
    grids = {}
    for asset, day0 in chosen.items():
        specs = list(specifications(results, asset, grid, tried))
        grids[asset] = list(with_overlaps(specs, day0, results.options))
    frames, summaries = [], []
    with shown(progress, "specifications") as say:
        for asset, runs in runs_of(results, grids, (chosen, tried), say, executor):
            rng = np.random.default_rng(seed)
            days = results.data[asset].calendar.sessions[chosen[asset]]
            dates = timeline(np.full(len(days), asset), days, results.data)
            frame, summary = _curve(dates, grids[asset], runs, (samples, rng))
            frames.append(frame)
            summaries.append(summary)
    what = event if event is not None else results.headline
    return SpecificationCurve(pd.concat(frames, ignore_index=True), pd.DataFrame(summaries), what)


def _positions(results: EventStudyResults, event: str | None) -> dict[str, Ints]:
    """Positions of day 0 of the episodes in question, for each asset, ascending."""
    abnormal = results.abnormal
    rows_of: dict[str, list[int]] = {}
    if event is not None:
        for asset in results.assets:
            row = results.episode(event, asset)
            if row is not None:
                rows_of.setdefault(asset, []).append(row)
    else:
        for level in levels(results):
            if level.group == results.headline:
                for row in level.rows[abnormal.offset[level.rows] == 0]:
                    rows_of.setdefault(str(abnormal.assets[row]), []).append(int(row))
    if not rows_of:
        raise InvalidArgumentError("there is no episode with a certain day 0 to measure")
    return {asset: np.sort(abnormal.position[rows]) for asset, rows in rows_of.items()}


def _reason(run: Run) -> str:
    """Say why a specification is not part of the curve; empty when it is."""
    n, days = int(np.isfinite(run.z).sum()), int(np.isfinite(run.placebo).sum())
    episodes = int(run.kept.sum())
    if n < ENOUGH * episodes:
        return f"its windows fit the series for only {n} of {episodes} episodes"
    return "" if days >= FEWEST else f"only {days} ordinary days to compare with"


def _curve(
    dates: Timeline,
    specs: Sequence[Spec],
    runs: Sequence[Run],
    draws: tuple[int, np.random.Generator],
) -> tuple[pd.DataFrame, dict[str, object]]:
    """Table of an asset's specifications, and its summary."""
    (asset,) = dates.names
    reasons = [_reason(run) for run in runs]
    usable = np.array([not reason for reason in reasons])
    good = [run for run, fine in zip(runs, usable, strict=True) if fine]
    placed = _placed(good, dates, max(length(spec.window) for spec in specs), draws)
    z = np.array([np.nanmean(run.z) for run in good])
    theirs = _placebo_means(good, placed)
    p = _ranks(z, theirs, placed.smallest)
    frame = _table(asset, specs, runs, reasons)
    frame.loc[usable, "z"], frame.loc[usable, "p"] = z, p
    frame["significant"] = frame["p"] <= LEVEL
    summary = {
        "asset": asset,
        **_summary(frame[usable], theirs, placed.smallest),
        "placements": len(placed.positions),
        "dates": placed.words,
    }
    return frame, summary


def _placed(
    runs: Sequence[Run], dates: Timeline, longest: int, draws: tuple[int, np.random.Generator]
) -> Placements:
    """Choose other dates of an asset, ordinary under every specification."""
    if not runs:
        return no_placements(len(dates.columns), "none: no specification can be measured")
    known: Mask = np.isfinite(np.stack([run.placebo for run in runs]))
    ordinary = np.logical_and.reduce(known, axis=0, keepdims=True)
    placed = place(dates, ordinary, longest, draws)
    if placed.kind == "drawn" and (np.diff(dates.columns) < longest).any():
        why = "none: the events crowd together, and the series is too short to shift them as one"
        return no_placements(len(dates.columns), why)
    return placed


def _table(
    asset: str, specs: Sequence[Spec], runs: Sequence[Run], reasons: Sequence[str]
) -> pd.DataFrame:
    """Return one row for each specification, its ranks still empty."""
    return pd.DataFrame(
        {
            **described(asset, specs),
            "overlap": [spec.overlap for spec in specs],
            "effect": [
                float("nan") if reason else float(np.nanmean(run.car))
                for run, reason in zip(runs, reasons, strict=True)
            ],
            "z": np.nan,
            "p": np.nan,
            "n": [int(np.isfinite(run.z).sum()) for run in runs],
            "own": [number == 0 for number in range(len(specs))],
            "reason": list(reasons),
        }
    )


def _placebo_means(runs: Sequence[Run], placed: Placements) -> Array:
    """Mean scaled CAR of every placement and specification, shape (placements, specs)."""
    if placed.kind == "none":
        return np.empty((0, len(runs)))
    day0 = placed.positions
    return np.stack([run.placebo[day0[:, run.kept]].mean(axis=1) for run in runs], axis=1)


def _ranks(z: Array, theirs: Array, smallest: float) -> Array:
    """Two-sided rank p of each specification among its placebo values."""
    if not len(theirs):
        return np.full(len(z), np.nan)
    p = p_of_rank((np.abs(theirs) >= np.abs(z)).sum(axis=0), len(theirs))
    ranks: Array = np.maximum(p, smallest)
    return ranks


def _summary(frame: pd.DataFrame, theirs: Array, smallest: float) -> dict[str, object]:
    if frame.empty:
        return {"specifications": 0, **dict.fromkeys(FIGURES, float("nan"))}
    z = frame["z"].to_numpy()
    sign = np.sign(np.median(z)) or 1.0
    same = np.sign(z) == sign
    agreeing = int((same & frame["significant"]).sum())
    summary: dict[str, object] = {
        "specifications": len(frame),
        "same_sign": float(same.mean()),
        "significant": agreeing / len(frame) if len(theirs) else float("nan"),
        "median": float(frame["effect"].median()),
        "low": float(frame["effect"].min()),
        "high": float(frame["effect"].max()),
        "p_joint": float("nan"),
        "p_median": float("nan"),
    }
    if len(theirs):
        critical = np.quantile(np.abs(theirs), 1 - LEVEL, axis=0)
        up, down = (theirs >= critical).sum(axis=1), (theirs <= -critical).sum(axis=1)
        medians = np.abs(np.median(theirs, axis=1))
        as_many = int((np.maximum(up, down) >= agreeing).sum())
        as_large = int((medians >= abs(np.median(z))).sum())
        summary["p_joint"] = max(p_of_rank(as_many, len(theirs)), smallest)
        summary["p_median"] = max(p_of_rank(as_large, len(theirs)), smallest)
    return summary
