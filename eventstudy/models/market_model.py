"""The market model and the multi-factor model: a constant and one or more factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from eventstudy.arguments import names_of
from eventstudy.arrays import Array
from eventstudy.errors import InvalidArgumentError
from eventstudy.models.base import OnFactors, OnMarket
from eventstudy.models.least_squares import Design, LeastSquares, with_constant


def _constant_and_factors(names: tuple[str, ...], factors: Array) -> Design:
    return Design(("const", *names), with_constant(factors), np.zeros(factors.shape[:-1]))


@dataclass(frozen=True)
class MarketModel(OnMarket, LeastSquares):
    """R = α + β R_m + e (MacKinlay 1997; Campbell, Lo and MacKinlay 1997, ch. 4).

    L1 - 2 degrees of freedom; exact prediction-error covariance
    s2 * (I + X*(X'X)^-1 X*').

    Checked against: base R (`lm`, `predict`), oracle, statsmodels (`get_prediction`, event dummies)
    | 1e-12

    Parameters
    ----------
    market : str
        Name of the market's price series.
    """

    market: str
    name: ClassVar[str] = "market-model"
    takes: ClassVar[tuple[int, int | None]] = (1, 1)
    fewest: ClassVar[int] = 3

    def declare(self, factors: Array) -> Design:
        """Declare a constant and the market return."""
        return _constant_and_factors(self.factors, factors)

    def formula(self) -> str:
        """Return the model in symbols."""
        return f"R = α + β·R[{self.market}] + e"


@dataclass(frozen=True)
class MultiFactor(OnFactors, LeastSquares):
    """R = α + Σ β_j F_j + e, with L1 - 1 - factors degrees of freedom.

    Checked against: oracle | 1e-13

    Parameters
    ----------
    *factors : str
        Names of the factors' price series.
    """

    factors: tuple[str, ...]
    name: ClassVar[str] = "multi-factor"
    takes: ClassVar[tuple[int, int | None]] = (1, None)

    def __init__(self, *factors: str | Sequence[str]) -> None:
        names = names_of("a factor", factors)
        if not names or len(set(names)) != len(names):
            raise InvalidArgumentError(
                f"a multi-factor model needs one or more distinct factors; found {names!r}"
            )
        object.__setattr__(self, "factors", names)

    def declare(self, factors: Array) -> Design:
        """Declare a constant and the factors."""
        return _constant_and_factors(self.factors, factors)

    def formula(self) -> str:
        """Return the model in symbols."""
        terms = " + ".join(f"β{i}·R[{name}]" for i, name in enumerate(self.factors, 1))
        return f"R = α + {terms} + e"
