"""The market-adjusted-return model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eventstudy.arrays import Array
from eventstudy.models.base import OnMarket
from eventstudy.models.least_squares import Design, LeastSquares


@dataclass(frozen=True)
class MarketAdjusted(OnMarket, LeastSquares):
    """Normal return = return of the market on the same day (Brown and Warner 1980, 1985).

    Nothing is estimated but the variance of R - R_m, centred, with L1 - 1 degrees of
    freedom; prediction-error covariance s2 * I. Abnormal returns need no estimation window;
    without one they have no standard error. α = 0 and β = 1 are set, not estimated: their
    standard errors are NaN.

    Checked against: oracle | 0

    Parameters
    ----------
    market : str
        Name of the market's price series.
    """

    market: str
    name: ClassVar[str] = "market-adjusted"
    takes: ClassVar[tuple[int, int | None]] = (1, 1)
    fewest: ClassVar[int] = 0

    fixed: ClassVar[tuple[float, ...] | None] = (0.0, 1.0)

    def declare(self, factors: Array) -> Design:
        """Declare the market return as an offset and no regressor."""
        return Design((), np.empty((*factors.shape[:-1], 0)), factors[..., 0])

    def formula(self) -> str:
        """Return the model in symbols."""
        return f"R = R[{self.market}] + e"
