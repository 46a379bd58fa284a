"""When the exchanges that Yahoo quotes strike their closes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventstudy.errors import PriceDataError
from eventstudy.prices.clock import Clock

LONDON_MIDNIGHT = Clock("00:00", "Europe/London")
"""A currency's close is struck at the *start* of the day that labels it."""

_NEW_YORK = Clock("16:00", "America/New_York")
_CLOCKS: Mapping[str, Clock] = {
    **dict.fromkeys(("NMS", "NGM", "NCM", "NIM", "NYQ", "PCX", "ASE", "BTS"), _NEW_YORK),
    **dict.fromkeys(("SNP", "DJI", "NYS", "WCB"), _NEW_YORK),
    "TOR": Clock("16:00", "America/Toronto"),
    "LSE": Clock("16:35", "Europe/London"),
    "FGI": Clock("16:35", "Europe/London"),
    "GER": Clock("17:35", "Europe/Berlin"),
    "PAR": Clock("17:35", "Europe/Paris"),
    "AMS": Clock("17:35", "Europe/Amsterdam"),
    "BRU": Clock("17:35", "Europe/Brussels"),
    "LIS": Clock("16:35", "Europe/Lisbon"),
    "MIL": Clock("17:35", "Europe/Rome"),
    "MCE": Clock("17:35", "Europe/Madrid"),
    "EBS": Clock("17:30", "Europe/Zurich"),
    "STO": Clock("17:30", "Europe/Stockholm"),
    "HKG": Clock("16:10", "Asia/Hong_Kong"),
    "KSC": Clock("15:30", "Asia/Seoul"),
    "MCX": Clock("18:50", "Europe/Moscow"),
}
"""By Yahoo's ``exchangeName``: the end of the closing auction on a full day. Exchanges that
moved their close in the years studied (Tokyo), or whose close is an average, are left out."""


def exchange_clock(meta: Mapping[str, Any]) -> tuple[Clock | None, list[str]]:
    """Return the clock of a series, None when it is not known, and what to note about it.

    Parameters
    ----------
    meta : mapping
        What Yahoo says of the series.

    Returns
    -------
    Clock or None
    list of str

    Raises
    ------
    PriceDataError
        When Yahoo names another time zone than the exchange's: its dates would be wrong.
    """
    name, zone = str(meta.get("exchangeName", "")), str(meta["exchangeTimezoneName"])
    clock = _CLOCKS.get(name)
    if clock is None:
        shown = name or "of this series"
        return None, [f"when the exchange {shown} strikes its close is not known here: dates only"]
    if clock.timezone != zone:
        raise PriceDataError(
            f"it names the time zone {zone}, but the exchange {name} is in {clock.timezone}"
        )
    notes = ["the clock is that of full days; early closes before holidays are not in it"]
    if name == "MCX":
        notes.append("Yahoo has had no prices of Moscow since 2022")
    return clock, notes
