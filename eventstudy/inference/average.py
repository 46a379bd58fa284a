"""Mean CARs over episodes, and the intervals that hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal.joint_dummies import joint_average, overlapping
from eventstudy.inference.bands import DRAWS, simultaneous
from eventstudy.inference.correlation import shared_day_correlation
from eventstudy.inference.intervals import (
    around,
    car_intervals,
    critical_value,
    path_bands,
    t_interval,
)
from eventstudy.inference.shared_estimation import (
    estimation_inflation,
    inflation,
    same_series_correlation,
)
from eventstudy.models.least_squares import statsmodels_engine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.abnormal.joint_dummies import JointAverage
    from eventstudy.abnormal.placebo_days import History
    from eventstudy.arrays import Array, Ints
    from eventstudy.inference.intervals import CarIntervals
    from eventstudy.settings import Window


BETWEEN, JOINT, PREDICTION = "between episodes", "joint dummies", "prediction error"
NOT_AVERAGED = "not averaged: windows overlap"
"""Where the textbook error of a mean comes from."""

SPREAD, CORRELATED, EVENT_DAYS = "between episodes", "between episodes, correlated", "event days"
ORDINARY_DAYS, APPROXIMATELY = "ordinary days", "ordinary days, approximate"
FEW_DAYS = "none: fewer than 4 effective days"
NOT_KNOWN = "none: the correlation of some assets is not known"
NO_DAYS = "none: there is no ordinary day to compare with"
ONE = "none: all episodes are one and the same"
"""What an interval rests on."""

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
    basis : str
        Where `se` comes from: one of the names above.
    low, high : ndarray, shape (windows,)
        The interval that holds; infinite or NaN where there is none.
    low_t, high_t : ndarray, shape (windows,)
        The textbook interval, mean ∓ t(df)·se.
    ci_basis : tuple of str, length windows
        What the interval rests on, or why there is none.
    n_eff : ndarray, shape (windows,)
        Episodes, or for overlapping windows the days that count, (Σw)²/Σw².
    half : ndarray, shape (windows,)
        Half width of the simultaneous band; NaN without one.
    band : str
        Its kind: "sup-t", "bonferroni", "rank", or "none".
    event_sd_ratio : float
        For overlapping windows: standard deviation of the abnormal returns of the event
        days over that of the estimation window.
    """

    mean: Array
    se: Array
    df: float
    basis: str
    low: Array
    high: Array
    low_t: Array
    high_t: Array
    ci_basis: tuple[str, ...]
    n_eff: Array
    half: Array
    band: str
    event_sd_ratio: float = float("nan")


def positions_of(part: AbnormalReturns, history: History) -> dict[str, Ints]:
    """Return the positions of day 0 among the sessions of each asset."""
    return {
        str(asset): np.searchsorted(
            history.data[str(asset)].calendar.sessions, part.day0[part.assets == asset]
        )
        for asset in dict.fromkeys(part.assets)
    }


def overlaps(part: AbnormalReturns, window: Window, history: History) -> int:
    """Return how many windows share a day with another one of the same asset."""
    return sum(overlapping(day0, window) for day0 in positions_of(part, history).values())


def average(
    part: AbnormalReturns,
    windows: Sequence[Window],
    history: History,
    draws: int = DRAWS,
) -> Average:
    """Average CARs over windows, overlapping ones with joint dummies only.

    Intervals rest on what may be trusted in each case: the spread between episodes, widened
    for what they share (`shared_day_correlation` between assets, the error of the estimation
    within one series); where windows overlap, the spread of the event days themselves; for a
    single episode its rank among ordinary days (`car_intervals`).

    Parameters
    ----------
    part : AbnormalReturns
        Episodes, complete over all windows.
    windows : sequence of (int, int)
        CAR windows. The band is simultaneous over all of them.
    history : History
        The series behind the study.
    draws : int
        Of the critical value of a sup-t band.

    Returns
    -------
    Average
    """
    widest = (min(w[0] for w in windows), max(w[1] for w in windows))
    if len(part.day0) == 1:
        return _single(part, windows, history)
    if any(w[0] != w[1] for w in windows) and overlaps(part, widest, history):
        return _joint(part, windows, history, draws)
    return _between(part, windows, history, draws)


