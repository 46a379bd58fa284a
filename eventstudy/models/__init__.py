"""Normal-return models, one file a family; a new one is added to `MODELS`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventstudy.errors import InvalidArgumentError, UnknownNameError, nearest
from eventstudy.models.base import Fits, NormalReturnModel, Sample
from eventstudy.models.constant_mean import ConstantMean
from eventstudy.models.market_adjusted import MarketAdjusted
from eventstudy.models.market_model import MarketModel, MultiFactor

MODELS: Mapping[str, Any] = {
    model.name: model for model in (ConstantMean, MarketAdjusted, MarketModel, MultiFactor)
}
"""Models by name; each says in `takes` how many factors it takes at least and at most."""

__all__ = [
    "MODELS",
    "ConstantMean",
    "Fits",
    "MarketAdjusted",
    "MarketModel",
    "MultiFactor",
    "NormalReturnModel",
    "Sample",
    "make_model",
]


def make_model(name: str, factors: tuple[str, ...] = ()) -> NormalReturnModel:
    """Return a model by its name.

    Parameters
    ----------
    name : str
        A name in `MODELS`.
    factors : tuple of str
        Names of its factors.

    Returns
    -------
    NormalReturnModel

    Raises
    ------
    UnknownNameError
        When there is no such model.
    InvalidArgumentError
        When the number of factors does not fit the model.
    """
    if name not in MODELS:
        raise UnknownNameError(f"unknown model {name!r}. {nearest(name, list(MODELS))}")
    least, most = MODELS[name].takes
    if len(factors) < least or (most is not None and len(factors) > most):
        wanted = "no factor" if most == 0 else f"{least} factor" if most == least else "factors"
        raise InvalidArgumentError(f"model {name!r} takes {wanted}; found {list(factors)}")
    model: NormalReturnModel = MODELS[name](*factors)
    return model
