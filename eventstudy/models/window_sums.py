"""Sums over windows of one length, all at once and without differences of longer sums.

A difference of running sums loses digits wherever one large value lies anywhere before the
window. Two ways do not: sums from both ends of blocks as long as the window (van Herk 1992;
Gil and Werman 1993), and the values of each window gathered and added. The first costs by
the session, the second by the window.
"""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np

from eventstudy.arrays import Array, Ints, Mask

SESSIONS_A_WINDOW = 10
"""Sessions a window beyond which gathering is cheaper, as measured (docs/decisions/models.md)."""
ROWS = 128
"""Windows that are gathered at once: they stay in the processor's cache."""


def prefers_blocks(sessions: Ints, windows: Ints) -> Mask:
    """Return whether sums by blocks are cheaper than gathered windows: by numbers alone.

    Parameters
    ----------
    sessions, windows : ndarray of int, shape (series,)
        Length of each series, and windows on it.
    """
    return np.asarray(sessions <= SESSIONS_A_WINDOW * windows)


def block_sums(values: Array, first: Ints, size: int) -> Array:
    """Return sums of windows from the sums of blocks: Σ [a, a + L) = right[a] + left[a + L).

    Parameters
    ----------
    values : ndarray, shape (rows, cells)
        Cells are a multiple of `size`.
    first : ndarray of int, shape (windows,)
        First cell of each window; none reaches beyond the cells.
    size : int
        L.

    Returns
    -------
    ndarray, shape (rows, windows)

    Examples
    --------
    >>> block_sums(np.arange(6.0)[None], np.array([1, 3]), 3)
    array([[ 6., 12.]])
    """
    blocks = values.reshape(len(values), -1, size)
    right = np.empty_like(blocks)
    np.cumsum(blocks[..., ::-1], axis=-1, out=right[..., ::-1])
    total = right.reshape(values.shape)[:, first]
    left = np.cumsum(blocks, axis=-1, out=right).reshape(values.shape)
    inside = first % size != 0
    last = first[inside] + size - 1
    total[:, inside] += left[:, last]
    return total


def gathered_products(values: Array, first: Ints, size: int) -> Array:
    """Return the sums over windows of `eventstudy.models.moments.products`, of gathered windows.

    Parameters
    ----------
    values : ndarray, shape (1 + k, cells)
        Returns and factors.
    first, size
        As of `block_sums`.

    Returns
    -------
    ndarray, shape (products, windows)

    Examples
    --------
    >>> gathered_products(np.arange(6.0)[None], np.array([1, 3]), 3)
    array([[ 6., 12.],
           [14., 50.]])
    """
    k, ones = len(values) - 1, np.ones(size)
    total = np.empty((products_of(k), len(first)))
    windows = [np.lib.stride_tricks.sliding_window_view(each, size) for each in values]
    for begin in range(0, len(first), ROWS):
        rows = slice(begin, begin + ROWS)
        y, *x = (every[first[rows]] for every in windows)
        terms = [(y, ones), (y, y), *((each, ones) for each in x), *((each, y) for each in x)]
        for row, term in enumerate((*terms, *combinations_with_replacement(x, 2))):
            np.vecdot(*term, out=total[row, rows])
    return total


def products_of(k: int) -> int:
    """Return how many products there are of returns and k factors."""
    return 2 + 2 * k + k * (k + 1) // 2
