"""Least squares on a constant and factors, from the sums of many windows at once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np

from eventstudy.arrays import Array, Ints, Mask
from eventstudy.models.solvers import INFLATED
from eventstudy.models.window_sums import products_of

CANCELLED = 1e3
"""n·mean²/(sum of centred squares) from which centring has cost too many digits."""


@dataclass
class MomentFits:
    """Least-squares fits of many windows; what is not fitted is NaN.

    Parameters
    ----------
    constant : ndarray, shape (windows,)
        α; zero where the model has no constant.
    slopes : ndarray, shape (windows, k)
        Slopes on the factors.
    half : ndarray, shape (windows, 1 + k, 1 + k)
        A with A A' = (X'X)⁻¹, X the constant and the factors; zeros where there is no constant.
    s2, df : ndarray, shape (windows,)
        Residual variance and its degrees of freedom.
    """

    constant: Array
    slopes: Array
    half: Array
    s2: Array
    df: Array

    @classmethod
    def blank(cls, windows: int, slopes: int) -> MomentFits:
        """Return fits without numbers."""
        return cls(
            np.full(windows, np.nan),
            np.full((windows, slopes), np.nan),
            np.full((windows, 1 + slopes, 1 + slopes), np.nan),
            np.full(windows, np.nan),
            np.full(windows, np.nan),
        )

    def put(self, rows: Ints, other: MomentFits) -> None:
        """Write the fits of some windows; a model of fewer factors leaves zeros for the others."""
        k = other.slopes.shape[1]
        self.constant[rows], self.s2[rows], self.df[rows] = other.constant, other.s2, other.df
        self.slopes[rows, :k], self.slopes[rows, k:] = other.slopes, 0.0
        self.half[rows] = 0.0
        self.half[rows, : k + 1, : k + 1] = other.half


def products(y: Array, x: Array) -> Array:
    """Return what is summed over each window: y, y², then x_j, x_j·y, and x_i·x_j for i ≤ j.

    Parameters
    ----------
    y : ndarray, shape (cells,)
        Centred returns, zero where one is not used.
    x : ndarray, shape (k, cells)
        Centred factors, the same.

    Returns
    -------
    ndarray, shape (2 + 2k + k(k + 1)/2, cells)
    """
    pairs = combinations_with_replacement(range(len(x)), 2)
    rows = np.empty((products_of(len(x)), len(y)))
    rows[0] = y
    np.multiply(y, y, out=rows[1])
    rows[2 : 2 + len(x)] = x
    np.multiply(x, y, out=rows[2 + len(x) : 2 + 2 * len(x)])
    for row, (i, j) in enumerate(pairs, 2 + 2 * len(x)):
        np.multiply(x[i], x[j], out=rows[row])
    return rows


@dataclass(frozen=True)
class _Centred:
    """Moments about the means of each window: of y (windows,), of x (k, windows), and both."""

    n: Array
    y: Array
    x: Array
    yy: Array
    xy: Array
    xx: Array

    @classmethod
    def of(cls, sums: Array, n: Array, k: int) -> _Centred:
        mean = sums / n
        y, x = mean[0], mean[2 : 2 + k]
        xx = np.empty((k, k, len(n)))
        for row, (i, j) in enumerate(combinations_with_replacement(range(k), 2), 2 + 2 * k):
            xx[i, j] = xx[j, i] = sums[row] - n * x[i] * x[j]
        return cls(n, y, x, sums[1] - n * y * y, sums[2 + k : 2 + 2 * k] - n * x * y, xx)

    @property
    def cancelled(self) -> Mask:
        """Whether centring cost too many digits, in y or in a factor."""
        lost: Mask = ~(self.n * self.y**2 <= CANCELLED * self.yy)
        for j, mean in enumerate(self.x):
            lost |= ~(self.n * mean**2 <= CANCELLED * self.xx[j, j])
        return lost


def _inverse(xx: Array) -> tuple[Array, Array, Array]:
    """Invert moments of factors (k, k, windows) by their correlations.

    Returns
    -------
    inverse, root : ndarray, shape (windows, k, k)
        The inverse, and A with A A' equal to it.
    inflation : ndarray, shape (windows,)
        Largest variance inflation factor; infinite where the factors are collinear.
    """
    k, windows = xx.shape[1:]
    sizes = np.sqrt(np.diagonal(xx).clip(min=0)) if k else np.ones((windows, 0))
    bad = ~(sizes > 0).all(axis=1)
    sizes[bad] = 1.0
    if k == 1:
        root = 1 / sizes[..., None]
        return root**2, root, np.where(bad, np.inf, 1.0)
    outer = sizes[:, :, None] * sizes[:, None, :]
    matrix = np.moveaxis(xx, -1, 0) / outer
    matrix[bad] = np.eye(k)
    standard = _inverted(matrix)
    diagonal = np.diagonal(standard, axis1=1, axis2=2)
    inflation = np.where(bad, np.inf, diagonal.max(axis=1, initial=1.0))
    ill = ~((inflation < INFLATED) & (diagonal.min(axis=1, initial=1.0) > 0))
    standard[ill], inflation[ill] = np.eye(k), np.inf
    root = np.linalg.cholesky((standard + np.swapaxes(standard, 1, 2)) / 2)
    return standard / outer, root / sizes[..., None], inflation


def _inverted(matrix: Array) -> Array:
    """Invert matrices of shape (windows, k, k); infinite where one has no inverse."""
    try:
        return np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    except np.linalg.LinAlgError:
        k = matrix.shape[1]
        singular = np.linalg.matrix_rank(matrix, hermitian=True) < k
        inverse = np.linalg.inv(np.where(singular[:, None, None], np.eye(k), matrix))
        inverse[singular] = np.inf
        return inverse


def fit_moments(
    sums: Array, count: Ints, centre: Array, *, constant: bool
) -> tuple[MomentFits, Mask]:
    """Fit windows from the sums of their `products`.

    Parameters
    ----------
    sums : ndarray, shape (products, windows)
        Of returns and factors less their centres.
    count : ndarray of int, shape (windows,)
        Returns that are used; more than there are parameters.
    centre : ndarray, shape (1 + k, windows)
        What was subtracted from returns and from each factor.
    constant : bool
        Whether the model has a constant. One without has no factor either: its variance is
        about the mean, with n - 1 degrees of freedom.

    Returns
    -------
    MomentFits
    ndarray of bool, shape (windows,)
        Windows that must be solved from their returns: centring has cost too many digits, the
        factors are nearly collinear, or they reproduce the returns.
    """
    k, n = len(centre) - 1, count.astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        at = _Centred.of(sums, n, k)
        inverse, root, inflation = _inverse(at.xx)
        slopes = np.einsum("wij,jw->wi", inverse, at.xy)
        rss = at.yy - np.einsum("wi,iw->w", slopes, at.xy)
        df = n - 1 - k
        square = at.yy + n * (at.y + centre[0]) ** 2
        hard = at.cancelled | ~(inflation * at.yy < INFLATED * rss)
        hard |= ~(inflation**2 * square < INFLATED**2 * rss)
        mean = (at.x + centre[1:]).T
        fits = MomentFits.blank(len(n), k)
        fits.s2, fits.df, fits.slopes = rss / df, df, slopes
        fits.constant, fits.half = np.zeros(len(n)), np.zeros((len(n), 1 + k, 1 + k))
        if constant:
            fits.constant = at.y + centre[0] - np.einsum("wi,wi->w", slopes, mean)
            fits.half[:, 0, 0] = 1 / np.sqrt(n)
            fits.half[:, 0, 1:] = -np.einsum("wi,wij->wj", mean, root)
            fits.half[:, 1:, 1:] = root
    return fits, hard
