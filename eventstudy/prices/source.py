"""What a price source is and what it returns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from eventstudy.prices.panel import Prices
from eventstudy.prices.provenance import Provenance

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from eventstudy.prices.clock import Clock


@dataclass(frozen=True, eq=False)
class PriceSeries:
    """One price series as a source delivers it.

    Parameters
    ----------
    prices : Series
        Prices by session, each greater than zero, in the units of the quote. Kept ascending.
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
    notes : tuple of str
        What a reader must know of it, such as what was understood of its file.

    Raises
    ------
    PriceDataError
        When the prices are malformed.
    """

    prices: pd.Series[float]
    source: str
    symbol: str
    clock: Clock | None = None
    quote: str = ""
    attribution: str = ""
    ended: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checked = Prices(self.prices.to_frame(self.symbol)).series(self.symbol)
        object.__setattr__(self, "prices", checked)

    @property
    def provenance(self) -> Provenance:
        """Where the series is from."""
        sessions = self.prices.index
        return Provenance(
            source=self.source,
            symbol=self.symbol,
            rows=len(sessions),
            first=sessions[0].date(),
            last=sessions[-1].date(),
            sha256=self.prices,
            attribution=self.attribution,
            quote=self.quote,
            ended=self.ended,
            notes=self.notes,
        )


@runtime_checkable
class Source(Protocol):
    """A price source: one file in this folder, with one instance in `SOURCES`.

    Attributes
    ----------
    name : str
        Its name in a request, ``"ecb"``.
    summary : str
        What it has, in one line.
    examples : tuple of str
        Symbols that it knows; of a source of the user's files: how a symbol may look.
    options : tuple of str
        Options that it takes beside the symbol. One that takes ``folder`` is given the
        folder to which paths are relative.
    """

    name: str
    summary: str
    examples: tuple[str, ...]
    options: tuple[str, ...]

    def load(self, symbol: str, options: Mapping[str, object]) -> PriceSeries:
        """Return the series of a symbol.

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
        ...
