"""A window among ordinary days: ranks, least p, intervals, multiples of the same clock."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eventstudy.arrays import Array
from eventstudy.inference.ranks import p_of_rank


@dataclass(frozen=True)
class Ranked:
    """A move among ordinary days.

    Parameters
    ----------
    n : int
        Ordinary days.
    sd : float
        Root of their mean square about 0.
    z : float
        The move over `sd`.
    p_rank : float
        (1 + #{|r_s| >= |r|})/(n + 1), unscaled.
    n_scaled : int
        Ordinary days whose volatility was expected.
    scar : float
        The move over the volatility expected of its day.
    p : float
        The rank of |scar| among ordinary days scaled alike: it leads.
    smallest_p : float
        The least that p can be.
    ci_low, ci_high : float
        The scaled rank turned round; infinite where there are too few days.
    mde : float
        Move that would be seen in four cases of five.
    """

    n: int
    sd: float
    z: float
    p_rank: float
    n_scaled: int
    scar: float
    p: float
    smallest_p: float
    ci_low: float
    ci_high: float
    mde: float


def share_as_large(value: float, others: Array) -> float:
    """Return (1 + number of others at least as large)/(n + 1); NaN when nothing is known."""
    known = others[np.isfinite(others)]
    if not np.isfinite(value) or not len(known):
        return np.nan
    return p_of_rank(int((known >= value).sum()), len(known))


def rank_move(move: float, sigma: float, moves: Array, sigmas: Array, confidence: float) -> Ranked:
    """Rank a move among those of ordinary days, as it is and scaled by expected volatility.

    The sample-quantile test of Gelbach, Helland and Klick (2013) on moves of one clock window.

    Parameters
    ----------
    move, sigma : float
        The move, and the volatility expected of its day.
    moves, sigmas : ndarray of float, shape (n,)
        The same of ordinary days.
    confidence : float
        Level of the interval.
    """
    n = len(moves)
    sd = float(np.sqrt(np.mean(moves**2))) if n else np.nan
    scaled = moves / sigmas
    scaled = scaled[np.isfinite(scaled)]
    scar = move / sigma if sigma > 0 else np.nan
    half = half_width(np.abs(scaled), confidence) * sigma
    return Ranked(
        n,
        sd,
        move / sd if n and sd > 0 else np.nan,
        share_as_large(abs(move), np.abs(moves)),
        len(scaled),
        scar,
        share_as_large(abs(scar), np.abs(scaled)),
        1 / (len(scaled) + 1),
        move - half,
        move + half,
        detectable(scaled, confidence) * sigma,
    )


def half_width(scaled: Array, confidence: float) -> float:
    """Return the least scaled size that is not rejected: the interval is the rank turned round.

    Parameters
    ----------
    scaled : ndarray of float, shape (n,)
        Sizes of scaled moves on ordinary days.
    confidence : float
        Level.

    Returns
    -------
    float
        A move at least so large has p of at most 1 - confidence; infinite when no move has.
    """
    n = len(scaled)
    allowed = int(np.floor((1 - confidence) * (n + 1) + 1e-9)) - 1
    if allowed < 0:
        return np.inf
    ordered = np.sort(scaled)[::-1]
    return float(ordered[allowed]) if allowed < n else 0.0


def detectable(scaled: Array, confidence: float, power: float = 0.8) -> float:
    """Return the scaled move that would be seen in four cases of five, beside ordinary noise."""
    half = half_width(np.abs(scaled), confidence)
    if not np.isfinite(half) or not len(scaled):
        return np.inf
    return half + float(np.quantile(np.concatenate([scaled, -scaled]), power))


def mean_known(others: Array) -> float:
    """Return the mean of ordinary days; NaN when nothing is known."""
    known = others[np.isfinite(others)]
    return float(known.mean()) if len(known) else np.nan


def multiple(value: float, others: Array) -> float:
    """Return a value as a multiple of the mean of ordinary days; NaN when nothing is known."""
    usual = mean_known(others)
    return float(value / usual) if usual > 0 else np.nan
