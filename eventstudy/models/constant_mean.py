"""The constant-mean-return model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eventstudy.arrays import Array
from eventstudy.models.least_squares import Design, LeastSquares


@dataclass(frozen=True)
class ConstantMean(LeastSquares):
    """Normal return = mean return of the estimation window (Brown and Warner 1980, 1985).

    L1 - 1 degrees of freedom; prediction-error covariance s2 * (I + 11'/L1).

    Checked against: base R (`lm`, `predict`), oracle | 4e-13
    """

    name: ClassVar[str] = "constant-mean"
    takes: ClassVar[tuple[int, int | None]] = (0, 0)
    factors: ClassVar[tuple[str, ...]] = ()
    fewest: ClassVar[int] = 2

    def declare(self, factors: Array) -> Design:
        """Declare a constant as the only regressor."""
        shape = factors.shape[:-1]
        return Design(("const",), np.ones((*shape, 1)), np.zeros(shape))

    def formula(self) -> str:
        """Return the model in symbols."""
        return "R = μ + e"
