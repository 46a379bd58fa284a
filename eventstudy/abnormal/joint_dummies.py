"""Averages over episodes whose windows overlap: one dummy for every day of their union."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.arrays import Array, Ints, Mask
from eventstudy.models import NormalReturnModel
from eventstudy.models.base import Fits, Solver, WindowSample
from eventstudy.settings import Window

if TYPE_CHECKING:
    from eventstudy.design.windows import AssetReturns


@dataclass(frozen=True)
class JointAverage:
    """Averages of cumulative abnormal returns from one joint regression.

    Parameters
    ----------
    mean : ndarray, shape (windows,)
        Mean CAR of each window as a fraction.
    covariance : ndarray, shape (windows, windows)
        Covariance of these means, by the residual variance of the regression.
    df : float
        Degrees of freedom of the residual variance.
    n_eff : ndarray, shape (windows,)
        (Σw)²/Σw² of the weights of the days: days that count, when few weigh most.
    robust : ndarray, shape (windows, windows)
        Covariance by the spread of the event days themselves; holds where their variance is
        not that of the estimation window.
    event_sd_ratio : float
        Standard deviation of the abnormal returns of the event days over that of the
        residuals.
    """

    mean: Array
    covariance: Array
    df: float
    n_eff: Array
    robust: Array
    event_sd_ratio: float


def overlapping(day0: Ints, window: Window) -> int:
    """Return how many windows share a day with another one.

    Parameters
    ----------
    day0 : ndarray of int, shape (episodes,)
        Distinct positions of day 0 among the sessions of one asset.
    window : (int, int)
        Sessions relative to day 0.
    """
    gaps = np.diff(np.sort(day0)) <= window[1] - window[0]
    touched = np.concatenate([[False], gaps]) | np.concatenate([gaps, [False]])
    return int(touched.sum())


def _weights(day0: Ints, windows: Sequence[Window], days: Ints) -> Array:
    """Share of the episodes whose window holds each day, shape (windows, days)."""
    weights = np.zeros((len(windows), len(days)))
    for row, (start, end) in enumerate(windows):
        inside = (day0[:, None] + np.arange(start, end + 1)).ravel()
        np.add.at(weights[row], np.searchsorted(days, inside), 1.0 / len(day0))
    return weights


def _padded(rows: Sequence[Ints], values: Array) -> Array:
    """Return values by row for each calendar, NaN beyond the last."""
    padded = np.full((len(rows), max(map(len, rows)), *values.shape[1:]), np.nan)
    for number, positions in enumerate(rows):
        padded[number, : len(positions)] = values[positions]
    return padded


def _sample(asset: AssetReturns, used: Mask, days: Sequence[Ints]) -> WindowSample:
    """Return consecutive sessions, so that a model may look at their neighbours."""
    first, end = used.argmax(axis=1), used.shape[1] - used[:, ::-1].argmax(axis=1)
    stretch = [np.arange(*ends) for ends in zip(first, end, strict=True)]
    returns = _padded(stretch, asset.returns)
    for number, rows in enumerate(stretch):
        returns[number, : len(rows)][~used[number, rows]] = np.nan
    return WindowSample(
        returns,
        _padded(stretch, asset.factors),
        _padded(days, asset.factors),
        span=None if asset.span is None else _padded(stretch, asset.span),
        span_after=None if asset.span is None else _padded(days, asset.span),
    )


def mean_with_joint_dummies(
    asset: AssetReturns,
    model: NormalReturnModel,
    day0: Ints,
    windows: Sequence[Window],
    estimation: Ints,
    solver: Solver,
) -> JointAverage | None:
    """Average CARs of overlapping windows without counting a day's error twice.

    One regression with a dummy for every day of the union of all windows (Karafiath 1988):
    the abnormal return of a day is the same whichever event "owns" it. A mean CAR weights
    each day by the share w of windows that hold it, with variance w'Vw,
    V = s2 (diag(scale) + X*(X'X)^-1 X*'). Its first part takes every day to vary as those of
    the estimation window do; `robust` puts the spread of the event days themselves there
    (in the manner of White 1980).

    Parameters
    ----------
    asset : AssetReturns
        Returns over the asset's own sessions.
    model : NormalReturnModel
        Model of normal returns.
    day0 : ndarray of int, shape (episodes,)
        Positions of day 0.
    windows : sequence of (int, int)
        Windows to average over.
    estimation : ndarray of int
        Positions of the sessions that are not event days.
    solver : callable
        Solver of the least-squares problem.

    Returns
    -------
    JointAverage or None
        None when the model cannot be fitted, or needs the days after its estimation window
        to follow it one by one (GARCH).
    """
    used = np.zeros((1, len(asset.returns)), dtype=bool)
    used[0, estimation] = True
    return means_with_joint_dummies(asset, model, day0[None], windows, used, solver)[0]


def means_with_joint_dummies(
    asset: AssetReturns,
    model: NormalReturnModel,
    calendars: Ints,
    windows: Sequence[Window],
    estimation: Mask,
    solver: Solver,
) -> list[JointAverage | None]:
    """Average CARs of many calendars, each with a regression of its own; all are fitted at once.

    Parameters
    ----------
    asset, model, windows, solver
        As for `mean_with_joint_dummies`.
    calendars : ndarray of int, shape (calendars, episodes)
        Positions of day 0.
    estimation : ndarray of bool, shape (calendars, sessions)
        Sessions that are not event days, at least one for each calendar; those of its windows
        are left out.

    Returns
    -------
    list of JointAverage or None
        As `mean_with_joint_dummies` returns it for each.
    """
    spans = np.arange(min(w[0] for w in windows), max(w[1] for w in windows) + 1)
    inside = np.zeros(estimation.shape, dtype=bool)
    numbers = np.arange(len(calendars))[:, None, None]
    inside[numbers, calendars[:, :, None] + spans] = True
    days = [np.flatnonzero(mask) for mask in inside]
    fits = model.fit(_sample(asset, estimation & ~inside, days), solver)
    return [
        None
        if fits.reasons[number]
        else _averaged(asset, fits, number, _weights(day0, windows, days[number]), days[number])
        for number, day0 in enumerate(calendars)
    ]


def _averaged(
    asset: AssetReturns, fits: Fits, number: int, weights: Array, days: Ints
) -> JointAverage:
    """Average the abnormal returns of the days of one calendar."""
    used, size = weights.any(axis=0), len(days)
    normal, leverage, scale = (
        values[number, :size][used] for values in (fits.normal, fits.leverage, fits.scale)
    )
    s2, ar, weights = fits.s2[number], asset.returns[days][used] - normal, weights[:, used]
    estimated = weights @ leverage
    error = s2 * (estimated @ estimated.T)
    own_errors = s2 * ((weights * scale) @ weights.T)
    return JointAverage(
        weights @ ar,
        own_errors + error,
        float(fits.df[number]),
        _effective(weights),
        _robust(weights, ar) + error,
        float(ar.std(ddof=1) / np.sqrt(s2)) if len(ar) > 1 else float("nan"),
    )


def _effective(weights: Array) -> Array:
    """(Σw)²/Σw² of each row."""
    effective: Array = weights.sum(axis=1) ** 2 / (weights**2).sum(axis=1)
    return effective


def _robust(weights: Array, ar: Array) -> Array:
    """Covariance of weighted means by the spread of what is averaged, without bias.

    Σ_d w_jd w_kd (a_d - ā_j)(a_d - ā_k)/√(c_j c_k), ā = Σwa/Σw; c takes out the bias that is
    there when all days have one variance: c = 1 - 2Σw³/(Σw·Σw²) + Σw²/(Σw)², for equal
    weights (n - 1)/n. NaN where all weight lies on one day.
    """
    total, square = weights.sum(axis=1), (weights**2).sum(axis=1)
    share = 1 - 2 * (weights**3).sum(axis=1) / (total * square) + square / total**2
    apart = weights * (ar - (weights @ ar / total)[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = apart / np.sqrt(np.where(share > 1e-12, share, np.nan))[:, None]
    covariance: Array = scaled @ scaled.T
    return covariance
