"""Residuals without the days that have none: successive, so that weights need no gaps.

Days without a residual are rare, but nearly every estimation window of a study of thousands of
assets has some. Here the residuals of an episode stand at the end of its row, in their order, and
zeros before them: whatever weighs days by how many known days follow has one row of weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.abnormal.placed_returns import PlacedReturns, known_days
from eventstudy.abnormal.series import row_counts, runs
from eventstudy.inference.known_residuals import ResidualRows, known_residuals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.abnormal.series import Series
    from eventstudy.arrays import Array, Ints, Mask

BESIDE = 1
"""Cells of some assets, over those of the windows on them, up to which all of them are taken."""
CELLS = 60_000
"""Cells of the series whose known days are put together at once: they stay in the cache."""


class KnownCells:
    """What a series holds on the days that may be used, one after the other.

    Parameters
    ----------
    series : Series
        Returns of all assets.
    cells : ndarray of int
        Cells of these days.
    size : int
        L1.
    """

    def __init__(self, series: Series, cells: Ints, size: int) -> None:
        self.series, self.cells, self.size = series, cells, size

    def _after_zeros(self, values: NDArray[Any]) -> NDArray[Any]:
        packed = np.zeros(self.size + len(self.cells), values.dtype)
        packed[self.size :] = values[self.cells]
        return packed

    @cached_property
    def target(self) -> Array:
        """Returns less what has no parameter: row i is the L1 of them before the cell i."""
        values: Array = self._after_zeros(self.series.returns)
        if self.series.offset is not None:
            values -= self._after_zeros(self.series.offset)
        return runs(values, self.size)

    @cached_property
    def factors(self) -> list[Array]:
        """Each factor, the same."""
        return [runs(self._after_zeros(each), self.size) for each in self.series.factors]

    @cached_property
    def days_back(self) -> Ints:
        """Days before 1970, the same; zero before the first."""
        return runs(-self._after_zeros(self.series.days).astype(np.intp), self.size)


@dataclass(frozen=True)
class PackedResiduals(ResidualRows):
    """Residuals of the estimation windows of some episodes.

    Parameters
    ----------
    values : ndarray, shape (episodes, L1)
        Those of an episode, at the end of its row; zeros before them.
    count : ndarray of int, shape (episodes,)
        How many there are.
    known : KnownCells
        The days behind them.
    ends : ndarray of int, shape (episodes,)
        Rows there.
    centred : bool
        Whether they surely add up to zero: those of least squares with a constant.
    """

    values: Array
    count: Ints
    known: KnownCells
    ends: Ints
    centred: bool

    @cached_property
    def squares(self) -> Array:
        """Sum of their squares, shape (episodes,)."""
        return np.asarray(np.vecdot(self.values, self.values))

    @property
    def days_back(self) -> Ints:
        """Days before 1970 of each, shape (episodes, L1); anything where there is none."""
        days: Ints = self.known.days_back[self.ends]
        return days

    def blank(self, values: NDArray[Any], by: Ints | int = 0) -> None:
        """Write zeros, or a number for each episode, into an array where there is no residual."""
        if not self._short.any():
            return
        values.ravel()[self._before] = np.repeat(by, self._short) if np.ndim(by) else by

    def in_place(self, values: Array, known: Mask) -> Array:
        """Return a number for each residual where its day is, and zeros; given where one is."""
        if not self._short.any():
            return values
        placed = np.zeros(values.shape)
        placed[known] = values[np.arange(values.shape[1]) >= self._short[:, None]]
        return placed

    @cached_property
    def _short(self) -> Ints:
        """How many days of each row have none."""
        short: Ints = self.values.shape[1] - self.count
        return short

    @cached_property
    def _before(self) -> Ints:
        """Places of these days in all rows."""
        short, size = self._short, self.values.shape[1]
        until = np.cumsum(short)
        begin = np.arange(len(short)) * size - until + short
        return np.repeat(begin, short) + np.arange(until[-1] if len(until) else 0)


def residual_rows(block: AbnormalReturns) -> ResidualRows:
    """Return the residuals of a block of episodes in the order of their days: packed, if placed."""
    return packed_residuals(block) if isinstance(block, PlacedReturns) else known_residuals(block)


def unit_in_place(block: AbnormalReturns, fewest: int) -> tuple[Array, Mask, Mask, Ints]:
    """Return unit residuals where their days are; made once for each block.

    Parameters
    ----------
    block : AbnormalReturns
        Episodes.
    fewest : int
        Residuals that an episode needs.

    Returns
    -------
    unit, usable
        As of `ResidualRows.unit`.
    known : ndarray of bool, shape (episodes, L1)
        Where there is a residual.
    count : ndarray of int, shape (episodes,)
        How many there are.
    """
    return block.once(("unit in place", fewest), lambda: _unit_in_place(block, fewest))


def _unit_in_place(block: AbnormalReturns, fewest: int) -> tuple[Array, Mask, Mask, Ints]:
    if not isinstance(block, PlacedReturns):
        days = known_residuals(block)
        return *days.unit(fewest), days.known, days.count
    packed = packed_residuals(block)
    unit, usable = packed.unit(fewest)
    known = known_days(block)
    return packed.in_place(unit, known), usable, known, packed.count


def packed_residuals(block: PlacedReturns) -> PackedResiduals:
    """Return the residuals of a block of episodes; made once for each block."""
    return block.once("packed residuals", lambda: _packed(block))


def _packed(block: PlacedReturns) -> PackedResiduals:
    known, ends = _known(block)
    constant, slopes = block.constant, block.slopes
    estimated = np.isfinite(block.s2)
    if not estimated.all():
        constant = np.where(estimated, constant, 0.0)
        slopes = np.where(estimated[:, None], slopes, 0.0)
    values = known.target[ends]
    for slope, factor in zip(slopes.T, known.factors, strict=True):
        inside = factor[ends]
        inside *= slope[:, None]
        values -= inside
    values -= constant[:, None]
    centred = bool(block.series.constant[block.code].all())
    packed = PackedResiduals(values, block.observed, known, ends, centred)
    packed.blank(values)
    return packed


def _known(block: PlacedReturns) -> tuple[KnownCells, Ints]:
    """Return the days that may be used around a block of episodes, and where windows end."""
    series, size = block.series, block.estimation_length
    first = block.cell + block.spans.estimation[0]
    if not len(first):
        return KnownCells(series, first, size), first
    low, high = int(block.code.min()), int(block.code.max())
    if series.edges[high + 1] - series.edges[low] > BESIDE * size * len(first):
        inside = runs(series.free, size)[first]
        count = row_counts(inside)
        begin = np.repeat(first - np.arange(len(first)) * size, count)
        return KnownCells(series, np.flatnonzero(inside) + begin, size), np.cumsum(count)
    known = _near(block, low, high)
    return known, np.searchsorted(known.cells, first + size)


def _near(block: PlacedReturns, low: int, high: int) -> KnownCells:
    """Return the days that may be used of some assets and of those after them; made once."""
    study, _ = vars(block).get("_taken_of", (block, None))
    edges = block.series.edges
    kept: tuple[int, int, KnownCells] | None = study.once("known cells", lambda: None)
    if kept is None or not kept[0] <= low <= high < kept[1]:
        beyond = max(int(np.searchsorted(edges, edges[low] + CELLS, side="right")) - 1, high + 1)
        cells = int(edges[low]) + np.flatnonzero(block.series.free[edges[low] : edges[beyond]])
        kept = (low, beyond, KnownCells(block.series, cells, block.estimation_length))
        study.keep("known cells", kept)
    return kept[2]
