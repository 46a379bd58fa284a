"""What a request for prices asks of which source: each series checked before anybody is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from eventstudy.arguments import known
from eventstudy.errors import (
    InvalidArgumentError,
    NoSuchSymbolError,
    PriceDataError,
    PriceError,
    UnknownNameError,
    nearest,
)
from eventstudy.prices.frames import checked_prices, listed
from eventstudy.prices.network.retries import Policy, fetch
from eventstudy.prices.source import FromFiles, LiveSource, PriceSeries, Source
from eventstudy.prices.sources.registry import SOURCES
from eventstudy.prices.store.stored_series import Key

Request = Mapping[str, str | Mapping[str, object]]
"""What is asked for each asset; see `eventstudy.load_prices`."""

Failure = PriceError | UnknownNameError | InvalidArgumentError

PRICES = ("adjusted", "close")
"""Which closes of a live source are used, its option `price`; see `eventstudy.load_prices`."""


def is_live(source: Source | LiveSource) -> bool:
    """Whether a source is on the network, so that its series are stored."""
    return isinstance(source, LiveSource)


def options_of(source: Source | LiveSource) -> tuple[str, ...]:
    """Return the options that a request to a source may hold, beside source and symbol."""
    return (*source.options, "price") if is_live(source) else source.options


def check_symbol(source: Source | LiveSource, symbol: str, options: Mapping[str, object]) -> None:
    """Refuse what a live source says cannot be right; others are asked when they are read.

    Raises
    ------
    NoSuchSymbolError, InvalidArgumentError
        When the symbol or an option cannot be right.
    """
    if isinstance(source, LiveSource):
        source.check(symbol, options)


@dataclass(frozen=True)
class SeriesRequest:
    """One series as a request asks for it, possible as far as is known without the network.

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
    def live(self) -> bool:
        """Whether it comes from the network, through the cache."""
        return is_live(self.source)

    @property
    def home(self) -> Literal["network", "file", "package"]:
        """Where the series lies: on the network, in a file of the user's, in a package."""
        if self.live:
            return "network"
        return "file" if "folder" in self.source.options else "package"

    @property
    def key(self) -> Key:
        """What identifies it among stored series."""
        name, kind = self.source.name, type(self.source)
        if SOURCES.get(name) is not self.source:
            name = f"{name} ({kind.__module__}.{kind.__qualname__})"
        options = {name: value for name, value in self.options.items() if name != "folder"}
        return Key.of(name, self.symbol, options)

    def read(self) -> PriceSeries:
        """Return the series of a source on this machine, its closes ascending.

        Raises
        ------
        PriceError, InvalidArgumentError
            When it cannot be had, or its prices are malformed.
        """
        assert isinstance(self.source, Source)
        series = self.source.load(self.symbol, self.options)
        closes = checked_prices(series.prices.to_frame())
        if others := [name for name in series.table.columns if name != "close"]:
            raise PriceDataError(
                f"its table has the columns {listed(others)}; it delivers 'close' alone"
            )
        return replace(series, table=closes.set_axis(["close"], axis=1))

    def fetch(self, start: dt.date, end: dt.date, policy: Policy) -> PriceSeries:
        """Return a span of a live series, both ends included; see `network.retries.fetch`."""
        assert isinstance(self.source, LiveSource)
        return fetch(self.source, self.symbol, self.options, start, end, policy)

    def files(self) -> tuple[Path, ...]:
        """Return the files that the source reads; none of one that does not say."""
        source = self.source
        return source.files(self.symbol, self.options) if isinstance(source, FromFiles) else ()


def read_requests(request: Request, folder: Path) -> dict[str, SeriesRequest | Failure]:
    """Return what is wanted of each asset, or what is wrong with its request."""
    series: dict[str, SeriesRequest | Failure] = {}
    for asset, wanted in request.items():
        try:
            series[asset] = read_request(wanted, folder)
        except (PriceError, UnknownNameError, InvalidArgumentError) as error:
            series[asset] = error
    return series


def sound_requests(request: Request, folder: Path) -> dict[str, SeriesRequest]:
    """Return what is wanted of each asset.

    Raises
    ------
    PriceError, UnknownNameError, InvalidArgumentError
        When a request is wrong; all that are wrong are named.
    """
    series = read_requests(request, folder)
    sound = {asset: one for asset, one in series.items() if isinstance(one, SeriesRequest)}
    wrong = {asset: one for asset, one in series.items() if not isinstance(one, SeriesRequest)}
    if wrong:
        raise one_error(wrong)
    return sound


def one_error(failed: Mapping[str, Failure]) -> Failure:
    """Return one error that says what is wrong with every series."""
    texts = [f"{asset}: {error}".replace("\n", "\n  ") for asset, error in failed.items()]
    kinds = {type(error) for error in failed.values()}
    head = "" if len(texts) == 1 else f"{len(texts)} series cannot be loaded:\n  "
    kind = kinds.pop() if len(kinds) == 1 else PriceError
    error = kind(head + "\n  ".join(texts))
    if isinstance(error, PriceError):
        error.problems = tuple(p for each in failed.values() for p in getattr(each, "problems", ()))
        error.retryable = any(getattr(each, "retryable", False) for each in failed.values())
    return error


def read_request(request: str | Mapping[str, object], folder: Path) -> SeriesRequest:
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
    SeriesRequest

    Raises
    ------
    UnknownNameError, InvalidArgumentError, NoSuchSymbolError
        When the request cannot be right.
    """
    source, symbol, options = _split(request)
    for option in options:
        if option not in options_of(source):
            names = [name for name in options_of(source) if name != "folder"]
            raise UnknownNameError(
                f"source {source.name!r} has no option {option!r}. {nearest(option, names)}"
            )
    price = str(options.pop("price", "")) if is_live(source) else ""
    if price not in ("", *PRICES):
        raise InvalidArgumentError(f'price is {price!r}; write "adjusted" or "close"')
    check_symbol(source, symbol, options)
    if "folder" in source.options and not is_live(source):
        options["folder"] = folder / str(options.get("folder", ""))
    return SeriesRequest(source, symbol, options, price)


def _split(
    request: str | Mapping[str, object],
) -> tuple[Source | LiveSource, str, dict[str, object]]:
    """Return source, symbol and options of a request; refuse what no source may see."""
    if isinstance(request, str):
        _refuse_url(request)
        name, colon, rest = request.partition(":")
        if not colon:
            raise InvalidArgumentError(f'{request!r} is not of the form "source:symbol"')
        return known("price source", name.strip(), SOURCES), rest.strip(), {}
    options = dict(request) if isinstance(request, Mapping) else {}
    given, symbol = options.pop("source", None), options.pop("symbol", "")
    if not isinstance(given, str | Source | LiveSource) or not isinstance(symbol, str):
        raise InvalidArgumentError(
            f'{request!r} names no price source and symbol; write "ecb:RUB/USD" '
            'or {"source": "ecb", "symbol": "RUB/USD"}'
        )
    for text in (symbol, options.get("path", ""), options.get("folder", "")):
        _refuse_url(str(text))
    source = known("price source", given, SOURCES) if isinstance(given, str) else given
    return source, symbol.strip(), options


def _refuse_url(text: str) -> None:
    if "://" in text:
        raise NoSuchSymbolError(
            f"{text!r} is a URL; nothing is fetched from an address that a file gives. "
            "Save the file and give its path"
        )
    if not text.isprintable():
        raise NoSuchSymbolError(f"{text!r} holds characters that cannot be printed")
