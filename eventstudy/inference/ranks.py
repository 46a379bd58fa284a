"""The p of a rank: a value among ordinary days, placebo dates, or draws."""

from __future__ import annotations

from typing import overload

import numpy as np

from eventstudy.arrays import Array, Ints

BLOCK = 128
"""Rows that are ranked at once: they stay in the processor's cache."""


@overload
def p_of_rank(larger: int, n: int) -> float: ...
@overload
def p_of_rank(larger: Ints, n: Ints | int) -> Array: ...


def p_of_rank(larger: Ints | int, n: Ints | int) -> Array | float:
    """Return p = (1 + larger)/(n + 1): the value itself is one of the n + 1.

    It is never 0, and at most its level where the value is exchangeable with the others
    (Phipson and Smyth 2010).

    Parameters
    ----------
    larger : int or ndarray of int
        How many of the others are at least as large.
    n : int or ndarray of int
        How many others there are.

    Examples
    --------
    >>> p_of_rank(1, 39)
    0.05
    """
    p: Array | float = (1 + larger) / (n + 1)
    return p


def sum_distribution(sizes: list[int]) -> Array:
    """Probabilities of the sum of independent uniform ranks 0 … m-1, for each m in sizes."""
    density = np.ones(1)
    for size in sizes:
        total = np.cumsum(np.concatenate([density, np.zeros(size - 1)]))
        density = (total - np.concatenate([np.zeros(size), total[:-size]])) / size
    return density


def ranks_of_rows(values: Array) -> Array:
    """Rank the values of each row from 1, ties by their mean; NaN stays NaN.

    The numbers of ``scipy.stats.rankdata(values, axis=1, nan_policy="omit")`` in half the time: NaN
    makes sorting slow, so infinity takes its place, and only rows with ties are left to scipy.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        What is ranked.

    Returns
    -------
    ndarray, shape (rows, columns)
    """
    ranks = np.empty(values.shape)
    for first in range(0, len(values), BLOCK):
        rows = slice(first, first + BLOCK)
        ranks[rows] = _ranks(values[rows])
    return ranks


def _ranks(values: Array) -> Array:
    """Rank a block of rows."""
    from scipy import stats

    missing = np.isnan(values)
    filled = np.where(missing, np.inf, values)
    order = np.argsort(filled, axis=1)
    order += values.shape[1] * np.arange(len(values))[:, None]
    ordered = filled.ravel()[order]
    same = (ordered[:, 1:] == ordered[:, :-1]) & np.isfinite(ordered[:, 1:])
    ranks = np.empty(values.shape)
    ranks.ravel()[order] = np.arange(1.0, values.shape[1] + 1)
    ranks[missing] = np.nan
    hard = same.any(axis=1) | np.isinf(values).any(axis=1)
    if hard.any():
        ranks[hard] = stats.rankdata(values[hard], axis=1, nan_policy="omit")
    return ranks


def medians(values: Array) -> Array:
    """Return the median of each row; NaN does not count.

    The numbers of ``numpy.nanmedian(values, axis=1)`` from sorted rows, several times as fast.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        Each row has a value.

    Examples
    --------
    >>> medians(np.array([[3.0, 1.0, 2.0], [1.0, np.nan, 2.0]]))
    array([2. , 1.5])
    """
    ordered = np.sort(np.where(np.isnan(values), np.inf, values), axis=1)
    count = len(values.T) - np.isnan(values).sum(axis=1)
    rows = np.arange(len(values))
    low, high = ordered[rows, (count - 1) // 2], ordered[rows, count // 2]
    middle: Array = np.where(low == high, low, (low + high) / 2)
    return middle
