"""How often the intervals of a design hold zero at dates on which nothing happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eventstudy.abnormal.joint_dummies import JointAverage, means_with_joint_dummies, overlapping
from eventstudy.arrays import Array, Ints, Mask
from eventstudy.inference.average import FEWEST_DAYS, average
from eventstudy.inference.bands import simultaneous_of_many
from eventstudy.inference.intervals import car_intervals, critical_value, path_bands
from eventstudy.inference.samples import Samples
from eventstudy.inference.shared_estimation import estimation_inflation, shared_estimations
from eventstudy.models.solvers import moments_solver
from eventstudy.settings import Window

DRAWS = 5_000
"""Of the critical value of a band: its error of .5 % is nothing beside that of a coverage."""

CAR, MEAN, PATH = "CAR", "mean CAR", "path"
"""Kinds of intervals: of one CAR, of a mean, and the band of a path over the event window."""


@dataclass(frozen=True)
class Held:
    """Which intervals hold zero.

    Parameters
    ----------
    interval, path : ndarray, shape (samples,)
        One or zero for the interval over the window and the band of the path; NaN where
        there is none. An interval without a bound holds everything.
    event_sd_ratio : ndarray, shape (samples,)
        Of overlapping windows: standard deviation of the event days over that of the
        estimation window; else NaN.
    """

    interval: Array
    path: Array
    event_sd_ratio: Array


@dataclass(frozen=True)
class Means:
    """Means of samples over windows, with half the width of what holds them; fractions.

    Parameters
    ----------
    mean, half, half_of_band : ndarray, shape (samples, windows)
        Means; half of the interval of each window, and of the band for all of them: NaN where
        there is none.
    event_sd_ratio : ndarray, shape (samples,)
        As in `Held`.
    """

    mean: Array
    half: Array
    half_of_band: Array
    event_sd_ratio: Array

    @classmethod
    def blank(cls, samples: int, windows: int) -> Means:
        """Return means without a number, to be filled in."""
        mean, half, half_of_band = np.full((3, samples, windows), np.nan)
        return cls(mean, half, half_of_band, np.full(samples, np.nan))


def holds_zero(samples: Samples) -> Held:
    """Say which intervals of samples without any effect hold zero.

    The intervals are those of `average`, those of a single episode by its rank; all samples at
    once, and least squares by `moments_solver`.

    Parameters
    ----------
    samples : Samples
        Episodes on days on which nothing happened.

    Returns
    -------
    Held
    """
    days, rows = samples.days, samples.rows
    path = [(int(days.tau[0]), int(day)) for day in days.tau]
    whole = np.asarray(np.isfinite(days.ar)[rows].all(axis=(1, 2)), dtype=bool)
    if samples.n == 1:
        confidence = samples.history.options.confidence
        interval = car_intervals(days, samples.window, confidence)
        car = np.stack([days.car(window) for window in path], axis=1)
        inside = _within(car, path_bands(days, path, confidence).half)
        held = _inside(interval.low, interval.high)
        nothing = np.full(len(rows), np.nan)
        return Held(held[rows[:, 0]], np.where(whole, inside[rows[:, 0]], np.nan), nothing)
    over_window = means_of(samples, [samples.window], draws=None)
    low, high = (over_window.mean + sign * over_window.half for sign in (-1, 1))
    band = np.full(len(rows), np.nan)
    if whole.any():
        over_path = means_of(samples.of(whole), path)
        band[whole] = _within(over_path.mean, over_path.half_of_band)
    return Held(_inside(low, high)[:, 0], band, over_window.event_sd_ratio)


def means_of(samples: Samples, windows: Sequence[Window], draws: int | None = DRAWS) -> Means:
    """Return the means of samples of several episodes, with half the width of what holds them.

    Parameters
    ----------
    samples : Samples
        Complete over all windows.
    windows : sequence of (int, int)
        The band is simultaneous over all of them.
    draws : int or None
        As for `average`.

    Returns
    -------
    Means
        As `average` has them for each sample.
    """
    means = Means.blank(len(samples.rows), len(windows))
    if len(set(samples.days.assets.tolist())) > 1:
        return _one_by_one(means, samples, windows, draws)
    crowded = _overlap(samples, windows)
    if crowded.any():
        _put_joint(means, np.flatnonzero(crowded), samples.of(crowded), windows, draws)
    if not crowded.all():
        _put_between(means, ~crowded, samples.of(~crowded), windows, draws)
    return means


def _overlap(samples: Samples, windows: Sequence[Window]) -> Mask:
    """Whether windows of a sample share a day, shape (samples,)."""
    if all(start == end for start, end in windows):
        return np.zeros(len(samples.rows), dtype=bool)
    widest = (min(w[0] for w in windows), max(w[1] for w in windows))
    return np.array([overlapping(day0, widest) > 0 for day0 in samples.positions()])


def _one_by_one(
    means: Means, samples: Samples, windows: Sequence[Window], draws: int | None
) -> Means:
    for number in range(len(samples.rows)):
        sample = samples.sample(number)
        one = average(sample.abnormal, windows, samples.history, draws=draws)
        means.mean[number], means.half[number] = one.mean, (one.high - one.low) / 2
        means.half_of_band[number] = one.half
        means.event_sd_ratio[number] = one.event_sd_ratio
    return means


def _put_between(
    means: Means, where: Mask, samples: Samples, windows: Sequence[Window], draws: int | None
) -> None:
    """Fill in means of separate windows: the spread between episodes, and what they share."""
    confidence, n = samples.history.options.confidence, samples.n
    values = np.stack([samples.days.car(window) for window in windows], axis=1)[samples.rows]
    mean = values.mean(axis=1)
    apart = values - mean[:, None]
    covariance = np.swapaxes(apart, 1, 2) @ apart / (n - 1) / n
    shared = [shared_estimations(samples, window) for window in windows]
    factor = np.array([[estimation_inflation(rbar, n) for rbar in column] for column in shared]).T
    wide = covariance * factor[:, :, None] * factor[:, None, :]
    error = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)) * factor
    critical = simultaneous_of_many(wide, confidence, np.full(len(wide), n - 1.0), draws)
    means.mean[where] = mean
    means.half[where] = critical_value(confidence, n - 1) * error
    means.half_of_band[where] = critical[:, None] * error


def _put_joint(
    means: Means, where: Ints, samples: Samples, windows: Sequence[Window], draws: int | None
) -> None:
    """Fill in means of overlapping windows, by joint dummies."""
    joint = _regressed(samples, windows)
    fitted = np.array([average is not None for average in joint])
    made = [average for average in joint if average is not None]
    if not made:
        return
    confidence, where = samples.history.options.confidence, where[fitted]
    n_eff, robust = np.stack([one.n_eff for one in made]), np.stack([one.robust for one in made])
    error = np.sqrt(np.diagonal(robust, axis1=1, axis2=2))
    enough = n_eff >= FEWEST_DAYS
    all_enough = enough.all(axis=1)
    fewest = n_eff.min(axis=1) - 1
    critical = simultaneous_of_many(robust, confidence, np.where(all_enough, fewest, np.nan), draws)
    means.mean[where] = [one.mean for one in made]
    means.half[where] = critical_value(confidence, np.where(enough, n_eff - 1, np.nan)) * error
    means.half_of_band[where] = critical[:, None] * error
    means.event_sd_ratio[where] = [one.event_sd_ratio for one in made]


def _regressed(samples: Samples, windows: Sequence[Window]) -> list[JointAverage | None]:
    """Joint regression of each sample; None where it cannot be had."""
    days, asset = samples.days, str(samples.days.assets[0])
    data, model = samples.history.data[asset], samples.history.models[asset]
    inside, known = days.estimation_days, np.isfinite(days.residuals)
    used = np.zeros((len(days.day0), len(data.returns)), dtype=bool)
    row, column = np.nonzero(known)
    used[row, inside[row, column]] = True
    estimation = np.stack([used[rows].any(axis=0) for rows in samples.rows])
    joint: list[JointAverage | None] = [None] * len(estimation)
    some = np.flatnonzero(estimation.any(axis=1))
    if len(some):
        calendars = samples.positions()[some]
        made = means_with_joint_dummies(
            data, model, calendars, windows, estimation[some], moments_solver
        )
        for number, one in zip(some.tolist(), made, strict=True):
            joint[number] = one
    return joint


def _inside(low: Array, high: Array) -> Array:
    """One where an interval holds zero; NaN where there is none."""
    held: Array = np.where(np.isnan(low) | np.isnan(high), np.nan, (low <= 0) & (high >= 0))
    return held


def _within(path: Array, half: Array) -> Array:
    """One where a band around zero holds a whole path; NaN where there is none."""
    inside = (np.abs(path) <= half).all(axis=1)
    held: Array = np.where(np.isnan(half).any(axis=1), np.nan, inside)
    return held
