"""The episodes that are fitted with statsmodels too, and by how much two fits differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Ints
    from eventstudy.design.windows import Episodes

SAMPLE, SEED = 64, 20_130
"""Episodes that are fitted with statsmodels too, and the seed by which they are drawn."""


def sampled(grouped: Mapping[str, Episodes]) -> dict[str, Ints]:
    """Draw the episodes that are fitted with statsmodels too.

    Parameters
    ----------
    grouped : mapping of str to Episodes
        Episodes of each asset.

    Returns
    -------
    dict of str to ndarray of int
        Positions among the episodes of each asset, ascending; the same at every run.
    """
    sizes = [len(episodes.positions) for episodes in grouped.values()]
    total = sum(sizes)
    rng = np.random.default_rng(SEED)
    drawn = np.sort(rng.choice(total, min(SAMPLE, total), replace=False))
    ends = np.cumsum(sizes)
    cut = np.split(drawn, np.searchsorted(drawn, ends[:-1]))
    starts = ends - sizes
    return {name: rows - start for name, rows, start in zip(grouped, cut, starts, strict=True)}


def difference(one: AbnormalReturns, other: AbnormalReturns) -> Array:
    """Return by how much the same episodes differ in two fits.

    Parameters
    ----------
    one, other : AbnormalReturns
        The episodes, fitted by two engines.

    Returns
    -------
    ndarray, shape (episodes,)
        The largest difference of an abnormal return over σ, of a standard error relative to
        itself, or of a t; infinite where one engine has a number and the other has none.
    """
    sigma, error = np.sqrt(other.s2)[:, None], other.ar_se()
    with np.errstate(invalid="ignore", divide="ignore"):
        pairs = (
            (one.ar / sigma, other.ar / sigma),
            (one.ar_se() / error, np.where(np.isnan(error), np.nan, 1.0)),
            (one.ar / one.ar_se(), other.ar / error),
        )
    apart = [_apart(first, second) for first, second in pairs]
    refused = (one.reasons != other.reasons) | (np.isnan(one.s2) != np.isnan(other.s2))
    largest: Array = np.where(refused, np.inf, np.max(apart, axis=0))
    return largest


def _apart(first: Array, second: Array) -> Array:
    """Return the largest difference of each row; infinite where only one of two is known."""
    known, alike = np.isfinite(first), np.isfinite(second)
    size = np.abs(np.subtract(first, second, out=np.zeros_like(first), where=known & alike))
    largest: Array = np.where(known != alike, np.inf, size).max(axis=1, initial=0.0)
    return largest
