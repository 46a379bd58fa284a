"""Mean correlation of the abnormal returns of different episodes, without an N x N matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.arrays import Array, Ints, Mask
from eventstudy.inference.correlation_sums import (
    DaySumsOf,
    pairs_that_share_days,
    sums_by_day,
)
from eventstudy.inference.day_totals import FEWEST_COMMON, Grouped
from eventstudy.inference.shared_days import SharedCorrelation, apart, by_dates, near_pairs
from eventstudy.inference.sums import BlockSum
from eventstudy.settings import Window, length

Pairing = Literal["calendar", "same-date", "event-time"]
"""Which residuals of two episodes are paired."""

MOST_PAIRS = 2_000_000
"""Pairs that are correlated one by one: those of 2,000 episodes."""

CHUNK = 256
"""Episodes whose correlations with as many others are computed at once."""


@dataclass(frozen=True)
class _Chunk:
    """Episodes with near estimation windows, on a common axis of dates.

    Parameters
    ----------
    first : int
        Place of the first column on the axis of all dates.
    known : ndarray, shape (episodes, dates)
        One where an episode has a residual.
    values : ndarray, shape (episodes, dates)
        Standardised residuals, zero where there is none.
    """

    first: int
    known: Array
    values: Array

    def between(self, first: int, last: int) -> tuple[Array, Array]:
        """Return known and values of the columns from first to before last."""
        columns = slice(first - self.first, last - self.first)
        return self.known[:, columns], self.values[:, columns]

    @property
    def last(self) -> int:
        """Number of the date after the last column."""
        return self.first + int(self.known.shape[1])


def _chunk(numbers: Ints, residuals: Array) -> _Chunk:
    """Put residuals into the columns of their dates."""
    rows, columns = np.nonzero(np.isfinite(residuals))
    dates = numbers[rows, columns]
    first, last = (int(dates.min()), int(dates.max()) + 1) if len(dates) else (0, 0)
    known = np.zeros((len(residuals), last - first))
    values = np.zeros_like(known)
    known[rows, dates - first] = 1.0
    values[rows, dates - first] = residuals[rows, columns]
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)  # none in market-adjusted returns
    centred = np.where(known > 0, values - values.sum(axis=1, keepdims=True) / count, 0.0)
    spread = np.sqrt((centred**2).sum(axis=1, keepdims=True) / count)
    scaled = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)
    return _Chunk(first, known, scaled)


def _numbered(dates: NDArray[Any]) -> Ints:
    """Return the number of each date among all of them, in order."""
    if len(dates) and (dates == dates[0]).all() and (dates[0, 1:] > dates[0, :-1]).all():
        return np.broadcast_to(np.arange(dates.shape[1]), dates.shape)
    numbers: Ints = np.unique(dates, return_inverse=True)[1].reshape(dates.shape)
    return numbers


def _chunks(dates: NDArray[Any], residuals: Array) -> list[tuple[_Chunk, Ints]]:
    """Episodes in order of their first estimation day, and the rows that each chunk holds."""
    columns = _numbered(dates)
    order = np.argsort(columns.min(axis=1), kind="stable")
    parts = np.array_split(order, range(CHUNK, len(order), CHUNK))
    return [(_chunk(columns[rows], residuals[rows]), rows) for rows in parts]


def _correlations(a: _Chunk, b: _Chunk) -> tuple[Array, Mask]:
    """Correlation of every episode of one chunk with every one of another; which are known."""
    first, last = max(a.first, b.first), min(a.last, b.last)
    if last - first < FEWEST_COMMON:
        nothing = np.zeros((len(a.known), len(b.known)))
        return nothing, nothing > 0
    # Pearson's r over the days that both episodes know, for all pairs in six matrix products.
    # k is 1 where an episode knows a day, and x is 0 where it does not; so for the pair (i, j)
    # k_i·k_j counts the common days, x_i·k_j and k_i·x_j are the sums over them, x_i²·k_j and
    # k_i·x_j² the sums of squares, x_i·x_j that of products; r = (n Σxy - Σx Σy)/√(...)(...).
    (ka, xa), (kb, xb) = a.between(first, last), b.between(first, last)
    n = ka @ kb.T
    sum_a, sum_b = xa @ kb.T, ka @ xb.T
    cross = n * (xa @ xb.T) - sum_a * sum_b
    square_a = n * (xa**2 @ kb.T) - sum_a**2
    square_b = n * (ka @ (xb**2).T) - sum_b**2
    scale = np.sqrt(np.clip(square_a, 0, None) * np.clip(square_b, 0, None))
    enough = n >= FEWEST_COMMON
    usable = enough & (scale > 1e-12 * n**2)
    return np.divide(cross, scale, out=np.zeros_like(cross), where=usable), enough


def mean_correlation(abnormal: AbnormalReturns, pairing: Pairing = "calendar") -> float:
    """Return the mean correlation of estimation-window abnormal returns over all pairs.

    Each pair is correlated on its own common dates, standardised there; pairs with fewer
    than 30 common dates count as zero (Kolari and Pynnönen 2010). Episodes are sorted by
    date and taken in chunks, so that distant ones never meet and no N x N matrix is made.

    Parameters
    ----------
    abnormal : AbnormalReturns
        N episodes.
    pairing : {"calendar", "same-date", "event-time"}
        Whether residuals are paired by date or by event time. "same-date" pairs by date too,
        but counts episodes of different days 0 as uncorrelated, whatever their estimation
        windows share: their event returns are of different days.

    Returns
    -------
    float
        NaN when there are fewer than two episodes.
    """
    return correlation(abnormal, pairing).mean


@dataclass(frozen=True)
class Correlation:
    """A mean correlation, and whether it is an estimate.

    Parameters
    ----------
    mean : float
        r̄ over all pairs; NaN for fewer than two episodes.
    estimated : bool
        Whether some pairs were too many to be correlated one by one, and had other days than
        one another: their mean is estimated from sums by day (`correlation_sums`).
    """

    mean: float
    estimated: bool = False


def correlation(abnormal: AbnormalReturns, pairing: Pairing = "calendar") -> Correlation:
    """Return the mean correlation as `mean_correlation` does, and whether it is an estimate.

    Up to 2,000 episodes, pair by pair. Beyond, by sums over days: exact for all episodes that
    are paired and have the same days; the others pair by pair where two million pairs are not
    exceeded, else by an estimate.

    Parameters
    ----------
    abnormal : AbnormalReturns
        N episodes.
    pairing : {"calendar", "same-date", "event-time"}
        Which residuals of two episodes are paired.
    """
    return abnormal.once(("mean correlation", pairing), lambda: _mean(abnormal, pairing))


def correlation_sums(abnormal: AbnormalReturns, pairing: Pairing) -> tuple[BlockSum[Any], ...]:
    """Return what `correlation` adds up over the days of episodes, for `sums.collect`."""
    n = len(abnormal.position)
    if n * (n - 1) <= 2 * MOST_PAIRS or not abnormal.holds_days:
        return ()
    return (summed_by_day(abnormal, pairing).wanted,)


def summed_by_day(abnormal: AbnormalReturns, pairing: Pairing) -> DaySumsOf:
    """Return the sums by day of the study that episodes are, or are a part of."""
    study = abnormal if abnormal.whole is None else abnormal.whole[0]
    return DaySumsOf(study, pairing, lambda study: _grouped(study, pairing))


def _mean(abnormal: AbnormalReturns, pairing: Pairing) -> Correlation:
    """Mean correlation over all pairs; of one date where only these may be correlated."""
    n = len(abnormal.position)
    if n * (n - 1) > 2 * MOST_PAIRS:
        return _mean_of_many(abnormal, pairing)
    dates: NDArray[Any] = abnormal.estimation_dates.astype("datetime64[D]")
    if pairing == "event-time":
        dates = np.broadcast_to(np.arange(dates.shape[1]), dates.shape)
    residuals = abnormal.residuals
    if pairing != "same-date" or n < 2:
        return Correlation(_mean_of_pairs(dates, residuals))
    days, date_of = np.unique(abnormal.day0, return_inverse=True)
    groups = [np.flatnonzero(date_of == day) for day in range(len(days))]
    means = [(len(rows), _mean_of_pairs(dates[rows], residuals[rows])) for rows in groups]
    return Correlation(sum(m * (m - 1) * mean for m, mean in means if m > 1) / (n * (n - 1)))


def _grouped(study: AbnormalReturns, pairing: Pairing) -> Grouped:
    """Group episodes whose residuals are paired: all, or those of one day 0."""
    day0 = study.day0_numbers
    if pairing == "same-date":
        return day0, day0
    together = np.zeros(len(day0), dtype=np.intp)
    return together, None if pairing == "event-time" else np.full(len(day0), day0.max())


def _mean_of_many(abnormal: AbnormalReturns, pairing: Pairing) -> Correlation:
    """Mean correlation by sums over days, and pair by pair where that is exact and feasible."""
    n = len(abnormal.position)
    sums = sums_by_day(abnormal, pairing, lambda study: _grouped(study, pairing))
    total = (sums.pairs * sums.mean)[sums.same].sum()
    other = np.flatnonzero(~sums.same)
    if not len(other):
        return Correlation(float(total / (n * (n - 1))))
    near = pairs_that_share_days(abnormal) if pairing == "calendar" else None
    if (sums.pairs[other].sum() if near is None else near) <= 2 * MOST_PAIRS:
        group, _ = _grouped(abnormal, pairing)
        for number in sums.group[other].tolist():
            part = abnormal.rows(np.flatnonzero(group == number))
            mean = _mean_of_pairs(part.estimation_day_numbers, part.residuals)
            total += len(part.position) * (len(part.position) - 1) * mean
        return Correlation(float(total / (n * (n - 1))))
    total += float(sums.mean[other] @ (sums.pairs[other] if near is None else [near]))
    return Correlation(float(total / (n * (n - 1))), estimated=True)


def _mean_of_pairs(dates: NDArray[Any], residuals: Array) -> float:
    """Mean correlation over all pairs of rows."""
    n = len(dates)
    if n < 2:
        return float("nan")
    chunks = [chunk for chunk, _ in _chunks(dates, residuals)]
    total = 0.0
    for index, chunk in enumerate(chunks):
        within, _ = _correlations(chunk, chunk)
        total += float(within.sum() - np.trace(within))
        for other in chunks[index + 1 :]:
            if other.first >= chunk.last:
                break
            total += 2 * float(_correlations(chunk, other)[0].sum())
    return total / (n * (n - 1))


def _held(abnormal: AbnormalReturns, window: Window) -> Array:
    """Whether each window holds each date, as numbers, shape (episodes, dates)."""
    days = abnormal.dates[:, abnormal.columns(window)].astype("datetime64[D]")
    columns = _numbered(days)
    held = np.zeros((len(days), int(columns.max(initial=-1)) + 1))
    held[np.arange(len(days))[:, None], columns] = 1.0
    return held


def shared_day_correlation(
    abnormal: AbnormalReturns, windows: Sequence[Window]
) -> list[SharedCorrelation]:
    """Return the mean correlation of CARs over all pairs, as far as they share days.

    r̄ = Σ r_ij·(days that both windows hold)/L over the N(N - 1)/2 pairs, r_ij the correlation
    of the estimation residuals on common dates: 1 times r_ij on one date, 0 where the windows
    have no day in common. (For windows of one day: pairs of one date.) The r_ij are the same
    for all windows and are made once. Where more than two million pairs share days, r̄ is
    estimated from sums by day instead (`shared_days`).

    Parameters
    ----------
    abnormal : AbnormalReturns
        N episodes, all complete over the windows.
    windows : sequence of (int, int)
        CAR windows.

    Returns
    -------
    list of SharedCorrelation
        One for each window.
    """
    n = len(abnormal.day0)
    if n < 2:
        return [SharedCorrelation(float("nan"), 0)] * len(windows)
    if not abnormal.holds_days:
        return [_by_sums_alone(abnormal, window) for window in windows]
    means: dict[Window, SharedCorrelation] = {}
    if n * (n - 1) > 2 * MOST_PAIRS:
        for window in {window for window in windows if apart(abnormal, window)}:
            made = correlation(abnormal, "same-date")
            if not made.estimated:
                means[window] = SharedCorrelation(made.mean, 0)
    left = [window for window in dict.fromkeys(windows) if window not in means]
    if max((near_pairs(abnormal, window) for window in left), default=0) > MOST_PAIRS:
        few = int((abnormal.observed < FEWEST_COMMON).sum())
        for window, mean in by_dates(abnormal, left).items():
            means[window] = SharedCorrelation(mean, few, estimated=True)
    else:
        means |= _pair_by_pair(abnormal, left)
    return [means[window] for window in windows]


def _by_sums_alone(abnormal: AbnormalReturns, window: Window) -> SharedCorrelation:
    """Mean correlation by sums that were kept; of windows that share a part of their days none."""
    if not abnormal.once(("apart", window), lambda: apart(abnormal, window)):
        return SharedCorrelation(0.0, len(abnormal.day0), held=False)
    made = correlation(abnormal, "same-date")
    return SharedCorrelation(made.mean, 0, made.estimated)


def _pair_by_pair(
    abnormal: AbnormalReturns, windows: Sequence[Window]
) -> dict[Window, SharedCorrelation]:
    """Look at all pairs of episodes that are near enough for the widest window."""
    if not windows:
        return {}
    n, widest = len(abnormal.day0), (min(w[0] for w in windows), max(w[1] for w in windows))
    order = np.argsort(abnormal.day0, kind="stable")
    parts = np.array_split(order, range(CHUNK, n, CHUNK))
    total, unknown = np.zeros(len(windows)), np.zeros(len(windows), dtype=np.intp)
    for index, rows in enumerate(parts):
        for others in parts[index:]:
            if not _near(abnormal, widest, rows, others):
                break
            value, missing = _between(abnormal, windows, rows, others)
            total, unknown = total + value, unknown + missing
    pairs = n * (n - 1) / 2
    return {
        window: SharedCorrelation(float(total[place] / length(window) / pairs), int(unknown[place]))
        for place, window in enumerate(windows)
    }


def _near(abnormal: AbnormalReturns, window: Window, rows: Ints, others: Ints) -> bool:
    """Whether a window of one chunk may hold a day of a later one."""
    days = abnormal.dates[:, abnormal.columns(window)]
    return bool(days[rows, -1].max() >= days[others, 0].min())


def _between(
    abnormal: AbnormalReturns, windows: Sequence[Window], rows: Ints, others: Ints
) -> tuple[Array, Ints]:
    """Correlations of the pairs of two chunks times the days that they share; pairs unknown."""
    both = np.unique(np.concatenate([rows, others]))
    abnormal_both = abnormal.rows(both)
    first, second = np.searchsorted(both, rows), np.searchsorted(both, others)
    dates = abnormal_both.estimation_dates.astype("datetime64[D]")
    columns = _numbered(dates)
    a, b = (_chunk(columns[index], abnormal_both.residuals[index]) for index in (first, second))
    correlations, known = _correlations(a, b)
    once = np.ones_like(correlations)
    if len(rows) == len(others) and (rows == others).all():
        once = np.triu(once, k=1)  # each pair once
    total, missing = np.zeros(len(windows)), np.zeros(len(windows), dtype=np.intp)
    for place, window in enumerate(windows):
        held = _held(abnormal_both, window)
        shared = once * (held[first] @ held[second].T)
        total[place] = (correlations * shared).sum()
        missing[place] = ((shared > 0) & ~known).sum()
    return total, missing
