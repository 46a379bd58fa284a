"""The market-adjusted-return model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eventstudy.models.least_squares import Design, Engine, regression, solve

if TYPE_CHECKING:
    from eventstudy.models.base import Array, Fits, Labelled, Sample


@dataclass(frozen=True)
class MarketAdjusted:
    """Normal return = return of the market on the same day (Brown and Warner 1980, 1985).

    Nothing is estimated but the variance of R - R_m, centred, with L1 - 1 degrees of
    freedom; prediction-error covariance s2 * I.

    Parameters
    ----------
    market : str
        Name of the market's price series.
    """

    market: str
    name: ClassVar[str] = "market-adjusted"
    takes: ClassVar[tuple[int, int | None]] = (1, 1)

    @property
    def factors(self) -> tuple[str, ...]:
        """The market."""
        return (self.market,)

    def declare(self, factors: Array) -> Design:
        """Declare the market return as an offset and no regressor."""
        return Design((), np.empty((*factors.shape[:-1], 0)), factors[..., 0])

    def fit(self, sample: Sample, engine: Engine) -> Fits:
        """Fit every episode of a sample."""
        return solve(sample, self.declare, engine)

    def regression(self, window: Labelled) -> Any:
        """Return the statsmodels regression of one episode."""
        return regression(window, self.declare(window.factors.to_numpy(dtype=float)))

    def formula(self) -> str:
        """Return the model in symbols."""
        return f"R = R[{self.market}] + e"
