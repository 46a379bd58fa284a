"""What episodes hold on the days of their windows, from places in the series and fits."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial, reduce
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.abnormal.series import runs
from eventstudy.settings import length

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.abnormal.series import Series
    from eventstudy.arrays import Array, Ints
    from eventstudy.settings import Window


class PlacedDays:
    """Days of episodes that are held as places and fits.

    Attributes
    ----------
    series : Series
        Returns of all assets.
    cell : ndarray of int, shape (episodes,)
        Cell of day 0.
    constant, slopes, half, s2 : ndarray, shape (episodes, ...)
        As of `eventstudy.models.moments.MomentFits`.
    """

    series: Series
    cell: Ints
    constant: Array
    slopes: Array
    half: Array
    s2: Array

    def cells(self, values: NDArray[Any], window: Window) -> NDArray[Any]:
        """Return what a series holds on the days of a window, shape (episodes, days)."""
        taken: NDArray[Any] = runs(values, length(window))[self.cell + window[0]]
        return taken

    def regressors(self, window: Window) -> Array:
        """Return ones and factors on the days of a window, shape (episodes, days, 1 + k)."""
        x = np.ones((len(self.cell), length(window), 1 + len(self.series.factors)))
        for column, factor in enumerate(self.series.factors, 1):
            x[..., column] = self.cells(factor, window)
        return x

    def expected(self, window: Window) -> Array:
        """Return normal returns on the days of a window, shape (episodes, days)."""
        params = np.column_stack([self.constant, self.slopes])
        normal: Array = (self.regressors(window) @ params[..., None])[..., 0]
        if self.series.offset is not None:
            normal += self.cells(self.series.offset, window)
        return normal

    def over(self, window: Window) -> Array:
        """Return abnormal returns on the days of a window, shape (episodes, days)."""
        return np.asarray(self.cells(self.series.returns, window) - self.expected(window))

    def on(self, day: int) -> Array:
        """Return abnormal returns on one day of event time, a column of `over` but for rounding."""
        cells, normal = self.cell + day, self.constant.copy()
        for slope, factor in zip(self.slopes.T, self.series.factors, strict=True):
            normal += slope * factor[cells]
        if self.series.offset is not None:
            normal += self.series.offset[cells]
        return np.subtract(self.series.returns[cells], normal, out=normal)

    def _of(self, values: Array, day: int) -> Array:
        """Return what a series holds on one day."""
        held: Array = values[self.cell + day]
        return held

    def standardised(self, window: Window) -> Array:
        """Return abnormal returns over their standard errors, shape (episodes, days)."""
        return np.column_stack([self.standardised_on(day) for day in _days(window)])

    def standardised_on(self, day: int) -> Array:
        """Return these of one day of event time."""
        factors = [factor[self.cell + day] for factor in self.series.factors]
        spread = np.ones(len(self.cell))
        for column in self.half.transpose(2, 1, 0):
            lever = column[0].copy()
            for row, factor in zip(column[1:], factors, strict=True):
                lever += factor * row
            lever *= lever
            spread += lever
        spread *= self.s2
        ratio: Array = self.on(day) / np.sqrt(spread)
        return ratio

    def error_of_sum(self, window: Window) -> Array:
        """Return the standard error of the sum of abnormal returns over a window."""
        sums = np.empty((len(self.cell), 1 + len(self.series.factors)))
        sums[:, 0] = length(window)
        for column, factor in enumerate(self.series.factors, 1):
            sums[:, column] = total_over(window, partial(self._of, factor))
        summed = np.einsum("ni,nij->nj", sums, self.half)
        error: Array = np.sqrt(self.s2 * (length(window) + (summed**2).sum(axis=1)))
        return error


def _days(window: Window) -> range:
    return range(window[0], window[1] + 1)


def total_over(window: Window, on: Callable[[int], Array]) -> Array:
    """Add what each day of a window has, a number for each episode: days one after the other."""
    return reduce(add, map(on, _days(window)))


Column = tuple[Hashable, Callable[..., "Array"]]
"""The name of a number of each episode, and what makes it."""


def car_column(window: Window) -> Column:
    """Return what makes CARs."""
    return ("car", window), lambda part: part.over(window).sum(axis=1)


def error_column(window: Window) -> Column:
    """Return what makes the standard errors of CARs."""
    return ("car se", window), lambda part: part.error_of_sum(window)


def totals_column(window: Window) -> Column:
    """Return what adds up the standardised abnormal returns of a window."""
    return ("sum of SAR", window), lambda part: total_over(window, part.standardised_on)
