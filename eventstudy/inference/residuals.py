"""Residuals of estimation windows, all at once: autocorrelation, ARCH, tails, breaks, influence.

Rows are episodes, columns sessions of the estimation window, NaN = left out. Lags count in
sessions: a pair or a run of lags that holds a missing day does not count, so that no lag
joins the two sides of a gap. Without gaps every number is that of statsmodels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.arrays import Array, Ints, Mask

ARCH_LAGS, LAGS = 5, 10
"""Lags of the ARCH test (Engle 1982) and of the Ljung-Box test (1978)."""


@dataclass(frozen=True)
class ResidualTests:
    """Diagnostics of the residuals of many estimation windows, each of shape (episodes,).

    Parameters
    ----------
    n : ndarray of int
        Residuals.
    arch, arch_p : ndarray
        LM statistic on 5 lags of the squares, and its p by χ²(5).
    ljung_box, ljung_box_p : ndarray
        Q over 10 lags, and its p by χ²(10).
    skewness, kurtosis : ndarray
        Of the residuals; 0 and 3 for a normal variable.
    trimmed_kurtosis : ndarray
        Without the residual that is largest in size.
    cusum, cusum_p : ndarray
        Largest cumulative sum (Ploberger and Krämer 1992), and its p.
    variance_ratio : ndarray
        Variance of the later half over that of the earlier one.
    largest : ndarray
        Residual with the largest externally studentised value; with its sign.
    column : ndarray of int
        Its column.
    """

    n: Ints
    arch: Array
    arch_p: Array
    ljung_box: Array
    ljung_box_p: Array
    skewness: Array
    kurtosis: Array
    trimmed_kurtosis: Array
    cusum: Array
    cusum_p: Array
    variance_ratio: Array
    largest: Array
    column: Ints


def residual_tests(residuals: Array, regressors: Array | None, k: int) -> ResidualTests:
    """Diagnose the residuals of all estimation windows.

    Parameters
    ----------
    residuals : ndarray, shape (episodes, L1)
        Residuals as fractions; NaN = left out. At least 30 in each row.
    regressors : ndarray, shape (episodes, L1, k), or None
        What they are residuals of, for the leverage of each day; None = no least squares
        stands behind them, and each is divided by their standard deviation only.
    k : int
        Parameters estimated.

    Returns
    -------
    ResidualTests
    """
    from scipy import stats

    known = np.isfinite(residuals)
    n = known.sum(axis=1)
    e = np.where(known, residuals, 0.0)
    e = e / np.sqrt((e**2).sum(axis=1) / n)[:, None]
    arch, q = arch_lm(e, known), ljung_box(e, known)
    skewness, kurtosis = moments(e, known)
    u = studentised(e, known, regressors, k)
    column = np.argmax(np.abs(u), axis=1)
    largest = np.arange(len(u)), column
    rest = known.copy()
    rest[largest] = False
    centred = np.where(known, e - (e.sum(axis=1) / n)[:, None], 0.0)
    scale = np.sqrt((centred**2).sum(axis=1) / (n - k) * n)
    sup = np.abs(np.cumsum(centred, axis=1)).max(axis=1) / scale
    return ResidualTests(
        n=n,
        arch=arch,
        arch_p=stats.chi2.sf(arch, ARCH_LAGS),
        ljung_box=q,
        ljung_box_p=stats.chi2.sf(q, LAGS),
        skewness=skewness,
        kurtosis=kurtosis,
        trimmed_kurtosis=moments(e, rest)[1],
        cusum=sup,
        cusum_p=stats.kstwobign.sf(sup),
        variance_ratio=_halves(e, known),
        largest=u[largest],
        column=column,
    )


def ljung_box(e: Array, known: Mask, lags: int = LAGS) -> Array:
    """Return n(n + 2) Σ ρ_k²/n_k, n_k = pairs of known days k sessions apart.

    Parameters
    ----------
    e : ndarray, shape (episodes, L1)
        Residuals; zero where not known.
    known : ndarray of bool, shape (episodes, L1)
        Which there are.
    lags : int
        Lags.
    """
    n = known.sum(axis=1)
    centred = np.where(known, e - (e.sum(axis=1) / n)[:, None], 0.0)
    total = (centred**2).sum(axis=1)
    q = np.zeros(len(e))
    for lag in range(1, lags + 1):
        rho = (centred[:, lag:] * centred[:, :-lag]).sum(axis=1) / total
        pairs = (known[:, lag:] & known[:, :-lag]).sum(axis=1)
        q += rho**2 / np.maximum(pairs, 1)
    statistic: Array = n * (n + 2) * q
    return statistic


def arch_lm(e: Array, known: Mask, lags: int = ARCH_LAGS) -> Array:
    """Return n R² of squares on their lags (Engle 1982), over days all of whose lags are known.

    Parameters
    ----------
    e : ndarray, shape (episodes, L1)
        Residuals of unit scale; zero where not known.
    known : ndarray of bool, shape (episodes, L1)
        Which there are.
    lags : int
        Lags.
    """
    square = e**2
    length = e.shape[1]
    usable = known[:, lags:].copy()
    columns = [np.ones_like(square[:, lags:])]
    for lag in range(1, lags + 1):
        usable &= known[:, lags - lag : length - lag]
        columns.append(square[:, lags - lag : length - lag])
    x = np.stack(columns, axis=-1) * usable[..., None]
    y = square[:, lags:] * usable
    rows = usable.sum(axis=1)
    enough = rows > 2 * (lags + 1)
    gram = np.einsum("rti,rtj->rij", x[enough], x[enough])
    cross = np.einsum("rti,rt->ri", x[enough], y[enough])
    beta = np.linalg.solve(gram, cross[..., None])[..., 0]
    left = y[enough] - np.einsum("rti,ri->rt", x[enough], beta)
    mean = y[enough].sum(axis=1) / rows[enough]
    spread = np.where(usable[enough], (y[enough] - mean[:, None]) ** 2, 0.0).sum(axis=1)
    statistic = np.full(len(e), np.nan)
    statistic[enough] = rows[enough] * (1 - (left**2).sum(axis=1) / spread)
    return statistic


def studentised(e: Array, known: Mask, regressors: Array | None, k: int) -> Array:
    """Return externally studentised residuals; zero where not known.

    Parameters
    ----------
    e : ndarray, shape (episodes, L1)
        Residuals; zero where not known.
    known : ndarray of bool, shape (episodes, L1)
        Which there are.
    regressors : ndarray, shape (episodes, L1, k), or None
        What they are residuals of.
    k : int
        Parameters estimated.
    """
    df = (known.sum(axis=1) - k)[:, None]
    s = np.sqrt((e**2).sum(axis=1)[:, None] / df)
    if regressors is None:
        plain: Array = e / s
        return plain
    x = np.where(known[..., None], regressors, 0.0)
    gram = np.einsum("rti,rtj->rij", x, x)
    leverage = np.einsum("rti,rij,rtj->rt", x, np.linalg.inv(gram), x, optimize=True)
    internal = e / (s * np.sqrt(1 - leverage))
    external: Array = internal * np.sqrt((df - 1) / np.maximum(df - internal**2, 1e-12))
    return external


def moments(e: Array, known: Mask) -> tuple[Array, Array]:
    """Return skewness and kurtosis of the known residuals, each of shape (episodes,).

    Parameters
    ----------
    e : ndarray, shape (episodes, L1)
        Residuals; what is not known is not looked at.
    known : ndarray of bool, shape (episodes, L1)
        Which there are.
    """
    n = known.sum(axis=1)
    centred = np.where(known, e - (np.where(known, e, 0.0).sum(axis=1) / n)[:, None], 0.0)
    m2, m3, m4 = ((centred**power).sum(axis=1) / n for power in (2, 3, 4))
    return m3 / m2**1.5, m4 / m2**2


def _halves(e: Array, known: Mask) -> Array:
    """Mean square of the later half of the known residuals over that of the earlier one."""
    count = np.cumsum(known, axis=1)
    half = count[:, -1] // 2
    early = known & (count <= half[:, None])
    late = known & ~early
    earlier = (e**2 * early).sum(axis=1) / early.sum(axis=1)
    later = (e**2 * late).sum(axis=1) / late.sum(axis=1)
    ratio: Array = later / np.maximum(earlier, 1e-300)
    return ratio


def half_betas(returns: Array, regressors: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Regress each half of every window by itself.

    Parameters
    ----------
    returns : ndarray, shape (episodes, L1)
        Returns as fractions; NaN = left out.
    regressors : ndarray, shape (episodes, L1, k)
        A constant and k - 1 factors.

    Returns
    -------
    first, second, t, chow, chow_p : ndarray
        Slopes of both halves, shape (episodes, k - 1), t of their difference (each half with
        its own residual variance), and Chow's F (1960) with k and n - 2k degrees of
        freedom and its p, shape (episodes,).
    """
    from scipy.special import fdtrc

    known = np.isfinite(returns)
    count = np.cumsum(known, axis=1)
    n, k = count[:, -1], regressors.shape[-1]
    early = known & (count <= (n // 2)[:, None])
    whole = _fit(returns, regressors, known)
    one, two = (_fit(returns, regressors, half) for half in (early, known & ~early))
    t = (two[0] - one[0])[:, 1:] / np.sqrt(one[1] + two[1])[:, 1:]
    apart = one[2] + two[2]
    chow = ((whole[2] - apart) / k) / (apart / (n - 2 * k))
    return one[0][:, 1:], two[0][:, 1:], t, chow, fdtrc(k, n - 2 * k, chow)


def _fit(returns: Array, regressors: Array, use: Mask) -> tuple[Array, Array, Array]:
    """Estimates, their variances and the residual sum of squares over chosen days."""
    x = np.where(use[..., None], regressors, 0.0)
    y = np.where(use, returns, 0.0)
    inverse = np.linalg.inv(np.einsum("rti,rtj->rij", x, x))
    beta = np.einsum("rij,rtj,rt->ri", inverse, x, y, optimize=True)
    rss = ((y - np.einsum("rti,ri->rt", x, beta)) ** 2).sum(axis=1)
    s2 = rss / (use.sum(axis=1) - x.shape[-1])
    return beta, s2[:, None] * np.diagonal(inverse, axis1=1, axis2=2), rss
