"""Tails and quantiles of the normal, Student's t, χ² and F, as `scipy.special` has them.

They are what `scipy.stats` computes, without its hundred distributions: a process that needs
some p-values starts in half the time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def normal_tail(x: ArrayLike) -> Any:
    """Return P(Z > x) of a standard normal, of the shape of x.

    >>> round(float(normal_tail(1.96)), 3)
    0.025
    """
    from scipy.special import ndtr

    return ndtr(-np.asarray(x, dtype=float))


def normal_quantile(p: ArrayLike) -> Any:
    """Return the z with P(Z ≤ z) = p, of the shape of p."""
    from scipy.special import ndtri

    return ndtri(np.asarray(p, dtype=float))


def t_tail(x: ArrayLike, df: ArrayLike) -> Any:
    """Return P(T > x) of Student's t with df degrees of freedom; NaN where df is not positive.

    >>> round(float(t_tail(2.0, 10)), 4)
    0.0367
    """
    from scipy.special import stdtr

    return stdtr(np.asarray(df, dtype=float), -np.asarray(x, dtype=float))


def t_quantile(p: ArrayLike, df: ArrayLike) -> Any:
    """Return the t with P(T ≤ t) = p, 0 < p < 1; NaN where df is not positive."""
    from scipy.special import stdtrit

    return stdtrit(np.asarray(df, dtype=float), np.asarray(p, dtype=float))


def chi2_tail(x: ArrayLike, df: ArrayLike) -> Any:
    """Return P(X > x) of χ²; 1 where x is negative, NaN where df is not positive."""
    from scipy.special import chdtrc

    free = np.asarray(df, dtype=float)
    positive = np.where(free > 0, free, np.nan)
    return chdtrc(positive, np.maximum(np.asarray(x, dtype=float), 0.0))


def f_tail(x: ArrayLike, numerator: ArrayLike, denominator: ArrayLike) -> Any:
    """Return P(F > x) of F with these degrees of freedom; 1 where x is negative."""
    from scipy.special import fdtrc

    free, left = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    return fdtrc(free, left, np.maximum(np.asarray(x, dtype=float), 0.0))
