"""Rates over placebo samples: size, power, detectable effect, coverage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from eventstudy.arrays import Array
from eventstudy.inference.router import TURBULENT

LEVEL, POWER = 0.05, 0.80
COVERAGE = (
    *("group", "asset", "start", "end", "interval", "samples", "coverage", "mc_se"),
    *("coverage_low", "coverage_mid", "coverage_high", "coverage_wild", "samples_wild"),
    "dates",
)
"""Columns of a table of coverages."""


@dataclass(frozen=True)
class Sampled:
    """A design at placebo dates.

    Parameters
    ----------
    p : ndarray, shape (samples, effects, tests)
        NaN where a test has none.
    eve : ndarray, shape (samples,)
        Volatility before the dates.
    interval, path, event_sd_ratio : ndarray, shape (samples,)
        As in `Held`.
    """

    p: Array
    eve: Array
    interval: Array
    path: Array
    event_sd_ratio: Array


def joined(parts: Sequence[Sampled]) -> Sampled:
    """Return samples that were drawn in parts as one."""
    columns = (np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Sampled))
    return Sampled(*columns)


def coverage(held: Array, drawn: Sampled) -> dict[str, float]:
    """Share of intervals that hold zero: in all, by volatility, and where event days are wild."""
    known = np.isfinite(held)
    count = int(known.sum())
    if not count:
        return {"samples": 0, "samples_wild": 0}
    inside, wild = held[known], drawn.event_sd_ratio[known] > TURBULENT
    share = float(inside.mean())
    low, mid, high = _thirds(inside, drawn.eve[known])
    return {
        "samples": count,
        "coverage": share,
        "mc_se": float(np.sqrt(share * (1 - share) / count)),
        "coverage_low": low,
        "coverage_mid": mid,
        "coverage_high": high,
        "coverage_wild": float(inside[wild].mean()) if wild.any() else float("nan"),
        "samples_wild": int(wild.sum()),
    }


def _thirds(values: Array, eve: Array) -> list[float]:
    """Mean in the calm, the middle and the turbulent third of the samples."""
    order = np.array_split(np.argsort(eve, kind="stable"), 3)
    return [float(values[rows].mean()) if len(rows) else float("nan") for rows in order]


def size_of(p: Array, eve: Array, grid: tuple[float, ...]) -> dict[str, float]:
    """Share of rejections without an effect, in all and by volatility; detectable effect."""
    known = np.isfinite(p[:, 0])
    count = int(known.sum())
    if not count:
        return {"samples": 0}
    rejected = p[known, 0] <= LEVEL
    size = float(rejected.mean())
    thirds = _thirds(rejected, eve[known])
    share = [float((values[np.isfinite(values)] <= LEVEL).mean()) for values in p.T]
    return {
        "samples": count,
        "size": size,
        "mc_se": float(np.sqrt(size * (1 - size) / count)),
        "size_low": thirds[0],
        "size_mid": thirds[1],
        "size_high": thirds[2],
        "mde": detectable_in_samples(grid, share),
    }


def detectable_in_samples(grid: tuple[float, ...], power: list[float]) -> float:
    """Effect at which power reaches 80 %, between the points of the grid; NaN beyond it."""
    for step in range(1, len(grid)):
        low, high = power[step - 1], power[step]
        if high >= POWER > low:
            return grid[step - 1] + (POWER - low) / (high - low) * (grid[step] - grid[step - 1])
    return float("nan")


def power_of(
    record: dict[str, object], p: Array, grid: tuple[float, ...]
) -> list[dict[str, object]]:
    """Return one row for each effect."""
    base = {name: value for name, value in record.items() if name != "role"}
    return [
        {**base, "effect": effect, "power": float((column[np.isfinite(column)] <= LEVEL).mean())}
        for effect, column in zip(grid, p.T, strict=True)
        if np.isfinite(column).any()
    ]
