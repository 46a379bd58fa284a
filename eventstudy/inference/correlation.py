"""Mean correlation of the abnormal returns of different episodes, without an N x N matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Ints, Mask
    from eventstudy.settings import Window


Pairing = Literal["calendar", "same-date", "event-time"]
"""Which residuals of two episodes are paired."""

FEWEST_COMMON = 30
"""Pairs with fewer common dates count as uncorrelated."""

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
    n = len(abnormal.day0)
    if n < 2:
        return float("nan")
    if pairing == "same-date":
        days, date_of = np.unique(abnormal.day0, return_inverse=True)
        groups = [np.flatnonzero(date_of == day) for day in range(len(days))]
        means = [(len(rows), mean_correlation(abnormal.rows(rows))) for rows in groups]
        return sum(m * (m - 1) * mean for m, mean in means if m > 1) / (n * (n - 1))
    dates: NDArray[Any] = abnormal.estimation_dates.astype("datetime64[D]")
    if pairing == "event-time":
        dates = np.broadcast_to(np.arange(dates.shape[1]), dates.shape)
    chunks = [chunk for chunk, _ in _chunks(dates, abnormal.residuals)]
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


def shared_day_correlation(abnormal: AbnormalReturns, window: Window) -> tuple[float, int]:
    """Return the mean correlation of CARs over all pairs, as far as they share days.

    r̄ = Σ r_ij·(days that both windows hold)/L over the N(N - 1)/2 pairs, r_ij the correlation
    of the estimation residuals on common dates: 1 times r_ij on one date, 0 where the windows
    have no day in common. (For windows of one day: pairs of one date.)

    Parameters
    ----------
    abnormal : AbnormalReturns
        N episodes, all complete over the window.
    window : (int, int)
        CAR window.

    Returns
    -------
    float
        r̄; NaN for fewer than two episodes.
    int
        Pairs that share a day and have fewer than 30 common estimation dates: their
        correlation is not known, and counts as zero.
    """
    n = len(abnormal.day0)
    if n < 2:
        return float("nan"), 0
    order = np.argsort(abnormal.day0, kind="stable")
    parts = np.array_split(order, range(CHUNK, n, CHUNK))
    total, unknown = 0.0, 0
    for index, rows in enumerate(parts):
        for others in parts[index:]:
            if not _near(abnormal, window, rows, others):
                break
            value, missing = _between(abnormal, window, rows, others)
            total, unknown = total + value, unknown + missing
    days = window[1] - window[0] + 1
    return total / days / (n * (n - 1) / 2), unknown


def _near(abnormal: AbnormalReturns, window: Window, rows: Ints, others: Ints) -> bool:
    """Whether a window of one chunk may hold a day of a later one."""
    days = abnormal.dates[:, abnormal.columns(window)]
    return bool(days[rows, -1].max() >= days[others, 0].min())


def _between(
    abnormal: AbnormalReturns, window: Window, rows: Ints, others: Ints
) -> tuple[float, int]:
    """Correlations of the pairs of two chunks times the days that they share; pairs unknown."""
    both = np.unique(np.concatenate([rows, others]))
    abnormal_both = abnormal.rows(both)
    held = _held(abnormal_both, window)
    first, second = np.searchsorted(both, rows), np.searchsorted(both, others)
    shared = held[first] @ held[second].T
    dates = abnormal_both.estimation_dates.astype("datetime64[D]")
    columns = _numbered(dates)
    a, b = (_chunk(columns[index], abnormal_both.residuals[index]) for index in (first, second))
    correlations, known = _correlations(a, b)
    if len(rows) == len(others) and (rows == others).all():
        shared = np.triu(shared, k=1)  # each pair once
    missing = int(((shared > 0) & ~known).sum())
    return float((correlations * shared).sum()), missing
