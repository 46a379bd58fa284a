"""Episodes of several assets under one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from eventstudy.abnormal.abnormal_returns import AbnormalReturns

if TYPE_CHECKING:
    from eventstudy.arrays import Array

PADDED = {"leverage": 0.0, "coefficients": np.nan, "coefficient_se": np.nan}
"""Arrays whose last axis is as long as the model has parameters, and what they are padded with."""


def _widened(values: Array, columns: int, fill: float) -> Array:
    """Pad the last axis of an array to a number of columns."""
    more = [(0, 0)] * (values.ndim - 1) + [(0, columns - values.shape[-1])]
    return np.pad(values, more, constant_values=fill)


def stack(parts: Sequence[AbnormalReturns]) -> AbnormalReturns:
    """Put the episodes of several assets under one another.

    Parameters
    ----------
    parts : sequence of AbnormalReturns
        With the same windows; H of models with fewer parameters is padded with zeros, which
        leaves I + HH' as it is, and coefficients with NaN.

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
        columns[f.name] = np.concatenate(values)
    return AbnormalReturns(**columns)
