"""What others need to know of a model beside its abnormal returns; a new model says it itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeGuard

from eventstudy.models.base import NormalReturnModel

if TYPE_CHECKING:
    from eventstudy.arrays import Array
    from eventstudy.models.least_squares import Design


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


def variance_changes(model: NormalReturnModel) -> bool:
    """Return whether a model says ``own_variance = True``: a variance for every single day."""
    return bool(getattr(model, "own_variance", False))
