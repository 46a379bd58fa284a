"""Whether the intervals of a cross-section hold an effect that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.inference.average import average
from eventstudy.inference.intervals import car_intervals, path_bands

if TYPE_CHECKING:
    from eventstudy.abnormal.placebo_days import PlaceboDays
    from eventstudy.inference.base import CrossSection

DRAWS = 5_000
"""Of the critical value of a band: its error of .5 % is nothing beside that of a coverage."""

CAR, MEAN, PATH = "CAR", "mean CAR", "path"
"""Kinds of intervals: of one CAR, of a mean, and the band of a path over the event window."""


@dataclass(frozen=True)
class Held:
    """Which intervals hold zero.

    Parameters
    ----------
    interval, path : float
        One or zero for the interval over the window and the band of the path; NaN where
        there is none. An interval without a bound holds everything.
    event_sd_ratio : float
        Of overlapping windows: standard deviation of the event days over that of the
        estimation window; else NaN.
    """

    interval: float
    path: float
    event_sd_ratio: float


def holds_zero(sample: CrossSection, history: PlaceboDays) -> Held:
    """Say which intervals of a cross-section without any effect hold zero.

    Parameters
    ----------
    sample : CrossSection
        Episodes on days on which nothing happened.
    history : PlaceboDays
        The series behind them.

    Returns
    -------
    Held
    """
    abnormal, confidence = sample.abnormal, history.options.confidence
    first = int(abnormal.tau[0])
    path = [(first, int(day)) for day in abnormal.tau]
    whole = bool(np.isfinite(abnormal.ar).all())
    if sample.n == 1:
        interval = car_intervals(abnormal, sample.window, confidence)
        low, high = interval.low[0], interval.high[0]
        bands = path_bands(abnormal, path, confidence)
        mean, half = np.array([abnormal.car(window)[0] for window in path]), bands.half[0]
        return Held(_inside(low, high), _within(mean, half) if whole else np.nan, np.nan)
    mean_interval = average(abnormal, [sample.window], history, draws=DRAWS)
    held = _inside(mean_interval.low[0], mean_interval.high[0])
    if not whole:
        return Held(held, np.nan, mean_interval.event_sd_ratio)
    path_average = average(abnormal, path, history, draws=DRAWS)
    return Held(held, _within(path_average.mean, path_average.half), mean_interval.event_sd_ratio)


def _inside(low: float, high: float) -> float:
    return float("nan") if np.isnan(low) or np.isnan(high) else float(low <= 0 <= high)


def _within(path: np.ndarray, half: np.ndarray) -> float:
    return float("nan") if np.isnan(half).any() else float((np.abs(path) <= half).all())
