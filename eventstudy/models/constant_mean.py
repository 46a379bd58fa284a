"""The constant-mean-return model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eventstudy.models.least_squares import Design, Engine, regression, solve

if TYPE_CHECKING:
    from eventstudy.arrays import Array
    from eventstudy.models.base import Fits, Labelled, Sample


@dataclass(frozen=True)
class ConstantMean:
    """Normal return = mean return of the estimation window (Brown and Warner 1980, 1985).

    L1 - 1 degrees of freedom; prediction-error covariance s2 * (I + 11'/L1).
    """

    name: ClassVar[str] = "constant-mean"
    least_squares: ClassVar[bool] = True
    takes: ClassVar[tuple[int, int | None]] = (0, 0)
    factors: ClassVar[tuple[str, ...]] = ()
    fewest: ClassVar[int] = 2

    def declare(self, factors: Array) -> Design:
        """Declare a constant as the only regressor."""
        shape = factors.shape[:-1]
        return Design(("const",), np.ones((*shape, 1)), np.zeros(shape))

    def fit(self, sample: Sample, engine: Engine) -> Fits:
        """Fit every episode of a sample."""
        return solve(sample, self.declare, engine)

    def regression(self, window: Labelled) -> Any:
        """Return the statsmodels regression of one episode."""
        return regression(window, self.declare(window.factors.to_numpy(dtype=float)))

    def formula(self) -> str:
        """Return the model in symbols."""
        return "R = μ + e"
