"""What a price source on the network is, and what it delivers in one attempt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.prices.clock import Clock


@dataclass(frozen=True, eq=False)
class Download:
    """What a live source delivered for one symbol and span.

    Parameters
    ----------
    table : DataFrame
        Indexed by session (naive dates in the asset's own zone), ascending, unique. Column
        ``close`` (raw, greater than zero); where the source has them ``adjusted`` (for
        splits and dividends), ``volume``, ``dividend`` (per share, on the ex-date; 0 = none)
        and ``split`` (shares for one on that day; 1 = none). A source whose closes are
        already adjusted for splits says so in a note.
    clock : Clock or None
        When the price is struck; None when the sessions are mere date labels.
    currency : str
        Currency or unit of the price.
    quote : str
        Which way the price is quoted, in plain words.
    attribution : str
        How the source wants to be named.
    ended : bool
        Whether the series is known to have ended.
    arguments : mapping of str to str
        What was asked of the source, without host or secret.
    versions : mapping of str to str
        Libraries that fetched it, and their versions.
    notes : tuple of str
        Facts about the delivery that a reader must know, such as refused dummy rows.
    """

    table: pd.DataFrame
    clock: Clock | None = None
    currency: str = ""
    quote: str = ""
    attribution: str = ""
    ended: bool = False
    arguments: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@runtime_checkable
class LiveSource(Protocol):
    """A price source on the network: one file in this folder, one instance in `SOURCES`.

    Attributes
    ----------
    name : str
        Its name in a request, ``"moex"``.
    summary : str
        What it has, in one line.
    examples : tuple of str
        Symbols that it knows.
    options : tuple of str
        Options that it takes beside the symbol.
    pause : float
        Seconds between two requests to it.
    """

    name: str
    summary: str
    examples: tuple[str, ...]
    options: tuple[str, ...]
    pause: float

    def check(self, symbol: str, options: Mapping[str, object]) -> None:
        """Refuse a symbol or an option that cannot be right, without the network.

        Raises
        ------
        NoSuchSymbolError, InvalidArgumentError
            When it cannot be right.
        """
        ...

    def fetch(
        self, symbol: str, options: Mapping[str, object], start: dt.date, end: dt.date
    ) -> Download:
        """Fetch a span of sessions, both ends included, in one attempt.

        Raises
        ------
        PriceError
            One of its children, typed by what went wrong; `retryable` says whether the same
            request may succeed later.
        """
        ...
