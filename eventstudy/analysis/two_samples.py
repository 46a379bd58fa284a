"""Two samples compared: Welch's t for means, Mann and Whitney's U for places."""

from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.distributions import normal_tail, t_tail
from eventstudy.inference.ranks import ranks_of_rows

if TYPE_CHECKING:
    from eventstudy.arrays import Array

FEW = 8
"""Up to so many values of a kind, without ties, the distribution of U is counted."""


def welch(one: Array, two: Array) -> float:
    """Return the two-sided p of equal means, variances apart (Welch 1947).

    Parameters
    ----------
    one, two : ndarray, shape (n,)
        Two values of each kind at the least. NaN when neither kind varies and the means are
        equal.

    Examples
    --------
    >>> round(welch(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 5.0])), 3)
    0.302
    """
    means, parts, sizes = [], [], []
    for values in (one, two):
        n, mean = len(values), values.mean()
        means.append(mean)
        sizes.append(n - 1)
        parts.append(np.square(values - mean).mean() * (n / (n - 1)) / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (parts[0] + parts[1]) ** 2 / (parts[0] ** 2 / sizes[0] + parts[1] ** 2 / sizes[1])
        t = (means[0] - means[1]) / np.sqrt(parts[0] + parts[1])
    return float(2 * t_tail(abs(t), 1.0 if np.isnan(df) else df))


def mann_whitney(one: Array, two: Array) -> float:
    """Return the two-sided p of U (Mann and Whitney 1947), with continuity and for ties.

    Exact where one kind has at most `FEW` values and none are equal.

    Parameters
    ----------
    one, two : ndarray, shape (n,)
        Values of each kind.
    """
    together = np.concatenate([one, two])
    ties = np.unique(together, return_counts=True)[1].astype(float)
    m, n = len(one), len(two)
    u = float(ranks_of_rows(together[None])[0, :m].sum()) - m * (m + 1) / 2
    u = max(u, m * n - u)
    if min(m, n) <= FEW and len(ties) == len(together):
        return min(2 * sum(_ways(m, n, m * n - int(u))) / comb(m + n, m), 1.0)
    tied = (ties**3 - ties).sum() / ((m + n) * (m + n - 1))
    spread = np.sqrt(m * n / 12 * ((m + n + 1) - tied))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (u - m * n / 2 - 0.5) / spread
    return float(np.clip(2 * normal_tail(z), 0.0, 1.0))


def _ways(m: int, n: int, largest: int) -> list[int]:
    """Count the orders of m and n values in which U is 0, 1, …, largest.

    The coefficients of Π (1 - q^(n + i)) / (1 - q^i), i = 1, …, the smaller of both kinds.
    """
    m, n = min(m, n), max(m, n)
    ways = [1] + [0] * largest
    for i in range(1, m + 1):
        for u in range(largest, n + i - 1, -1):
            ways[u] -= ways[u - n - i]
        for u in range(i, largest + 1):
            ways[u] += ways[u - i]
    return ways
