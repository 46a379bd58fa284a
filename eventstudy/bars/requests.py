"""What a request for bars asks of which source: each series checked before anybody is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from eventstudy.bars.frames import LABELS, BarTraits
from eventstudy.bars.rolls import day_said, days_said, moments_said
from eventstudy.bars.sessions import MARKETS, zone_of
from eventstudy.bars.standing import OBSERVED, Standing, parts_of_formula, read_standing
from eventstudy.errors import InvalidArgumentError, UnknownNameError, refuse_unknown
from eventstudy.prices.network.retries import Policy
from eventstudy.prices.store.cache import Refresh
from eventstudy.timezones import zone_fault

SOURCES = ("moex", "yahoo", "csv", "sample")
"""Names of sources of bars; a DataFrame is one, too, and series that others imply have none."""
IMPLIED = "implied"
LIVE = ("moex", "yahoo")
"""Sources on the network, whose bars are stored."""
COMMON = ("market", "factor", "clock", "rolls", "releases", "proxy", "error", "references")
_OF_SOURCE = {
    "moex": ("minutes", "engine", "board", "contracts"),
    "yahoo": ("minutes",),
    "csv": (
        *("path", "folder", "minutes", "label", "timezone"),
        *("delimiter", "decimal", "date_format", "columns", "contracts"),
    ),
    "sample": (),
    "DataFrame": ("minutes", "label", "contracts"),
}

Request = Mapping[str, Any]
"""What is asked for each asset; see `eventstudy.load_bars`."""


def options_of(source: str) -> tuple[str, ...]:
    """Return the options that a request to a source may hold, beside source and symbol."""
    if source == IMPLIED:
        return (IMPLIED, "market", "error", "references")
    return (*COMMON, *_OF_SOURCE[source])


@dataclass(frozen=True, eq=False)
class BarRequest:
    """One series as a request asks for it.

    Parameters
    ----------
    source : str
        One of `SOURCES`, or "DataFrame".
    symbol : str
        The source's name of the series.
    options : mapping of str to object
        Options of the source, beside market and factor.
    market : str
        Whose hours hold; empty = as the source says.
    factor : str
        Asset whose bars are the benchmark.
    clock : str
        Zone in which clocks are compared; empty = that of the market.
    frame : DataFrame, optional
        The bars themselves.
    standing : Standing
        What is said of their standing.
    contracts : mapping of date to BarRequest
        The contracts of which one series is made, by their last days; empty = it is one series.
    rolls, releases : list
        As `load_bars` takes them; None = not said.
    """

    source: str
    symbol: str
    options: Mapping[str, Any]
    market: str = ""
    factor: str = ""
    clock: str = ""
    frame: pd.DataFrame | None = None
    standing: Standing = OBSERVED
    contracts: Mapping[dt.date, BarRequest] = field(default_factory=dict)
    rolls: object = None
    releases: object = None

    @property
    def parts(self) -> tuple[BarRequest, ...]:
        """The requests that are loaded each by itself: those of its contracts, or it alone."""
        return tuple(self.contracts.values()) or (self,)

    @property
    def live(self) -> bool:
        """Whether it comes from the network, through the cache."""
        return self.source in LIVE

    @property
    def minutes(self) -> int:
        """Length of a bar that is asked for; 0 = not said."""
        return int(self.options.get("minutes", 0))

    @property
    def traits_said(self) -> bool:
        """Whether what is known besides the bars can be used; raises as `traits` does."""
        said = self.source not in ("csv", "DataFrame") or bool(self.traits())
        market = self.market or "XMOS-derivatives"
        self.marks(market, self.clock or zone_of(market))
        return said and (not self.contracts or self.roll_days() is not None)

    def marks(self, market: str, zone: str) -> dict[str, Any]:
        """Return the fields of a series that name moments: its rolls and releases.

        Raises
        ------
        InvalidArgumentError
            When one of them cannot be understood.
        """
        marks: dict[str, Any] = {}
        if self.rolls is not None and not self.contracts:
            marks["rolls"] = moments_said("rolls", self.rolls, zone, market)
        if self.releases is not None:
            marks["releases"] = moments_said("releases", self.releases, zone)
        return marks

    def roll_days(self) -> tuple[dt.date, ...]:
        """Return the trading days with which each next contract begins; none = by its expiry.

        Raises
        ------
        InvalidArgumentError
            When `rolls` holds what is no date.
        """
        return () if self.rolls is None else days_said("rolls", self.rolls)

    def traits(self) -> BarTraits:
        """Return what is known of the bars besides their table.

        Raises
        ------
        InvalidArgumentError
            When no market is named.
        """
        if not self.market:
            raise InvalidArgumentError(
                f"bars of {self.source} {self.symbol or 'a table'} name no market, whose hours "
                f'hold. Write market = "XMOS", another of {", ".join(MARKETS)}, or a name of '
                "exchange_calendars"
            )
        given = "given as a DataFrame" if self.source == "DataFrame" else "the user's own file"
        said = (self.factor, self.source, self.symbol, given, self.clock)
        return BarTraits(self.market, str(self.options.get("label", "")), self.minutes, *said)


@dataclass(frozen=True)
class Asked:
    """How live sources are asked; as `load_bars` takes it."""

    folder: Path
    offline: bool
    refresh: Refresh
    start: dt.date | None
    policy: Policy | None


def read_bar_request(asset: str, request: object, folder: Path) -> BarRequest:
    """Return what a request asks for.

    Parameters
    ----------
    asset : str
        The asset.
    request : str, mapping, DataFrame or Series
        ``"source:symbol"``, or a mapping with ``source`` (a name, or a table) and options.
    folder : Path
        Folder that paths of files are relative to.

    Raises
    ------
    UnknownNameError, InvalidArgumentError
        When it cannot be right.
    """
    if isinstance(request, Mapping) and "contracts" in request:
        return _of_contracts(asset, request, folder)
    source, symbol, options, frame = _split(asset, request)
    for option in options:
        said = f"bars of source {source!r} have no option {option!r}"
        refuse_unknown(option, options_of(source), said)
    market, factor, clock = (str(options.pop(name, "")) for name in ("market", "factor", "clock"))
    rolls, releases = options.pop("rolls", None), options.pop("releases", None)
    standing = read_standing(asset, options)
    _refuse_options(market, clock, options)
    if source == "csv":
        path = str(options.pop("path", "") or symbol)
        if "://" in path:
            raise InvalidArgumentError(f"{path!r} is a URL. Save the file and give its path")
        if not path:
            raise InvalidArgumentError('bars of source "csv" name no file; write path = "..."')
        options["path"] = folder / str(options.pop("folder", "")) / path
        symbol = path
    about = (market, factor, clock, frame, standing)
    return BarRequest(source, symbol, options, *about, rolls=rolls, releases=releases)


def _refuse_options(market: str, clock: str, options: Mapping[str, Any]) -> None:
    """Refuse values of options that cannot be right."""
    try:
        if market:
            zone_of(market)
    except UnknownNameError as error:
        raise UnknownNameError(f"no market {market!r}: {error}") from error
    if clock and (fault := zone_fault(clock)) is not None:
        raise InvalidArgumentError(f"clock {clock!r} {fault.message}. {fault.cure}")
    minutes = options.get("minutes", 1)
    if type(minutes) is not int or minutes < 1:
        raise InvalidArgumentError(f"minutes is {minutes!r}; write a number such as 10")
    if options.get("label", "start") not in LABELS:
        raise InvalidArgumentError(f'label is {options["label"]!r}; write "start" or "end"')
    if not isinstance(options.get("columns", {}), Mapping):
        raise InvalidArgumentError('columns is no table; write columns = { close = "NAME" }')


def _of_contracts(asset: str, request: Mapping[str, Any], folder: Path) -> BarRequest:
    """Return a request for one series of several contracts of futures."""
    given, options = request["contracts"], dict(request)
    del options["contracts"]
    rolls, releases = options.pop("rolls", None), options.pop("releases", None)
    if not isinstance(given, Mapping) or not given:
        example = 'contracts = { "2021-12-16" = "SiZ1", "2022-03-17" = "SiH2" }'
        raise InvalidArgumentError(
            f"contracts is {given!r}; write the last day of each and its name, {example}"
        )
    source = options.get("source", "DataFrame")
    names = {"moex": "symbol", "csv": "path"}
    if source != "DataFrame" and source not in names:
        raise InvalidArgumentError(
            f'source {source!r} has no contracts; "moex", "csv" and DataFrames have'
        )
    contracts = {}
    for day, one in given.items():
        wanted = {**options, names.get(source, "source"): one}
        contracts[day_said("contracts", day)] = read_bar_request(asset, wanted, folder)
    some = next(iter(contracts.values()))
    if len(contracts) < len(given):
        raise InvalidArgumentError("contracts names one day twice; write each contract's last day")
    symbol = " + ".join(contracts[day].symbol for day in sorted(contracts))
    return replace(
        some, symbol=symbol, frame=None, contracts=contracts, rolls=rolls, releases=releases
    )


def _split(asset: str, request: object) -> tuple[str, str, dict[str, Any], pd.DataFrame | None]:
    """Return source, symbol, options and table of a request."""
    if isinstance(request, str):
        name, colon, rest = request.partition(":")
        if not colon:
            raise InvalidArgumentError(f'{request!r} is not of the form "source:symbol"')
        return _known(name.strip()), rest.strip(), {}, None
    if not isinstance(request, Mapping):
        return "DataFrame", asset, {}, _table(asset, request)
    options = dict(request)
    if IMPLIED in options:
        if "source" in options:
            raise InvalidArgumentError("a series that others imply has no source. Remove source")
        formula = str(options.pop(IMPLIED))
        parts_of_formula(formula)
        return IMPLIED, formula, options, None
    given, symbol = options.pop("source", None), options.pop("symbol", "")
    if isinstance(given, str) and isinstance(symbol, str):
        return _known(given), symbol.strip(), options, None
    return "DataFrame", asset, options, _table(asset, given)


def _known(name: str) -> str:
    refuse_unknown(name, SOURCES, f"unknown source of bars {name!r}")
    return name


def _table(asset: str, given: object) -> pd.DataFrame:
    if isinstance(given, pd.Series):
        return given.to_frame("close")
    if not isinstance(given, pd.DataFrame):
        raise InvalidArgumentError(
            f"bars of {asset} name no source: {given!r}. Give a DataFrame with a tz-aware index, "
            'or such as {"source": "csv", "path": "sber.csv", "market": "XMOS"}'
        )
    return given


def bar_files(request: Request, folder: Path) -> tuple[Path, ...]:
    """Return the user's own files that bars are read from; some of them need not be there."""
    files: list[Path] = []
    for table in request.values():
        if isinstance(table, Mapping) and table.get("source") == "csv":
            contracts = table.get("contracts")
            named = [*contracts.values()] if isinstance(contracts, Mapping) else []
            for name in named or [table.get("path") or table["symbol"]]:
                path = folder / str(table.get("folder", "")) / str(name)
                files += sorted(path.iterdir()) if path.is_dir() else [path]
    return tuple(files)
