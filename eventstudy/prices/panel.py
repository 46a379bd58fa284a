"""Prices of several assets, each with its own sessions, clock and provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import pandas as pd

from eventstudy.arguments import explained_class
from eventstudy.errors import refuse_unknown
from eventstudy.prices.clock import Clock, clocks_by_asset
from eventstudy.prices.frames import AssetTable, checked_prices
from eventstudy.prices.provenance import Provenance
from eventstudy.prices.returns import Returns
from eventstudy.prices.tidy_frames import tidied

_SHOWN = 10


@explained_class
@dataclass(frozen=True, init=False, eq=False, repr=False)
class Prices(AssetTable):
    """Prices of several assets, each with its own sessions, clock and provenance.

    Parameters
    ----------
    frame : DataFrame or Series
        Of pandas, polars or pyarrow: sessions x assets, each price greater than zero in the
        units of its quote; NaN = this asset has no session that day. The frame is copied,
        sorted by date, and rows without any price are left out. Dates may be a column, or
        midnights of a zone; of the two rows of names of yfinance the close is used: the notes
        of the provenance say so.
    clocks : mapping of str to Clock, str or None, optional
        When each asset's price is struck, ``"18:50 Europe/Moscow"``; an asset without a
        clock has date labels only.
    provenance : mapping of str to Provenance, optional
        Where each asset's prices are from; made from the frame where it is missing.
    missing : mapping of str to str, optional
        Assets whose prices were asked for and could not be had, and why.

    Raises
    ------
    PriceDataError
        When the frame is not a table of numbers by unique dates, or a price is not finite
        and greater than zero; all such prices are named.
    InvalidArgumentError
        When it is no DataFrame, or a clock cannot be read.
    UnknownNameError
        When a clock or a provenance belongs to no asset.
    """

    frame: pd.DataFrame
    clocks: Mapping[str, Clock | None]
    provenance: Mapping[str, Provenance]
    missing: Mapping[str, str]

    def __init__(
        self,
        frame: pd.DataFrame | pd.Series[float],
        clocks: Mapping[str, Clock | str | None] | None = None,
        provenance: Mapping[str, Provenance] | None = None,
        missing: Mapping[str, str] | None = None,
    ) -> None:
        tidy = tidied(frame)
        table = checked_prices(tidy.frame)
        given = dict(provenance or {})
        bare = {asset for asset in table.columns if asset not in given}
        vars(self).update(frame=table)
        made = _given_as_frame(self, bare, tidy.notes)
        origins = {asset: given.pop(asset, made.get(asset)) for asset in table.columns}
        for asset in given:
            refuse_unknown(asset, table.columns, f"provenance of {asset!r}, which is no asset")
        lost = {name: why for name, why in (missing or {}).items() if name not in origins}
        struck = clocks_by_asset(clocks, list(table.columns))
        vars(self).update(clocks=struck, provenance=origins, missing=lost)

    @property
    def stale(self) -> dict[str, str]:
        """Assets whose source may have newer prices, and why they are not here."""
        return {name: origin.stale for name, origin in self.provenance.items() if origin.stale}

    def __repr__(self) -> str:
        lines = [f"Prices ({len(self.assets)} x {len(self.frame)} sessions)"]
        for asset in self.assets[:_SHOWN]:
            origin, clock = self.provenance[asset], self.clocks[asset]
            struck = f"struck {clock}" if clock else "dates only"
            lines.append(
                f"  {asset}: {origin.source} {origin.symbol}, {origin.rows} sessions, "
                f"{origin.first} to {origin.last}, {struck}"
            )
        if len(self.assets) > _SHOWN:
            lines.append(f"  ... and {len(self.assets) - _SHOWN} more")
        given = [one for one in self.provenance.values() if one.source == "DataFrame"]
        lines += [f"  {note}" for note in dict.fromkeys(n for one in given for n in one.notes)]
        notices = [f"  {asset} is stale: {why}" for asset, why in self.stale.items()]
        notices += [f"  {asset} is missing: {why}" for asset, why in self.missing.items()]
        lines += notices[:_SHOWN]
        return "\n".join(lines)


def as_prices(prices: Prices | Returns | pd.DataFrame | pd.Series[float]) -> Prices | Returns:
    """Return prices in the form that studies use.

    Parameters
    ----------
    prices : Prices, Returns, DataFrame or Series
        A DataFrame of prices (sessions x assets) or a named Series; both have no clock.

    Returns
    -------
    Prices or Returns
        What was given when it is one of these.

    Raises
    ------
    InvalidArgumentError
        When it is something else, or a Series without a name.
    PriceDataError
        When the prices are malformed.
    """
    return prices if isinstance(prices, Prices | Returns) else Prices(prices)


def _given_as_frame(
    table: AssetTable, assets: set[str], notes: tuple[str, ...]
) -> dict[str, Provenance]:
    """Return what is known of series of which nothing was said."""
    if not assets:
        return {}
    rows, ends = table.sizes.tolist(), table.days[table.ends()].tolist()
    frame = table.frame
    return {
        asset: Provenance(
            source="DataFrame",
            symbol=str(asset),
            rows=rows[place],
            first=ends[0][place],
            last=ends[1][place],
            sha256=partial(frame.__getitem__, asset),
            attribution="given as a DataFrame",
            notes=notes,
        )
        for place, asset in enumerate(frame.columns)
        if asset in assets
    }
