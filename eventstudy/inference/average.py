"""Mean CARs over episodes, and the intervals that hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.joint_dummies import JointAverage, mean_with_joint_dummies
from eventstudy.abnormal.placebo_days import PlaceboDays
from eventstudy.arrays import Array
from eventstudy.inference.bands import DRAWS, NO_BAND, Band, simultaneous
from eventstudy.inference.correlation import shared_day_correlation
from eventstudy.inference.intervals import (
    CarIntervals,
    around,
    car_intervals_over,
    critical_value,
    path_bands,
    t_interval,
)
from eventstudy.inference.shared_estimation import (
    estimation_inflation,
    inflation,
    same_series_correlation,
)
from eventstudy.models.solvers import statsmodels_solver
from eventstudy.settings import Window, length

FAR = np.iinfo(np.int32).max
"""Sessions between windows of different assets: they never share a day."""

Basis = Literal[
    "between episodes", "joint dummies", "prediction error", "not averaged: windows overlap"
]
"""Where the textbook error of a mean comes from."""

IntervalBasis = Literal[
    "between episodes",
    "between episodes, correlated",
    "between episodes, correlation estimated",
    "event days",
    "ordinary days",
    "ordinary days, approximate",
    "not averaged: windows overlap",
    "none: fewer than 4 effective days",
    "none: the correlation of some assets is not known",
    "none: there is no ordinary day to compare with",
    "none: all episodes are one and the same",
    "none: needs the study in memory",
]
"""What an interval rests on, or why there is none."""

FEWEST_DAYS = 4
"""With fewer effective days their spread says nothing of their mean."""


@dataclass(frozen=True)
class Average:
    """Means over episodes for a list of windows, with their intervals. Fractions.

    Parameters
    ----------
    mean, se : ndarray, shape (windows,)
        Means and their textbook standard errors.
    df : float
        Degrees of freedom of `se`.
    basis : Basis
        Where `se` comes from.
    low, high : ndarray, shape (windows,)
        The interval that holds; infinite or NaN where there is none.
    low_t, high_t : ndarray, shape (windows,)
        The textbook interval, mean ∓ t(df)·se.
    ci_basis : tuple of IntervalBasis, length windows
        What the interval rests on, or why there is none.
    n_eff : ndarray, shape (windows,)
        Episodes, or for overlapping windows the days that count, (Σw)²/Σw².
    half : ndarray, shape (windows,)
        Half width of the simultaneous band; NaN without one.
    band : {"sup-t", "bonferroni", "rank", "none"}
        Its kind.
    event_sd_ratio : float
        For overlapping windows: standard deviation of the abnormal returns of the event
        days over that of the estimation window.
    """

    mean: Array
    se: Array
    df: float
    basis: Basis
    low: Array
    high: Array
    low_t: Array
    high_t: Array
    ci_basis: tuple[IntervalBasis, ...]
    n_eff: Array
    half: Array
    band: Band
    event_sd_ratio: float = float("nan")


def overlaps(abnormal: AbnormalReturns, window: Window) -> int:
    """Return how many windows share a day with another one of the same asset."""
    steps = abnormal.once("steps between windows", lambda: _steps(abnormal))
    near = steps < length(window)
    return int(near[:1].sum() + (near[1:] | near[:-1]).sum() + near[-1:].sum())


def _steps(abnormal: AbnormalReturns) -> NDArray[np.int32]:
    """Sessions from each window to the next of the same asset; very many to that of another."""
    codes, position = abnormal.asset_codes, abnormal.position
    apart, forward = np.diff(codes), np.diff(position)
    if not ((apart > 0) | ((apart == 0) & (forward >= 0))).all():
        order = np.lexsort((position, codes))
        apart, forward = np.diff(codes[order]), np.diff(position[order])
    steps: NDArray[np.int32] = np.where(apart == 0, forward, FAR).astype(np.int32)
    return steps


def average(
    abnormal: AbnormalReturns,
    windows: Sequence[Window],
    history: PlaceboDays,
    draws: int | None = DRAWS,
) -> Average:
    """Average CARs over windows, overlapping ones with joint dummies only.

    Intervals rest on what may be trusted in each case: the spread between episodes, widened
    for what they share (`shared_day_correlation` between assets, the error of the estimation
    within one series); where windows overlap, the spread of the event days themselves; for a
    single episode its rank among ordinary days (`car_intervals`).

    Parameters
    ----------
    abnormal : AbnormalReturns
        Episodes, complete over all windows.
    windows : sequence of (int, int)
        CAR windows. The band is simultaneous over all of them.
    history : PlaceboDays
        The series behind the study.
    draws : int or None
        Of the critical value of a sup-t band; None = no band is made.

    Returns
    -------
    Average
    """
    widest = (min(w[0] for w in windows), max(w[1] for w in windows))
    if len(abnormal.day0) == 1:
        return _single(abnormal, windows, history)
    if any(w[0] != w[1] for w in windows) and overlaps(abnormal, widest):
        return _joint(abnormal, windows, history, draws)
    return _between(abnormal, windows, history, draws)


def _between(
    abnormal: AbnormalReturns, windows: Sequence[Window], history: PlaceboDays, draws: int | None
) -> Average:
    confidence, n = history.options.confidence, len(abnormal.day0)
    values = np.stack([abnormal.car(w) for w in windows])
    mean, covariance = values.mean(axis=1), np.atleast_2d(np.cov(values)) / n
    shared = _shared(abnormal, windows, history)
    factor = np.array([each.factor for each in shared])
    known = np.array([not each.unknown for each in shared]) & np.isfinite(factor)
    se = np.sqrt(np.diag(covariance))
    half = critical_value(confidence, n - 1) * se
    low, high = around(mean, np.where(known, half * factor, np.nan))
    low_t, high_t = around(mean, half)
    wide = covariance * np.outer(factor, factor)
    critical, band = NO_BAND
    if draws and known.all():
        critical, band = simultaneous(wide, confidence, n - 1, draws)
    return Average(
        mean=mean,
        se=se,
        df=n - 1,
        basis="between episodes",
        low=low,
        high=high,
        low_t=low_t,
        high_t=high_t,
        ci_basis=tuple(_spread_basis(each) for each in shared),
        n_eff=np.full(len(windows), float(n)),
        half=critical * se * factor,
        band=band,
    )


class _Shared(NamedTuple):
    """What correlation does to an error, pairs without one, whether it is an estimate, or had."""

    factor: float
    unknown: int = 0
    estimated: bool = False
    held: bool = True


def _spread_basis(shared: _Shared) -> IntervalBasis:
    """Say what an interval by the spread between episodes rests on."""
    if not shared.held:
        return "none: needs the study in memory"
    if shared.unknown:
        return "none: the correlation of some assets is not known"
    if np.isnan(shared.factor):
        return "none: all episodes are one and the same"
    if shared.estimated:
        return "between episodes, correlation estimated"
    return "between episodes, correlated" if shared.factor > 1 else "between episodes"


def _shared(
    abnormal: AbnormalReturns, windows: Sequence[Window], history: PlaceboDays
) -> list[_Shared]:
    """Return what correlation does to each error."""
    n = len(abnormal.day0)
    estimation = [same_series_correlation(abnormal, window, history) for window in windows]
    if len(np.unique(abnormal.asset_codes)) == 1:
        return [_Shared(estimation_inflation(value, n)) for value in estimation]
    factors = []
    for value, days in zip(estimation, shared_day_correlation(abnormal, windows), strict=True):
        wide = estimation_inflation(value, n) > 1
        both = max(days.mean, 0.0) + value if wide else days.mean
        factors.append(_Shared(inflation(both, n), *days[1:]))
    return factors


def _single(abnormal: AbnormalReturns, windows: Sequence[Window], history: PlaceboDays) -> Average:
    confidence = history.options.confidence
    inside = np.zeros((len(windows), len(abnormal.tau)))
    for row, window in enumerate(windows):
        inside[row, abnormal.columns(window)] = 1.0
    intervals = car_intervals_over(abnormal, windows, confidence)
    bands = path_bands(abnormal, windows, confidence)
    mean = np.array([abnormal.car(w)[0] for w in windows])
    se = np.sqrt(np.diag(inside @ abnormal.covariance(0) @ inside.T))
    low_t, high_t = t_interval(mean, se, confidence, float(abnormal.df[0]))
    return Average(
        mean=mean,
        se=se,
        df=float(abnormal.df[0]),
        basis="prediction error",
        low=np.array([interval.low[0] for interval in intervals]),
        high=np.array([interval.high[0] for interval in intervals]),
        low_t=low_t,
        high_t=high_t,
        ci_basis=tuple(basis for interval in intervals for basis in car_basis(interval)),
        n_eff=np.ones(len(windows)),
        half=bands.half[0],
        band="rank" if np.isfinite(bands.critical[0]) else "none",
    )


def car_basis(intervals: CarIntervals) -> list[IntervalBasis]:
    """Say of each interval of one CAR what it rests on, or why there is none."""
    names: tuple[IntervalBasis, ...] = (
        "ordinary days",
        "ordinary days, approximate",
        "none: there is no ordinary day to compare with",
    )
    code = np.where(intervals.n == 0, 2, intervals.approximate.astype(int))
    return [names[place] for place in code.tolist()]


def _joint(
    abnormal: AbnormalReturns, windows: Sequence[Window], history: PlaceboDays, draws: int | None
) -> Average:
    joint = _regressed(abnormal, windows, history)
    if joint is None:
        return _refused(len(windows))
    confidence = history.options.confidence
    se, robust = np.sqrt(np.diag(joint.covariance)), np.sqrt(np.diag(joint.robust))
    low_t, high_t = t_interval(joint.mean, se, confidence, joint.df)
    enough = joint.n_eff >= FEWEST_DAYS
    critical = critical_value(confidence, np.where(enough, joint.n_eff - 1, np.nan))
    low, high = around(joint.mean, critical * robust)
    sup, band = NO_BAND
    if draws and enough.all():
        fewest = float(joint.n_eff.min())
        sup, band = simultaneous(joint.robust, confidence, fewest - 1, draws)
    return Average(
        mean=joint.mean,
        se=se,
        df=joint.df,
        basis="joint dummies",
        low=low,
        high=high,
        low_t=low_t,
        high_t=high_t,
        ci_basis=tuple(
            "event days" if held else "none: fewer than 4 effective days" for held in enough
        ),
        n_eff=joint.n_eff,
        half=sup * robust,
        band=band,
        event_sd_ratio=joint.event_sd_ratio,
    )


def _refused(windows: int) -> Average:
    """Return an average without any number."""
    none = np.full(windows, np.nan)
    why: Literal["not averaged: windows overlap"] = "not averaged: windows overlap"
    basis = (why,) * windows
    return Average(none, none, np.nan, why, none, none, none, none, basis, none, none, "none")


def _regressed(
    abnormal: AbnormalReturns, windows: Sequence[Window], history: PlaceboDays
) -> JointAverage | None:
    """Return the joint regression; None for several assets, or where it cannot be had."""
    if len(np.unique(abnormal.asset_codes)) > 1:
        return None
    asset, day0 = str(abnormal.assets[0]), abnormal.position
    data = history.data[asset]
    estimation = np.unique(abnormal.estimation_days[np.isfinite(abnormal.residuals)])
    if not len(estimation):
        return None
    return mean_with_joint_dummies(
        data, history.models[asset], day0, windows, estimation, statsmodels_solver
    )
