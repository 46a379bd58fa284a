"""What others need to know of a model beside its abnormal returns; a new model says it itself."""

from __future__ import annotations

from typing import Protocol, TypeGuard

import numpy as np

from eventstudy.arrays import Array
from eventstudy.models.base import NormalReturnModel
from eventstudy.models.least_squares import Design, LeastSquares


class LeastSquaresModel(NormalReturnModel, Protocol):
    """Ordinary least squares on a constant, an offset and factors of the same day."""

    def declare(self, factors: Array) -> Design:
        """Declare the regressors."""


def is_least_squares(model: NormalReturnModel) -> TypeGuard[LeastSquaresModel]:
    """Return whether a model says ``least_squares = True`` in its class.

    Market-adjusted returns are the case without anything to estimate but the variance:
    `fewest` is 0.
    """
    return bool(getattr(model, "least_squares", False))


def has_regressors(model: NormalReturnModel) -> bool:
    """Return whether a model is such least squares with a constant, at least, to estimate."""
    return is_least_squares(model) and model.fewest > 0


def is_plain(model: NormalReturnModel) -> TypeGuard[LeastSquares]:
    """Return whether a model is fitted by `LeastSquares.fit` as it is, from moments alone.

    It has a constant and a slope on each factor of the same day, or nothing to estimate but the
    variance; and the errors of all days have one variance.
    """
    changed = getattr(type(model), "fit", None) is not LeastSquares.fit
    if not isinstance(model, LeastSquares) or changed:
        return False
    design = model.declare(np.ones((1, len(model.factors))))
    if design.scale is not None or design.combine is not None:
        return False
    return not design.names or (
        len(design.names) == 1 + len(model.factors) and design.names[0] == "const"
    )


def factors_of(model: NormalReturnModel | LeastSquares) -> int:
    """Return how many price series are factors of a model."""
    return len(getattr(model, "factors", ()))


def variance_changes(model: NormalReturnModel) -> bool:
    """Return whether a model says ``own_variance = True``: a variance for every single day."""
    return bool(getattr(model, "own_variance", False))


def one_by_one(model: NormalReturnModel) -> bool:
    """Return whether a model says ``one_by_one = True``: its episodes are fitted one at a time."""
    return bool(getattr(model, "one_by_one", False))
