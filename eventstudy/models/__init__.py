"""Normal-return models, one file a family; a new one is one line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from eventstudy.arguments import known, lacking, names_of, tolerant_class
from eventstudy.errors import InvalidArgumentError, UnknownNameError, nearest
from eventstudy.models.base import Fits as Fits
from eventstudy.models.base import NormalReturnModel as NormalReturnModel
from eventstudy.models.base import WindowSample as WindowSample
from eventstudy.parsing import packaged_toml
from eventstudy.register import classes

# isort: off
# the order is that in which models are listed
from eventstudy.models.constant_mean import ConstantMean as ConstantMean
from eventstudy.models.market_adjusted import MarketAdjusted as MarketAdjusted
from eventstudy.models.market_model import MarketModel as MarketModel
from eventstudy.models.market_model import MultiFactor as MultiFactor
from eventstudy.models.thin_trading import ScholesWilliams as ScholesWilliams
from eventstudy.models.thin_trading import Dimson as Dimson
from eventstudy.models.thin_trading import TradeToTrade as TradeToTrade
from eventstudy.models.garch import Garch as Garch
from eventstudy.models.robust import Robust as Robust
# isort: on

_LINES: Mapping[str, str] = packaged_toml("register.toml")["models"]

MODELS: Mapping[str, Any] = classes(globals(), _LINES)
"""Models by name; each says in `takes` how many factors it takes at least and at most."""


for _kind in MODELS.values():
    tolerant_class(_kind)

MODEL_MEMBERS = {name: _LINES[name] for name in ("factors", "fewest", "fit", "formula")}
"""What an object must have to be a model, and how it is written."""


def as_model(given: Any) -> NormalReturnModel:
    """Return a model that is given as an object, a name, or a mapping as in study.toml.

    Parameters
    ----------
    given : NormalReturnModel, str or mapping
        ``ConstantMean()``, ``"constant-mean"``, ``{"name": "market-model", "factors": ["M"]}``.

    Raises
    ------
    UnknownNameError
        When there is no model of that name.
    InvalidArgumentError
        When a name needs factors, or an object is no model; the text has what to write.
    """
    if isinstance(given, Mapping):
        settings = {key: value for key, value in given.items() if key not in ("name", "factors")}
        factors = names_of("a factor", [given.get("factors", ())])
        return make_model(str(given["name"]), factors, settings)
    if isinstance(given, type) and given in MODELS.values():
        given = vars(given)["name"]
    if isinstance(given, str):
        kind = known("model", given, MODELS)
        if kind.takes[0]:
            written = f'es.models.{kind.__name__}("MARKET")'
            raise InvalidArgumentError(
                f"model {given!r} takes a factor. Write model={written}, with the name of a "
                "column of the prices"
            )
        return make_model(given)
    lacking("model", given, MODEL_MEMBERS)
    model: NormalReturnModel = given
    return model


def settings_of(name: str) -> dict[str, Any]:
    """Return the settings of a model, with their defaults.

    Parameters
    ----------
    name : str
        A name in `MODELS`.

    Returns
    -------
    dict of str
        Its dataclass fields other than the factors.
    """
    settings = [f for f in fields(MODELS[name]) if f.name not in ("market", "factors")]
    return {f.name: f.default for f in settings}


def make_model(
    name: str, factors: tuple[str, ...] = (), settings: Mapping[str, object] | None = None
) -> NormalReturnModel:
    """Return a model by its name.

    Parameters
    ----------
    name : str
        A name in `MODELS`.
    factors : tuple of str
        Names of its factors.
    settings : mapping of str, optional
        Its other settings by name, such as ``{"method": "lad"}``; each of the type of its
        default.

    Returns
    -------
    NormalReturnModel

    Raises
    ------
    UnknownNameError
        When there is no such model, or it has no such setting.
    InvalidArgumentError
        When the number of factors does not fit the model, or a setting its type or range.
    """
    least, most = known("model", name, MODELS).takes
    if len(factors) < least or (most is not None and len(factors) > most):
        wanted = "no factor" if most == 0 else f"{least} factor" if most == least else "factors"
        cure = "Delete factors."
        if len(factors) < least:
            cure = (
                'Write factors = ["MARKET"] in the model, and a table [factors.MARKET] with its '
                'prices, such as source = "yahoo" and symbol = "^GSPC"'
            )
        elif most:
            cure = f"Name {most}"
        given = f"{list(factors)}" if factors else "none"
        raise InvalidArgumentError(f"model {name!r} takes {wanted}; found {given}. {cure}")
    there = settings_of(name)
    for key, value in (settings or {}).items():
        if key not in there:
            cure = nearest(key, list(there)) if there else "Delete it."
            raise UnknownNameError(f"model {name!r} has no setting {key!r}. {cure}")
        if type(value) is not type(there[key]):
            kind = {int: "a whole number", str: "text"}[type(there[key])]
            raise InvalidArgumentError(f"{key} must be {kind}; found {value!r}")
    model: NormalReturnModel = MODELS[name](*factors, **(settings or {}))
    return model
