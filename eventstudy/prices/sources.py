"""The price sources by name, and loading from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.errors import (
    InvalidArgumentError,
    NoSuchSymbolError,
    PriceError,
    UnknownNameError,
    nearest,
)
from eventstudy.prices.csv_file import CSV_FILE
from eventstudy.prices.ecb import ECB
from eventstudy.prices.panel import Prices
from eventstudy.prices.sample import SAMPLE

if TYPE_CHECKING:
    from eventstudy.prices.base import PriceSeries, Source

SOURCES: Mapping[str, Source] = {source.name: source for source in (ECB, SAMPLE, CSV_FILE)}
"""Price sources by name; a new one is a file in this folder and its instance here."""

_Failure = PriceError | UnknownNameError | InvalidArgumentError


def load_prices(
    request: Mapping[str, str | Mapping[str, object]], *, folder: str | Path | None = None
) -> Prices:
    """Load the prices of several assets.

    Parameters
    ----------
    request : mapping of str to str or mapping
        For each asset ``"source:symbol"``, such as ``"ecb:RUB/USD"``, ``"sample:IMOEX"`` or
        ``"csv:prices.csv"``; or a mapping with the keys ``source``, ``symbol`` and the
        source's options, as in study.toml.
    folder : str or Path, optional
        Folder that paths of files are relative to. Default: the current one.

    Returns
    -------
    Prices
        The union of the assets' sessions; every asset keeps its own.

    Raises
    ------
    UnknownNameError
        When a source or an option does not exist.
    NoSuchSymbolError
        When a source does not know a symbol.
    PriceDataError
        When prices are malformed.
    InvalidArgumentError
        When the request is not one, or the value of an option cannot be used.
    PriceError
        When several series fail for different reasons; the text lists all of them.
    """
    if not isinstance(request, Mapping) or not request:
        raise InvalidArgumentError('name at least one series: load_prices({"RUB": "ecb:RUB/USD"})')
    loaded: dict[str, PriceSeries] = {}
    failed: dict[str, _Failure] = {}
    for asset, wanted in request.items():
        try:
            loaded[asset] = _load(wanted, Path() if folder is None else Path(folder))
        except (PriceError, UnknownNameError, InvalidArgumentError) as error:
            failed[asset] = error
    if failed:
        raise _joined(failed)
    return Prices(
        pd.DataFrame({asset: series.prices for asset, series in loaded.items()}),
        {asset: series.clock for asset, series in loaded.items()},
        {asset: series.provenance for asset, series in loaded.items()},
    )


def _load(wanted: str | Mapping[str, object], folder: Path) -> PriceSeries:
    name, symbol, options = _parts(wanted)
    if name not in SOURCES:
        raise UnknownNameError(f"unknown price source {name!r}. {nearest(name, list(SOURCES))}")
    source = SOURCES[name]
    for option in options:
        if option not in source.options:
            known = [known for known in source.options if known != "folder"]
            raise UnknownNameError(
                f"source {name!r} has no option {option!r}. {nearest(option, known)}"
            )
    if "folder" in source.options:
        options["folder"] = folder / str(options.get("folder", ""))
    return source.load(symbol, options)


def _parts(wanted: str | Mapping[str, object]) -> tuple[str, str, dict[str, object]]:
    """Return source, symbol and options of a request; refuse what no source may see."""
    if isinstance(wanted, str):
        _refuse_url(wanted)
        source, colon, rest = wanted.partition(":")
        if not colon:
            raise InvalidArgumentError(f'{wanted!r} is not of the form "source:symbol"')
        return source.strip(), rest.strip(), {}
    options = dict(wanted) if isinstance(wanted, Mapping) else {}
    name, symbol = options.pop("source", None), options.pop("symbol", "")
    if not isinstance(name, str) or not isinstance(symbol, str):
        raise InvalidArgumentError(
            f'{wanted!r} names no price source and symbol; write "ecb:RUB/USD" '
            'or {"source": "ecb", "symbol": "RUB/USD"}'
        )
    for text in (symbol, options.get("path", ""), options.get("folder", "")):
        _refuse_url(str(text))
    return name, symbol.strip(), options


def _refuse_url(text: str) -> None:
    if "://" in text:
        raise NoSuchSymbolError(
            f"{text!r} is a URL; nothing is fetched from the network. "
            "Save the file and give its path"
        )
    if not text.isprintable():
        raise NoSuchSymbolError(f"{text!r} holds characters that cannot be printed")


def _joined(failed: Mapping[str, _Failure]) -> _Failure:
    """Return one error that says what is wrong with every series."""
    texts = [f"{asset}: {error}".replace("\n", "\n  ") for asset, error in failed.items()]
    kinds = {type(error) for error in failed.values()}
    head = "" if len(texts) == 1 else f"{len(texts)} series cannot be loaded:\n  "
    kind = kinds.pop() if len(kinds) == 1 else PriceError
    joined = kind(head + "\n  ".join(texts))
    if isinstance(joined, PriceError):
        joined.retryable = any(getattr(error, "retryable", False) for error in failed.values())
    return joined
