"""The price sources by name, and what a request for prices asks of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eventstudy.errors import InvalidArgumentError, NoSuchSymbolError, UnknownNameError, nearest
from eventstudy.prices.live_source import LiveSource
from eventstudy.prices.network.retries import LIVE
from eventstudy.prices.source import Source
from eventstudy.prices.sources.csv_file import CSV_FILE
from eventstudy.prices.sources.ecb import ECB
from eventstudy.prices.sources.sample import SAMPLE
from eventstudy.prices.store.stored_series import Key

_ALL: tuple[Source | LiveSource, ...] = (ECB, SAMPLE, CSV_FILE, *LIVE)
SOURCES: Mapping[str, Source | LiveSource] = {source.name: source for source in _ALL}
"""Price sources by name; a new one is a file in this folder and its instance here."""

PRICES = ("adjusted", "close")
"""Which closes of a live source are used, its option `price`; see `eventstudy.load_prices`."""


def options_of(source: Source | LiveSource) -> tuple[str, ...]:
    """Return the options that a request to a source may hold, beside source and symbol."""
    return (*source.options, "price") if isinstance(source, LiveSource) else source.options


@dataclass(frozen=True)
class Wanted:
    """One series as a request asks for it, found to be possible without the network.

    Parameters
    ----------
    source : Source or LiveSource
        Where it comes from.
    symbol : str
        The source's name of the series.
    options : mapping of str to object
        Options of the source.
    price : {"", "adjusted", "close"}
        Which closes of a live source; empty = adjusted ones where there are any.
    """

    source: Source | LiveSource
    symbol: str
    options: Mapping[str, object]
    price: str = ""

    @property
    def key(self) -> Key:
        """What identifies it among stored series."""
        name, kind = self.source.name, type(self.source)
        if SOURCES.get(name) is not self.source:
            name = f"{name} ({kind.__module__}.{kind.__qualname__})"
        own = {name: value for name, value in self.options.items() if name != "folder"}
        return Key.of(name, self.symbol, own)


def wanted(request: str | Mapping[str, object], folder: Path) -> Wanted:
    """Return what a request asks for.

    Parameters
    ----------
    request : str or mapping
        ``"source:symbol"``, or a mapping with ``source`` (a name, or an object of the same
        shape as a source), ``symbol`` and options.
    folder : Path
        Folder that paths of files are relative to.

    Returns
    -------
    Wanted

    Raises
    ------
    UnknownNameError, InvalidArgumentError, NoSuchSymbolError
        When the request cannot be right.
    """
    source, symbol, options = _parts(request)
    for option in options:
        if option not in options_of(source):
            known = [known for known in options_of(source) if known != "folder"]
            raise UnknownNameError(
                f"source {source.name!r} has no option {option!r}. {nearest(option, known)}"
            )
    price = str(options.pop("price", "")) if isinstance(source, LiveSource) else ""
    if isinstance(source, LiveSource):
        if price not in ("", *PRICES):
            raise InvalidArgumentError(f'price is {price!r}; write "adjusted" or "close"')
        source.check(symbol, options)
    elif "folder" in source.options:
        options["folder"] = folder / str(options.get("folder", ""))
    return Wanted(source, symbol, options, price)


def _parts(
    request: str | Mapping[str, object],
) -> tuple[Source | LiveSource, str, dict[str, object]]:
    """Return source, symbol and options of a request; refuse what no source may see."""
    if isinstance(request, str):
        _refuse_url(request)
        name, colon, rest = request.partition(":")
        if not colon:
            raise InvalidArgumentError(f'{request!r} is not of the form "source:symbol"')
        return _source(name.strip()), rest.strip(), {}
    options = dict(request) if isinstance(request, Mapping) else {}
    given, symbol = options.pop("source", None), options.pop("symbol", "")
    if not isinstance(given, str | Source | LiveSource) or not isinstance(symbol, str):
        raise InvalidArgumentError(
            f'{request!r} names no price source and symbol; write "ecb:RUB/USD" '
            'or {"source": "ecb", "symbol": "RUB/USD"}'
        )
    for text in (symbol, options.get("path", ""), options.get("folder", "")):
        _refuse_url(str(text))
    return _source(given) if isinstance(given, str) else given, symbol.strip(), options


def _source(name: str) -> Source | LiveSource:
    if name not in SOURCES:
        raise UnknownNameError(f"unknown price source {name!r}. {nearest(name, list(SOURCES))}")
    return SOURCES[name]


def _refuse_url(text: str) -> None:
    if "://" in text:
        raise NoSuchSymbolError(
            f"{text!r} is a URL; nothing is fetched from an address that a file gives. "
            "Save the file and give its path"
        )
    if not text.isprintable():
        raise NoSuchSymbolError(f"{text!r} holds characters that cannot be printed")
