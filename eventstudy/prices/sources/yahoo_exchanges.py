"""When the exchanges that Yahoo quotes strike their closes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eventstudy.errors import PriceDataError
from eventstudy.parsing import packaged_toml
from eventstudy.prices.clock import Clock

LONDON_MIDNIGHT = Clock("00:00", "Europe/London")
"""A currency's close is struck at the *start* of the day that labels it."""

_CLOCKS = {
    code: Clock.parse(clock)
    for clock, codes in packaged_toml("prices/data/exchanges.toml")["yahoo"].items()
    for code in codes.split()
}
"""By Yahoo's ``exchangeName``."""


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
