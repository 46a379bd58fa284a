"""Mean correlation of the abnormal returns of different episodes, without an N x N matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.abnormal import AbnormalReturns

    Array = NDArray[np.float64]
    Dates = NDArray[np.datetime64]
    Block = tuple[NDArray[Any], Array]

FEWEST_COMMON = 30
"""Pairs with fewer common dates count as uncorrelated."""


def _scores(residuals: Array) -> Array:
    """Return rows centred and scaled to length one; rows without variation are zero."""
    centred = residuals - residuals.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(centred, axis=1, keepdims=True)
    scores: Array = np.divide(centred, norm, out=np.zeros_like(centred), where=norm > 0)
    return scores


def _blocks(keys: Dates | NDArray[np.intp], residuals: Array) -> list[Block]:
    """Collect episodes whose residuals fall on exactly the same dates."""
    known = np.isfinite(residuals)
    rows: dict[bytes, list[int]] = {}
    for row in range(len(residuals)):
        rows.setdefault(keys[row, known[row]].tobytes(), []).append(row)
    blocks = []
    for members in rows.values():
        present = known[members[0]]
        blocks.append((keys[members[0], present], residuals[np.ix_(members, present)]))
    return sorted(blocks, key=lambda block: block[0][0])


def _pair_sum(first: Block, second: Block) -> float:
    """Sum of the correlations of all pairs across two blocks, on their common dates."""
    common, left, right = np.intersect1d(
        first[0], second[0], assume_unique=True, return_indices=True
    )
    if len(common) < FEWEST_COMMON:
        return 0.0
    a, b = _scores(first[1][:, left]), _scores(second[1][:, right])
    return float(a.sum(axis=0) @ b.sum(axis=0))


def mean_correlation(
    abnormal: AbnormalReturns, pairing: Literal["calendar", "event-time"] = "calendar"
) -> float:
    """Return the mean correlation of estimation-window abnormal returns over all pairs.

    Each pair is correlated on its own common dates, standardised there; pairs with fewer
    than 30 common dates count as zero (Kolari and Pynnönen 2010). Computed between blocks
    of episodes that share their dates: the sum over pairs is the product of two sums.

    Parameters
    ----------
    abnormal : AbnormalReturns
        N episodes.
    pairing : {"calendar", "event-time"}
        Whether residuals are paired by date or by event time.

    Returns
    -------
    float
        NaN when there are fewer than two episodes.
    """
    n = len(abnormal.day0)
    if n < 2:
        return float("nan")
    dates = abnormal.estimation_dates
    if pairing == "event-time":
        keys = np.broadcast_to(np.arange(dates.shape[1]), dates.shape)
    else:
        keys = dates.astype("datetime64[D]")
    blocks = _blocks(keys, abnormal.residuals)
    total = 0.0
    for index, block in enumerate(blocks):
        if block[1].shape[1] >= FEWEST_COMMON:
            scores = _scores(block[1])
            own = float(scores.sum(axis=0) @ scores.sum(axis=0))
            total += own - float((scores**2).sum())
        for other in blocks[index + 1 :]:
            if other[0][0] > block[0][-1]:
                break
            total += 2 * _pair_sum(block, other)
    return total / (n * (n - 1))
