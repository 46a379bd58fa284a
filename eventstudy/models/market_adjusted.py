"""The market-adjusted-return model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from eventstudy.models.least_squares import Design, Engine, regression, solve

if TYPE_CHECKING:
    from eventstudy.arrays import Array
    from eventstudy.models.base import Fits, Labelled, Sample


@dataclass(frozen=True)
class MarketAdjusted:
    """Normal return = return of the market on the same day (Brown and Warner 1980, 1985).

    Nothing is estimated but the variance of R - R_m, centred, with L1 - 1 degrees of
    freedom; prediction-error covariance s2 * I. Abnormal returns need no estimation window;
    without one they have no standard error. α = 0 and β = 1 are set, not estimated: their
    standard errors are NaN.

    Parameters
    ----------
    market : str
        Name of the market's price series.
    """

    market: str
    name: ClassVar[str] = "market-adjusted"
    least_squares: ClassVar[bool] = True
    takes: ClassVar[tuple[int, int | None]] = (1, 1)
    fewest: ClassVar[int] = 0

    @property
    def factors(self) -> tuple[str, ...]:
        """The market."""
        return (self.market,)

    def declare(self, factors: Array) -> Design:
        """Declare the market return as an offset and no regressor."""
        return Design((), np.empty((*factors.shape[:-1], 0)), factors[..., 0])

    def fit(self, sample: Sample, engine: Engine) -> Fits:
        """Fit every episode of a sample."""
        fits = solve(sample, self.declare, engine)
        return replace(fits, coefficients=np.tile([0.0, 1.0], (len(fits.s2), 1)))

    def regression(self, window: Labelled) -> Any:
        """Return the statsmodels regression of one episode."""
        return regression(window, self.declare(window.factors.to_numpy(dtype=float)))

    def formula(self) -> str:
        """Return the model in symbols."""
        return f"R = R[{self.market}] + e"
