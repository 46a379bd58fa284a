"""The residuals of some episodes with zeros for what is not known: sums need no mask then."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.abnormal.placed_returns import PlacedReturns, residuals_or_zero
from eventstudy.abnormal.series import row_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array, Ints, Mask


class ResidualRows(ABC):
    """Residuals of the estimation windows of some episodes, a row for each; zero where none is.

    Attributes
    ----------
    values : ndarray, shape (episodes, L1)
        Residuals; zero where there is none.
    count : ndarray of int, shape (episodes,)
        How many each has.
    centred : bool
        Whether they surely add up to zero: those of least squares with a constant.
    """

    values: Array
    count: Ints
    centred: bool

    @property
    @abstractmethod
    def squares(self) -> Array:
        """Sum of their squares, shape (episodes,)."""

    @abstractmethod
    def blank(self, values: NDArray[Any], by: Ints | int = 0) -> None:
        """Write zeros, or a number for each episode, into an array where there is no residual."""

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
            values = values - (values.sum(axis=1) / count)[:, None]
            self.blank(values)
            squares = np.einsum("ij,ij->i", values, values)
        spread = np.sqrt(squares / count)
        usable = (self.count >= fewest) & (spread > 0)
        inverse = np.divide(1.0, spread, out=np.zeros(len(spread)), where=usable)
        return values * inverse[:, None], usable


@dataclass(frozen=True)
class KnownResiduals(ResidualRows):
    """Residuals where their days are.

    Parameters
    ----------
    values : ndarray, shape (episodes, L1)
        Residuals; zero where there is none.
    known : ndarray of bool, shape (episodes, L1)
        Where there is one.
    centred : bool
        Whether they surely add up to zero.
    """

    values: Array
    known: Mask
    centred: bool

    @cached_property
    def count(self) -> Ints:  # type: ignore[override]
        """Residuals of each episode, shape (episodes,)."""
        return row_counts(self.known)

    @cached_property
    def squares(self) -> Array:
        """Sum of their squares, shape (episodes,)."""
        return np.asarray(np.einsum("ij,ij->i", self.values, self.values))

    def blank(self, values: NDArray[Any], by: Ints | int = 0) -> None:
        """Write zeros, or a number for each episode, into an array where there is no residual."""
        np.copyto(values, np.asarray(by)[..., None], where=~self.known)


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