def _between(
    part: AbnormalReturns, windows: Sequence[Window], history: History, draws: int
) -> Average:
    confidence, n = history.options.confidence, len(part.day0)
    values = np.stack([part.car(w) for w in windows])
    mean, covariance = values.mean(axis=1), np.atleast_2d(np.cov(values)) / n
    shared = [_shared(part, window, history) for window in windows]
    factor = np.array([factor for factor, _ in shared])
    known = np.array([not unknown for _, unknown in shared]) & np.isfinite(factor)
    se = np.sqrt(np.diag(covariance))
    half = critical_value(confidence, n - 1) * se
    low, high = around(mean, np.where(known, half * factor, np.nan))
    low_t, high_t = around(mean, half)
    wide = covariance * np.outer(factor, factor)
    critical, band = np.nan, "none"
    if known.all():
        critical, band = simultaneous(wide, confidence, n - 1, draws)
    basis = [
        NOT_KNOWN if unknown else ONE if np.isnan(ratio) else CORRELATED if ratio > 1 else SPREAD
        for ratio, unknown in shared
    ]
    return Average(
        mean=mean,
        se=se,
        df=n - 1,
        basis=BETWEEN,
        low=low,
        high=high,
        low_t=low_t,
        high_t=high_t,
        ci_basis=tuple(basis),
        n_eff=np.full(len(windows), float(n)),
        half=critical * se * factor,
        band=band,
    )


def _shared(part: AbnormalReturns, window: Window, history: History) -> tuple[float, int]:
    """Return what correlation does to the error; pairs where it is needed and not known."""
    n, estimation = len(part.day0), same_series_correlation(part, window, history)
    if len(set(part.assets.tolist())) == 1:
        return estimation_inflation(estimation, n), 0
    days, unknown = shared_day_correlation(part, window)
    if estimation_inflation(estimation, n) > 1:
        days = max(days, 0.0) + estimation
    return inflation(days, n), unknown


def _single(part: AbnormalReturns, windows: Sequence[Window], history: History) -> Average:
    confidence = history.options.confidence
    inside = np.zeros((len(windows), len(part.tau)))
    for row, window in enumerate(windows):
        inside[row, part.columns(window)] = 1.0
    found = [car_intervals(part, window, confidence) for window in windows]
    bands = path_bands(part, windows, confidence)
    mean = np.array([part.car(w)[0] for w in windows])
    se = np.sqrt(np.diag(inside @ part.covariance(0) @ inside.T))
    low_t, high_t = t_interval(mean, se, confidence, float(part.df[0]))
    return Average(
        mean=mean,
        se=se,
        df=float(part.df[0]),
        basis=PREDICTION,
        low=np.array([own.low[0] for own in found]),
        high=np.array([own.high[0] for own in found]),
        low_t=low_t,
        high_t=high_t,
        ci_basis=tuple(str(car_basis(intervals)[0]) for intervals in found),
        n_eff=np.ones(len(windows)),
        half=bands.half[0],
        band="rank" if np.isfinite(bands.critical[0]) else "none",
    )


def car_basis(intervals: CarIntervals) -> NDArray[np.str_]:
    """Say of each interval of one CAR what it rests on, or why there is none."""
    basis = np.where(intervals.approximate, APPROXIMATELY, ORDINARY_DAYS)
    return np.where(intervals.n > 0, basis, NO_DAYS)


def _joint(
    part: AbnormalReturns, windows: Sequence[Window], history: History, draws: int
) -> Average:
    found = _regressed(part, windows, history)
    if found is None:
        return _refused(len(windows))
    confidence = history.options.confidence
    se, robust = np.sqrt(np.diag(found.covariance)), np.sqrt(np.diag(found.robust))
    low_t, high_t = t_interval(found.mean, se, confidence, found.df)
    enough = found.n_eff >= FEWEST_DAYS
    critical = critical_value(confidence, np.where(enough, found.n_eff - 1, np.nan))
    low, high = around(found.mean, critical * robust)
    joint, band = np.nan, "none"
    if enough.all():
        fewest = float(found.n_eff.min())
        joint, band = simultaneous(found.robust, confidence, fewest - 1, draws)
    return Average(
        mean=found.mean,
        se=se,
        df=found.df,
        basis=JOINT,
        low=low,
        high=high,
        low_t=low_t,
        high_t=high_t,
        ci_basis=tuple(EVENT_DAYS if held else FEW_DAYS for held in enough),
        n_eff=found.n_eff,
        half=joint * robust,
        band=band,
        event_sd_ratio=found.event_sd_ratio,
    )


def _refused(windows: int) -> Average:
    """Return an average without any number."""
    none, basis = np.full(windows, np.nan), (NOT_AVERAGED,) * windows
    return Average(
        none, none, float("nan"), NOT_AVERAGED, none, none, none, none, basis, none, none, "none"
    )


def _regressed(
    part: AbnormalReturns, windows: Sequence[Window], history: History
) -> JointAverage | None:
    """Return the joint regression; None for several assets, or where it cannot be had."""
    positions = positions_of(part, history)
    if len(positions) > 1:
        return None
    ((asset, day0),) = positions.items()
    data = history.data[asset]
    used = part.estimation_dates[np.isfinite(part.residuals)]
    if not len(used):
        return None
    estimation = np.unique(np.searchsorted(data.calendar.sessions, used))
    return joint_average(data, history.models[asset], day0, windows, estimation, statsmodels_engine)
