"""Episodes of several assets under one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from eventstudy.arrays import Array

PADDED = {"leverage": 0.0, "coefficients": np.nan, "coefficient_se": np.nan}
"""Arrays whose last axis is as long as the model has parameters, and what they are padded with."""
BEFORE = {"residuals": np.nan, "gap": np.nan, "estimation_dates": np.datetime64("NaT", "D")}
"""Arrays of the days before the event window, each as long as its estimation window or gap is."""


def _widened(values: Array, columns: int, fill: float) -> Array:
    """Pad the last axis of an array to a number of columns."""
    more = [(0, 0)] * (values.ndim - 1) + [(0, columns - values.shape[-1])]
    return np.pad(values, more, constant_values=fill)


def _begun(values: NDArray[Any], columns: int, fill: Any) -> NDArray[Any]:
    """Put days that there are not before those of an array, to a number of columns."""
    shape = (len(values), columns - values.shape[1])
    return np.hstack([np.full(shape, fill, dtype=values.dtype), values]) if shape[1] else values


def stack(parts: Sequence[AbnormalReturns]) -> AbnormalReturns:
    """Put the episodes of several assets under one another.

    Parameters
    ----------
    parts : sequence of AbnormalReturns
        With the same event window; H of models with fewer parameters is padded with zeros, which
        leaves I + HH' as it is, and coefficients with NaN. Of estimation windows, and of gaps,
        that differ in length the last days stand in the last column.

    Returns
    -------
    AbnormalReturns
    """
    if len(parts) == 1:
        return parts[0]
    columns = {}
    for f in fields(AbnormalReturns):
        values = [getattr(piece, f.name) for piece in parts]
        if f.name == "tau":
            columns[f.name] = values[0]
            continue
        if f.name in PADDED:
            widest = max(value.shape[-1] for value in values)
            values = [_widened(value, widest, PADDED[f.name]) for value in values]
        if f.name in BEFORE:
            longest = max(value.shape[1] for value in values)
            values = [_begun(value, longest, BEFORE[f.name]) for value in values]
        columns[f.name] = np.concatenate(values)
    return AbnormalReturns(**columns)
