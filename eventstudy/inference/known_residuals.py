"""The residuals of some episodes with zeros for what is not known: sums need no mask then."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.abnormal.placed_returns import PlacedReturns, residuals_or_zero
from eventstudy.arrays import Array, Ints, Mask


@dataclass(frozen=True)
class KnownResiduals:
    """Residuals of the estimation windows of some episodes.

    Parameters
    ----------
    values : ndarray, shape (episodes, L1)
        Residuals; zero where there is none.
    known : ndarray of bool, shape (episodes, L1)
        Where there is one.
    centred : bool
        Whether they surely add up to zero: those of least squares with a constant.
    """

    values: Array
    known: Mask
    centred: bool

    @cached_property
    def count(self) -> Ints:
        """Residuals of each episode, shape (episodes,)."""
        return row_counts(self.known)

    @cached_property
    def missing(self) -> Ints:
        """Places of the days without a residual, row after row, ascending."""
        return np.flatnonzero(~self.known)

    @cached_property
    def squares(self) -> Array:
        """Sum of their squares, shape (episodes,)."""
        return np.asarray(np.einsum("ij,ij->i", self.values, self.values))

    def unit(self, fewest: int) -> tuple[Array, Mask]:
        """Return residuals with mean zero and mean square one.

        Parameters
        ----------
        fewest : int
            Residuals that an episode needs.

        Returns
        -------
        unit : ndarray, shape (episodes, L1)
            Zero where there is none.
        usable : ndarray of bool, shape (episodes,)
            Whether an episode has so many, and they vary.
        """
        count, values, squares = np.maximum(self.count, 1), self.values, self.squares
        if not self.centred:
            values = np.where(self.known, values - (values.sum(axis=1) / count)[:, None], 0.0)
            squares = np.einsum("ij,ij->i", values, values)
        spread = np.sqrt(squares / count)
        usable = (self.count >= fewest) & (spread > 0)
        inverse = np.divide(1.0, spread, out=np.zeros(len(spread)), where=usable)
        return values * inverse[:, None], usable


def known_residuals(block: AbnormalReturns) -> KnownResiduals:
    """Return the residuals of a block of episodes with zeros; made once for each block."""
    return block.once("known residuals", lambda: _known(block))


def _known(block: AbnormalReturns) -> KnownResiduals:
    if isinstance(block, PlacedReturns):
        return KnownResiduals(
            *residuals_or_zero(block), bool(block.series.constant[block.code].all())
        )
    residuals = block.residuals
    known = np.isfinite(residuals)
    values = residuals if known.all() else np.where(known, residuals, 0.0)
    return KnownResiduals(values, known, centred=False)


def row_counts(mask: Mask) -> Ints:
    """Count what is true in each row: by bytes, five times as fast as `sum`."""
    size = np.uint8 if mask.shape[1] < 256 else np.int32
    counts: Ints = np.add.reduce(mask.view(np.uint8), axis=1, dtype=size).astype(np.intp)
    return counts
