"""The tables [assets.NAME] and [factors.NAME] of a study file."""

from __future__ import annotations

from typing import Any

from eventstudy.errors import nearest
from eventstudy.models import MODELS, ConstantMean, NormalReturnModel, make_model, settings_of
from eventstudy.prices import SOURCES, Clock
from eventstudy.prices.requests import PRICES, check_symbol, options_of
from eventstudy.settings import AssetWords
from eventstudy.study.known_keys import ASSET, FACTOR, MODEL, SERIES
from eventstudy.study.reader import Reader


def _model_line(spec: object) -> str:
    """Return the line of a model, of the one that is meant where that is clear."""
    name = spec if isinstance(spec, str) and spec in MODELS else "market-model"
    factors = ', factors = ["FACTOR"]' if MODELS[name].takes[0] else ""
    return f'model = {{ name = "{name}"{factors} }}'


def read_model(
    reader: Reader, asset: str, content: dict[str, Any], series: list[str]
) -> NormalReturnModel:
    """Return the model of an asset; that of a constant mean where it cannot be used."""
    where = f"assets.{asset}.model"
    spec = content.get("model", {"name": "constant-mean"})
    if not isinstance(spec, dict) or "name" not in spec:
        cure = f"Write {_model_line(spec)}."
        reader.report(where, "is not a model", cure, spec)
        return ConstantMean()
    before = len(reader.problems)
    name = reader.text(where, spec, "name")
    factors = tuple(reader.names(f"{where}.factors", spec.get("factors", [])))
    for factor in factors:
        if factor not in series:
            cure = f"{nearest(factor, series)} Add [factors.{factor}] with its source."
            reader.report(where, f"factor {factor!r} has no prices", cure)
        elif factor == asset:
            reader.report(where, "an asset cannot be its own factor", "Name another.", factor)
    settings = {key: value for key, value in spec.items() if key not in ("name", "factors")}
    if name in MODELS:
        reader.known(where, spec, (*MODEL, *settings_of(name)))
    if len(reader.problems) > before:
        return ConstantMean()
    fields = {"takes": where} | {key: f"{where}.{key}" for key in settings}
    return reader.build(fields, lambda: make_model(name, factors, settings)) or ConstantMean()


def _check_series(reader: Reader, where: str, table: dict[str, Any], keys: tuple[str, ...]) -> None:
    """Check where the prices of an asset or a factor come from."""
    if "source" not in table:
        cure = f'Write source = "..." and symbol = "..." under [{where}].'
        return reader.report(where, "names no price source", cure)
    source, symbol = reader.text(where, table, "source"), reader.text(where, table, "symbol")
    if source not in SOURCES:
        if isinstance(table["source"], str):
            cure = nearest(source, list(SOURCES))
            reader.report(f"{where}.source", "unknown price source", cure, source)
        return None
    options = options_of(SOURCES[source])
    reader.known(where, table, (*keys, *SERIES, *options))
    if not symbol and not table.get("path") and "symbol" not in table:
        reader.report(where, "names no symbol", 'Write symbol = "...".')
    for option in options:
        if option != "ended":
            reader.text(where, table, option)
        elif not isinstance(table.get(option, False), bool):
            reader.report(f"{where}.{option}", "must be true or false", "Write one.", table[option])
    if isinstance(clock := table.get("clock"), str) and clock:
        reader.build({"": f"{where}.clock"}, lambda: Clock.parse(clock))
    price = table.get("price", PRICES[0])
    if "price" in options and isinstance(price, str) and price not in PRICES:
        reader.report(f"{where}.price", "unknown price", nearest(price, PRICES), price)
    given = {name: table[name] for name in SOURCES[source].options if name in table}
    if all(isinstance(value, str) for value in (table.get("symbol"), *given.values())):
        fields = {"": f"{where}.symbol"}
        reader.build(fields, lambda: check_symbol(SOURCES[source], table["symbol"], given))
    return None


def read_words(reader: Reader, name: str, table: dict[str, Any]) -> AssetWords:
    """Return how reports speak of an asset."""
    where = f"assets.{name}"
    label = reader.text(where, table, "label", name)
    up = reader.text(where, table, "up", f"{label} rose")
    down = reader.text(where, table, "down", f"{label} fell")
    return AssetWords(label, up, down)


def read_series(
    reader: Reader, content: dict[str, Any]
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Return the tables of the assets, and where each asset and factor comes from."""
    assets, factors = reader.tables(content, "assets"), reader.tables(content, "factors")
    if not content.get("assets", {}):
        reader.report("assets", "no asset", "Add a table such as [assets.IMOEX] with its source.")
    for name, table in assets.items():
        _check_series(reader, f"assets.{name}", table, ASSET)
    for name, table in factors.items():
        _check_series(reader, f"factors.{name}", table, FACTOR)
        if name in assets:
            cure = "Delete it: an asset can be a factor of other assets."
            reader.report(f"factors.{name}", "is an asset already", cure)
    tables = {**assets, **factors}
    return assets, {
        name: {key: value for key, value in table.items() if key not in ASSET}
        for name, table in tables.items()
    }
