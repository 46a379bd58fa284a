"""Ranks of estimation and event days added up by day: one sort serves all windows.

The ranks among the days of the estimation window are made once for a block of episodes. A day of
a window moves those above it up by one, and has as its own one more than it lies above: no
window is sorted anew.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.placed_returns import PlacedReturns
from eventstudy.abnormal.series import row_counts
from eventstudy.arrays import Array, Ints, Mask
from eventstudy.inference.base import centred_ranks
from eventstudy.inference.known_residuals import known_residuals
from eventstudy.inference.ranks import ranks_of_rows
from eventstudy.inference.sums import column_totals
from eventstudy.settings import Window


def rank_totals(block: AbnormalReturns, window: Window) -> Array:
    """Return centred ranks of estimation and event days, added up by day.

    Parameters
    ----------
    block : AbnormalReturns
        Some episodes.
    window : (int, int)
        Event days that are ranked with the estimation days.

    Returns
    -------
    ndarray, shape (2, L1 + days)
        `column_totals` of `centred_ranks`, estimation days first.
    """
    if not isinstance(block, PlacedReturns):
        return column_totals(centred_ranks(np.hstack([block.residuals, block.over(window)])))
    columns, residuals = block.columns(window), known_residuals(block)
    values, hard = _event_days(block)[:, columns], block.once("ties", lambda: _tied(block))
    hard = hard | ~np.isfinite(values).all(axis=1)
    moved = np.zeros(residuals.values.shape, dtype=np.int16)
    higher = np.empty(values.shape, dtype=np.intp)
    for place, column in enumerate(range(columns.start, columns.stop)):
        above, higher[:, place] = _above(block, column)
        moved += above
    below = residuals.count[:, None] - higher
    totals = _sorted_totals(block, moved, below, values, ~hard)
    if hard.any():
        rows = np.flatnonzero(hard)
        mixed = np.hstack([block.residuals[rows], values[rows]])
        totals += column_totals(centred_ranks(mixed))
    return totals


def _tied(block: PlacedReturns) -> Mask:
    """Whether two days of an episode have the same abnormal return, shape (episodes,)."""
    both = np.hstack([block.residuals, _event_days(block)])
    np.copyto(both, np.inf, where=np.isnan(both))
    both.sort(axis=1)
    tied: Mask = ((both[:, 1:] == both[:, :-1]) & np.isfinite(both[:, 1:])).any(axis=1)
    return tied


def _above(block: PlacedReturns, column: int) -> tuple[NDArray[np.uint8], Ints]:
    """Which residuals lie above the return of an event day, and how many."""

    def compare() -> tuple[NDArray[np.uint8], Ints]:
        residuals = known_residuals(block)
        above = residuals.values > _event_days(block)[:, column : column + 1]
        above &= residuals.known
        return above.view(np.uint8), row_counts(above)

    return block.once(("above", column), compare)


def _sorted_totals(
    block: PlacedReturns, moved: NDArray[np.int16], below: Ints, values: Array, use: Mask
) -> Array:
    """Add up the centred ranks of episodes without ties."""
    residuals = known_residuals(block)
    ranks = block.once("ranks of residuals", lambda: _inside_ranks(block))
    size = values.shape[1]
    weight = use / (residuals.count + size + 1.0)
    inside = np.einsum("ij,i->j", ranks + moved, weight)
    after = below + 1
    for column in range(size):
        after += values > values[:, column : column + 1]
    entering = residuals.known if use.all() else residuals.known[use]
    known = np.add.reduce(entering.view(np.uint8), axis=0, dtype=np.int32)
    count = np.append(known, np.full(size, use.sum()))
    total = np.append(inside, np.einsum("ij,i->j", after, weight))
    return np.stack([total - 0.5 * count, count])


def _event_days(block: PlacedReturns) -> Array:
    """Abnormal returns of the event window; made once for each block."""
    return block.once("event days", lambda: block.ar)


def _inside_ranks(block: PlacedReturns) -> Array:
    """Ranks among the estimation days of each episode; zero where there is no residual."""
    ranks = ranks_of_rows(block.residuals)
    ranks[~known_residuals(block).known] = 0.0
    return ranks
