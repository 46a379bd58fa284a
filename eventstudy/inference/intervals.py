"""Intervals: how wide one is for its level, and those of one CAR and of one path.

Those of a CAR and a path are in the volatility of their own eve: the rank test `ewma-sq`
turned round. The interval holds every effect that the test would not reject, so 0 lies
outside exactly when p ≤ α.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar, overload

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.arrays import Array, Ints, Mask
from eventstudy.inference.ranks import p_of_rank
from eventstudy.inference.scaled_cars import SHORT, estimation_error, ranked_sums, running_sums
from eventstudy.inference.sums import by_blocks
from eventstudy.inference.volatility import ewma_variance
from eventstudy.settings import Window, length

T = TypeVar("T", float, "Array")
R = TypeVar("R")

APPROXIMATE = 25
"""The rank of a sum over more than the 25th part of the estimation days is approximate."""


@overload
def critical_value(level: float, df: float | None = None) -> float: ...
@overload
def critical_value(level: float, df: Array) -> Array: ...
def critical_value(level: float, df: float | Array | None = None) -> float | Array:
    """Return the two-sided critical value of a level: the (1 + level)/2 quantile.

    As half the width of a band it covers each day by itself, not the path: of null paths
    over eleven days about one in five leaves it somewhere.

    Parameters
    ----------
    level : float
        Coverage as a fraction.
    df : float or ndarray, optional
        Degrees of freedom of the variance (Student's t); None = known (normal).

    Returns
    -------
    float or ndarray
        1.96 for a level of 0.95 and a known variance.
    """
    from scipy import stats

    tail = (1 + level) / 2
    if isinstance(df, np.ndarray):
        few, of_row = np.unique(df, return_inverse=True)
        return np.asarray(stats.t.ppf(tail, few)[of_row].reshape(df.shape))
    return float(stats.norm.ppf(tail) if df is None else stats.t.ppf(tail, df))


def around(centre: T, half: T) -> tuple[T, T]:
    """Return the ends of a symmetric interval, centre ∓ half."""
    return centre - half, centre + half


def t_interval(
    centre: Array, se: Array, level: float, df: float | Array | None = None
) -> tuple[Array, Array]:
    """Return the textbook interval, centre ∓ t(df)·se.

    Parameters
    ----------
    centre, se : ndarray
        Estimates and their standard errors.
    level : float
        Coverage as a fraction.
    df : float or ndarray, optional
        As for `critical_value`.

    Returns
    -------
    low, high : ndarray
    """
    return around(centre, critical_value(level, df) * se)


def stated_level(confidence: float) -> Fraction:
    """Return α = 1 - confidence as it was written down: 0.95 gives 1/20, not 0.05000000000000004.

    Parameters
    ----------
    confidence : float
        Level of an interval, a fraction.
    """
    return 1 - Fraction(repr(float(confidence)))


def order_statistics(values: Array, level: Fraction) -> Array:
    """Return the ⌊α(n + 1)⌋-th largest of the n absolute values of each row.

    (1 + #{v ≥ z})/(n + 1) ≤ α exactly when z is larger: the closed interval z ∓ c then no
    longer holds 0.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        NaN does not count.
    level : Fraction
        α.

    Returns
    -------
    ndarray, shape (rows,)
        Infinite when no p can be as small as α; NaN without any value.
    """
    if not values.shape[1]:
        return np.full(len(values), np.nan)
    known = np.isfinite(values)
    n = known.sum(axis=1)
    counts, of_row = np.unique(n, return_inverse=True)
    ranks = np.array([int(level * (count + 1)) for count in counts.tolist()], dtype=np.intp)[of_row]
    critical = np.full(len(values), np.inf)
    there = np.flatnonzero(ranks)
    if len(there):
        place = (n - ranks)[there]
        sizes = np.where(known, np.abs(values), np.inf)[there]
        sizes.partition(np.unique(place), axis=1)
        critical[there] = sizes[np.arange(len(there)), place]
    critical[n == 0] = np.nan
    return critical


SIZE, POWER = 0.05, 0.80
"""An effect is called detectable that a test at this level finds with this probability."""


def detectable_mean(low: float, high: float, n_eff: float, confidence: float) -> float:
    """Return the mean CAR that would be seen in four cases of five at the 5 % level.

    (t.975 + t.80)·se, with the standard error that the interval implies.

    Parameters
    ----------
    low, high : float
        Ends of a symmetric interval.
    n_eff : float
        What it was made from, as in `EventStudyResults.mean_car`; one = ordinary days.
    confidence : float
        Its level, a fraction.

    Returns
    -------
    float
        A fraction; NaN without an interval.
    """
    df = n_eff - 1 if n_eff > 1 else None
    se = (high - low) / 2 / critical_value(confidence, df)
    return se * (critical_value(1 - SIZE, df) + critical_value(2 * POWER - 1, df))


def detectable_car(ordinary: Array, scale: Array) -> Array:
    """Return the CAR of one episode that would be seen in four cases of five.

    The effect that lifts four ordinary days in five above the 95 % quantile of |z|.

    Parameters
    ----------
    ordinary : ndarray, shape (episodes, days)
        z of ordinary days; NaN where there is none.
    scale : ndarray, shape (episodes,)
        Volatility of the CAR before the event.

    Returns
    -------
    ndarray, shape (episodes,)
        Fractions; NaN without ordinary days.
    """
    if ordinary.shape[1] and np.isfinite(ordinary).all():
        return _needed(ordinary) * scale
    effects = np.full(len(ordinary), np.nan)
    for row, values in enumerate(ordinary):
        z = values[np.isfinite(values)]
        if len(z):
            effects[row] = _needed(z[None])[0] * scale[row]
    return effects


def _needed(z: Array) -> Array:
    """Return what lifts four of five values of each row above the 95 % quantile of their sizes."""
    high, low = np.quantile(np.abs(z), 1 - SIZE, axis=1), np.quantile(z, 1 - POWER, axis=1)
    return np.asarray(high - low)


@dataclass(frozen=True)
class CarIntervals:
    """One interval for each episode.

    Parameters
    ----------
    low, high : ndarray, shape (episodes,)
        Ends as fractions; infinite where the ordinary days are too few for the level, NaN
        where there are none or the CAR is missing.
    half : ndarray, shape (episodes,)
        Half of its width.
    z, p : ndarray, shape (episodes,)
        CAR over its volatility, and its rank p (`ewma-sq`).
    n : ndarray of int, shape (episodes,)
        Complete runs of estimation days that it was ranked among.
    approximate : ndarray of bool, shape (episodes,)
        Whether the window is long against the estimation window (L > L1/25).
    """

    low: Array
    high: Array
    half: Array
    z: Array
    p: Array
    n: Ints
    approximate: Mask

    def rows(self, index: Ints) -> CarIntervals:
        """Return those of some episodes."""
        return CarIntervals(**{name: values[index] for name, values in vars(self).items()})


def rank_p(z: Array, before: Array) -> Array:
    """Return p = (1 + #{|z_s| ≥ |z|})/(n + 1) of each row; NaN where n = 0 or z is missing."""
    known = np.isfinite(before)
    n = known.sum(axis=1)
    larger = (np.abs(np.where(known, before, 0.0)) >= np.abs(z)[:, None]) & known
    p: Array = np.where(np.isfinite(z) & (n > 0), p_of_rank(larger.sum(axis=1), n), np.nan)
    return p


def car_intervals(abnormal: AbnormalReturns, window: Window, confidence: float) -> CarIntervals:
    """Invert the volatility-scaled rank test: CAR ∓ c·σ_eve·√L.

    c is the ⌊α(n + 1)⌋-th largest |z_s| of the n ordinary runs of L days (Gelbach, Helland
    and Klick 2013, on scaled residuals). For L > 5 both sides allow for the error of the
    estimated normal return (see `estimation_error`).

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    window : (int, int)
        CAR window of L sessions.
    confidence : float
        Level, a fraction.

    Returns
    -------
    CarIntervals
    """
    return car_intervals_over(abnormal, [window], confidence)[0]


def car_intervals_over(
    abnormal: AbnormalReturns, windows: Sequence[Window], confidence: float
) -> list[CarIntervals]:
    """Return `car_intervals` over several windows: their volatility is made once.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    windows : sequence of (int, int)
        CAR windows.
    confidence : float
        Level, a fraction.

    Returns
    -------
    list of CarIntervals
        One for each window.
    """

    def make(block: AbnormalReturns) -> CarIntervals:
        return side_by_side([_car_intervals(block, window, confidence) for window in windows])

    return one_by_one(by_blocks(abnormal, make), len(windows))


def side_by_side(records: Sequence[R]) -> R:
    """Put dataclasses of arrays of shape (episodes,) into one of shape (episodes, records)."""
    names = vars(records[0])
    columns = {name: np.stack([vars(each)[name] for each in records], axis=1) for name in names}
    return type(records[0])(**columns)


def one_by_one(record: R, count: int) -> list[R]:
    """Return what `side_by_side` put together."""
    return [
        type(record)(**{name: values[:, column] for name, values in vars(record).items()})
        for column in range(count)
    ]


def _car_intervals(abnormal: AbnormalReturns, window: Window, confidence: float) -> CarIntervals:
    """Invert the rank test for a block of episodes."""
    scaled = ranked_sums(abnormal, window)
    critical = order_statistics(scaled.before, stated_level(confidence))
    half = critical * scaled.scale
    # |z| = c is not rejected: 0 stays inside the closed interval, whatever rounding does
    low, high = around(abnormal.car(window), half)
    inside = np.abs(scaled.z) <= critical
    return CarIntervals(
        np.where(inside, np.minimum(low, 0.0), low),
        np.where(inside, np.maximum(high, 0.0), high),
        half,
        scaled.z,
        rank_p(scaled.z, scaled.before),
        scaled.n,
        length(window) * APPROXIMATE > abnormal.observed,
    )


@dataclass(frozen=True)
class PathBands:
    """A simultaneous band for the path of each episode.

    Parameters
    ----------
    critical : ndarray, shape (episodes,)
        Order statistic of the largest scaled step of ordinary runs; infinite or NaN as in
        `CarIntervals`.
    half : ndarray, shape (episodes, windows)
        Half width of the band, a fraction.
    p : ndarray, shape (episodes,)
        Rank of the path's own largest scaled step.
    n : ndarray of int, shape (episodes,)
        Complete runs.
    """

    critical: Array
    half: Array
    p: Array
    n: Ints


def _steps(values: Array, windows: Sequence[Window], first: int) -> Array:
    """Return sums over each window of every complete run, shape (windows, rows, runs)."""
    complete = np.isfinite(running_sums(values, max(w[1] for w in windows) - first + 1))
    runs = complete.shape[1]
    sums = [running_sums(values, length(w))[:, w[0] - first : w[0] - first + runs] for w in windows]
    return np.where(complete, np.stack(sums), np.nan)


def path_bands(
    abnormal: AbnormalReturns, windows: Sequence[Window], confidence: float
) -> PathBands:
    """Band of a path of CARs that holds for all windows at once: CAR_k ∓ c·σ_eve·√L_k.

    c is the ⌊α(n + 1)⌋-th largest of max_k |C_k|/(σ√L_k) over all runs of H successive
    estimation residuals, H days being those from the first to the last of all windows. For
    H > 5 both sides allow for the error of the estimated normal return.

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes.
    windows : sequence of (int, int)
        Windows of the path, inside the event window: growing ones for a path of CARs,
        single days for one of abnormal returns.
    confidence : float
        Level, a fraction.

    Returns
    -------
    PathBands
    """
    first = min(window[0] for window in windows)
    span = max(window[1] for window in windows) - first + 1
    variance = ewma_variance(abnormal)
    before = variance.shape[1] - len(abnormal.tau)
    eve = np.sqrt(variance[:, before + first - int(abnormal.tau[0])])
    level = stated_level(confidence)
    steps = _steps(abnormal.residuals, windows, first)
    scale = np.empty((len(eve), len(windows)))
    for column, window in enumerate(windows):
        days = length(window)
        outside, inside = np.ones(len(eve)), np.ones(len(eve))
        if span > SHORT:
            outside, inside = estimation_error(days, abnormal.observed)
        steps[column] /= np.sqrt(days * variance[:, : steps[column].shape[1]]) * inside[:, None]
        scale[:, column] = eve * np.sqrt(days) * outside
    largest = np.abs(steps).max(axis=0)
    path = np.stack([abnormal.car(window) for window in windows], axis=1)
    critical = order_statistics(largest, level)
    p = rank_p(np.abs(path / scale).max(axis=1), largest)
    return PathBands(critical, critical[:, None] * scale, p, np.isfinite(largest).sum(axis=1))
