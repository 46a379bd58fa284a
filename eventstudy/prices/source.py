"""What a price source is, on this machine or on the network, and the series that it returns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import pandas as pd

from eventstudy.errors import PriceDataError
from eventstudy.prices.clock import Clock
from eventstudy.prices.provenance import Provenance

_SAID = ("source", "symbol", "attribution", "quote", "ended", "currency", "notes", "unstruck")
"""What the provenance of a series takes from it as it is."""


@dataclass(frozen=True, eq=False)
class PriceSeries:
    """One price series as a source delivers it: a table, and what must be known of it.

    Parameters
    ----------
    table : DataFrame
        Indexed by session (naive dates in the asset's own zone), unique. Column ``close``,
        greater than zero in the units of the quote; of a live source also, where it has them,
        ``adjusted`` (for splits and dividends), ``volume``, ``dividend`` (per share, on the
        ex-date; 0 = none) and ``split`` (shares for one on that day; 1 = none), and ascending.
        A source whose closes are already adjusted for splits says so in a note. A Series of
        closes is taken as the one column ``close``.
    source : str
        Name of the source.
    symbol : str
        The source's name of the series.
    clock : Clock or None
        When the price is struck; None when the sessions are mere date labels.
    quote : str
        Which way the price is quoted, in plain words; empty when unknown.
    attribution : str
        How the source wants to be named.
    ended : bool
        Whether the series is known to have ended.
    currency : str
        Currency or unit of the price; empty when unknown.
    arguments : mapping of str to str
        What was asked of a live source, without host or secret.
    versions : mapping of str to str
        Libraries that fetched it, and their versions.
    notes : tuple of str
        Facts that a reader must know, such as refused dummy rows.
    unstruck : date or None
        First session that was left out, because it was not yet struck when it was fetched.
    """

    table: pd.DataFrame
    source: str = ""
    symbol: str = ""
    clock: Clock | None = None
    quote: str = ""
    attribution: str = ""
    ended: bool = False
    currency: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unstruck: dt.date | None = None

    def __post_init__(self) -> None:
        given: object = self.table
        if isinstance(given, pd.Series):
            object.__setattr__(self, "table", given.to_frame("close"))

    @property
    def prices(self) -> pd.Series[float]:
        """The closes by session.

        Raises
        ------
        PriceDataError
            When the table has none.
        """
        given: object = self.table
        if not isinstance(given, pd.DataFrame) or "close" not in given.columns:
            raise PriceDataError("it delivered no table with a column of closes")
        return given["close"].rename(self.symbol)

    @property
    def provenance(self) -> Provenance:
        """Where the series is from."""
        prices = self.prices
        return Provenance(
            rows=len(prices),
            first=prices.index[0].date(),
            last=prices.index[-1].date(),
            sha256=prices,
            **{name: getattr(self, name) for name in _SAID},
        )


class Described(Protocol):
    """What every price source says of itself.

    Attributes
    ----------
    name : str
        Its name in a request, ``"ecb"``.
    summary : str
        What it has, in one line.
    examples : tuple of str
        Symbols that it knows; of a source of the user's files: how a symbol may look.
    options : tuple of str
        Options that it takes beside the symbol.
    """

    name: str
    summary: str
    examples: tuple[str, ...]
    options: tuple[str, ...]


@runtime_checkable
class Source(Described, Protocol):
    """A price source on this machine: one file in `sources`, one line in its registry.

    One whose options hold ``folder`` is given the folder to which paths are relative.
    """

    def load(self, symbol: str, options: Mapping[str, object]) -> PriceSeries:
        """Return the series of a symbol; its table has the column ``close`` alone.

        Parameters
        ----------
        symbol : str
            The source's name of the series.
        options : mapping of str to object
            Values of options; their names are known to be in `options`.

        Returns
        -------
        PriceSeries

        Raises
        ------
        NoSuchSymbolError
            When the source does not know the symbol.
        PriceDataError
            When its prices are malformed.
        PriceError
            When the series cannot be had.
        InvalidArgumentError
            When the value of an option cannot be used.
        """


@runtime_checkable
class FromFiles(Protocol):
    """A source whose prices are in files on this machine, and which can say in which."""

    def files(self, symbol: str, options: Mapping[str, object]) -> tuple[Path, ...]:
        """Return the files of a symbol."""


@runtime_checkable
class LiveSource(Described, Protocol):
    """A price source on the network: one file in `sources`, one line in its registry.

    Attributes
    ----------
    pause : float
        Seconds between two requests to it.
    """

    pause: float

    def check(self, symbol: str, options: Mapping[str, object]) -> None:
        """Refuse a symbol or an option that cannot be right, without the network.

        Raises
        ------
        NoSuchSymbolError, InvalidArgumentError
            When it cannot be right.
        """

    def fetch(
        self, symbol: str, options: Mapping[str, object], start: dt.date, end: dt.date
    ) -> PriceSeries:
        """Fetch a span of sessions, both ends included, in one attempt.

        Raises
        ------
        PriceError
            One of its children, typed by what went wrong; `retryable` says whether the same
            request may succeed later.
        """
