"""Futures go over from one contract to the next: where, and one series of several contracts.

The price of another contract is another price: no move across a roll is one of the market.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Array, Dates, Ints, Mask
from eventstudy.bars.bar_series import BarSeries
from eventstudy.bars.clocks import days_of, utc_seconds
from eventstudy.bars.sessions import parts_of
from eventstudy.errors import InvalidArgumentError, PriceDataError

AHEAD = 5
"""Sessions before its expiry on which a contract gives way to the next: trade has moved by then."""
FUTURES = ("XMOS-derivatives",)
"""Markets of the table on which contracts expire."""
_FAR = 4.0
"""Robust standard deviations from which the move of a night about an expiry is taken for a roll."""
_ABOUT = (dt.timedelta(days=12), dt.timedelta(days=3))
"""How long before and after an expiry series usually go over to the next contract."""
_MAD = 0.6745
_COLUMNS = ("open", "high", "low", "close", "volume")


def moments_said(name: str, values: object, zone: str, market: str = "") -> tuple[int, ...]:
    """Return moments that a request names, ascending, in seconds since 1970 UTC.

    Parameters
    ----------
    name : str
        The option, for errors.
    values : object
        A list of dates and moments; a moment without a zone is one of the clock of `zone`.
    zone : str
        Zone of the clock.
    market : str
        Market whose trading days dates are; empty = a date alone is refused.

    Returns
    -------
    tuple of int
        Of a trading day the beginnings of its first part and of its first part on that date.

    Raises
    ------
    InvalidArgumentError
        When an entry is no moment, or its day no trading day.
    """
    moments: set[int] = set()
    for value in _listed(name, values):
        if (day := _date(value)) is not None:
            if not market:
                raise InvalidArgumentError(
                    f"{name} holds {value}, a day without a time; write such as '{day} 13:30'"
                )
            moments |= _openings(name, day, market)
        else:
            moments.add(_moment(name, value, zone))
    return tuple(sorted(moments))


def days_said(name: str, values: object) -> tuple[dt.date, ...]:
    """Return dates that a request names, as they stand; raises InvalidArgumentError for others."""
    return tuple(day_said(name, value) for value in _listed(name, values))


def day_said(name: str, value: object) -> dt.date:
    """Return a date that a request names; raises InvalidArgumentError when it is none."""
    if (day := _date(value)) is None:
        raise InvalidArgumentError(f"{name} holds {value!r}; write a date such as 2021-12-16")
    return day


def _listed(name: str, values: object) -> list[object]:
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise InvalidArgumentError(f'{name} is {values!r}; write a list such as ["2021-12-16"]')
    return list(values)


def _date(value: object) -> dt.date | None:
    """Return a date; None for what holds a time, too, or is no date."""
    if isinstance(value, dt.date):
        return None if isinstance(value, dt.datetime) else value
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def _moment(name: str, value: object, zone: str) -> int:
    """Return a moment as whole minutes, in seconds since 1970 UTC."""
    try:
        moment = pd.Timestamp(value.strip() if isinstance(value, str) else value)
        if isinstance(value, (int, float)) or moment is pd.NaT:
            raise ValueError
        there = moment.tz_localize(zone) if moment.tz is None else moment
    except (ValueError, TypeError) as error:
        raise InvalidArgumentError(
            f"{name} holds {value!r}, no moment of {zone}; write such as '2021-03-19 13:30'"
        ) from error
    return int(there.timestamp()) // 60 * 60


def _openings(name: str, day: dt.date, market: str) -> set[int]:
    """Return when a trading day begins: its first part, and its first on the day itself."""
    around = dt.timedelta(days=12)
    parts = parts_of(market, day - around, day + around).trading
    mine = parts.session == np.datetime64(day, "D")
    if not mine.any():
        near = np.unique(parts.session)
        next_one = near[np.searchsorted(near, np.datetime64(day, "D"))]
        raise InvalidArgumentError(
            f"{name} holds {day}, no trading day of {market}; write {next_one} or another"
        )
    start = parts.start[mine]
    midnight = utc_seconds(np.array([day], dtype="datetime64[D]"), 0, parts.zone)[0]
    return {int(start[0]), int(start[start >= midnight][0])}


def joined_contracts(
    contracts: Mapping[dt.date, BarSeries], rolls: tuple[dt.date, ...] = ()
) -> BarSeries:
    """Return several contracts as one series, which goes over to the next before each expiry.

    Prices are those of one contract at a time, unadjusted; volumes are summed over contracts, for
    trade moves from one to the next over days.

    Parameters
    ----------
    contracts : mapping of date to BarSeries
        The bars of each contract, by the last day on which it is traded.
    rolls : tuple of date, optional
        Trading days with which the next contract begins, one fewer than there are contracts.
        Default: the fifth trading day before each expiry.

    Raises
    ------
    PriceDataError
        When contracts have bars of other lengths or markets, or one has no bar where it is needed.
    InvalidArgumentError
        When an expiry is no trading day, or the number of rolls is not that of changes.
    """
    expiries = sorted(contracts)
    series = [contracts[day] for day in expiries]
    kinds = {(one.length, one.market) for one in series}
    if len(kinds) > 1:
        shown = ", ".join(f"{length // 60} min of {market}" for length, market in sorted(kinds))
        raise PriceDataError(f"contracts have different bars: {shown}. Load all alike")
    days = rolls or tuple(_before(day, series[0].market) for day in expiries[:-1])
    if len(days) != len(series) - 1 or list(days) != sorted(set(days)):
        raise InvalidArgumentError(
            f"rolls names {len(days)} days for {len(series)} contracts; write "
            f"{len(series) - 1}, ascending, or leave rolls out"
        )
    starts = [min(_openings("rolls", day, series[0].market)) for day in days]
    edges = [np.iinfo(np.int64).min, *starts, np.iinfo(np.int64).max]
    pieces = []
    for place, one in enumerate(series):
        inside = (one.begin >= edges[place]) & (one.begin < edges[place + 1])
        if not inside.any():
            span = f"from {days[place - 1]} " if place else ""
            until = f"until {days[place]} " if place < len(days) else ""
            raise PriceDataError(
                f"the contract of {expiries[place]} has no bar {span}{until}"
                f"({one.first} to {one.last}). Load more of it, or write rolls = [...]"
            )
        pieces.append(_columns(one, inside))
    return _one_series(series, pd.concat(pieces, ignore_index=True), starts, days)


def _columns(one: BarSeries, inside: Mask) -> pd.DataFrame:
    columns = {"begin": one.begin[inside], "end": one.end[inside]}
    columns |= {
        name: values[inside] for name in _COLUMNS if (values := getattr(one, name)) is not None
    }
    return pd.DataFrame(columns)


def _one_series(
    series: list[BarSeries], table: pd.DataFrame, starts: list[int], days: tuple[dt.date, ...]
) -> BarSeries:
    begin, end = table["begin"].to_numpy(), table["end"].to_numpy()
    values: dict[str, Any] = {
        name: table[name].to_numpy() if name in table else None for name in _COLUMNS
    }
    volumes = [one.volume for one in series]
    there = all(volume is not None for volume in volumes)
    values["volume"] = _summed(series, begin) if there else None
    said = ", ".join(map(str, days)) or "never"
    note = f"{len(series)} contracts as one series, unadjusted; the next one from {said} on"
    return replace(
        series[0],
        begin=begin,
        end=end,
        **values,
        symbol=" + ".join(one.symbol for one in series),
        notes=tuple(dict.fromkeys([*(note for one in series for note in one.notes), note])),
        stale="; ".join(one.stale for one in series if one.stale),
        rolls=tuple(starts),
        all_contracts=True,
    )


def _summed(series: list[BarSeries], begin: Ints) -> Array:
    """Return the volume of all contracts in each bar."""
    total = np.zeros(len(begin))
    for one in series:
        assert one.volume is not None
        place = np.minimum(np.searchsorted(one.begin, begin), len(one) - 1)
        total += np.where(one.begin[place] == begin, np.nan_to_num(one.volume[place]), 0.0)
    return total


def _before(expiry: dt.date, market: str) -> dt.date:
    """Return the trading day on which the next contract begins."""
    parts = parts_of(market, expiry - dt.timedelta(days=40), expiry + dt.timedelta(days=12))
    sessions = np.unique(parts.trading.session)
    place = int(np.searchsorted(sessions, np.datetime64(expiry, "D")))
    if place == len(sessions) or sessions[place] != np.datetime64(expiry, "D"):
        raise InvalidArgumentError(
            f"contracts names {expiry}, no trading day of {market}. Write the last day on which "
            "the contract is traded"
        )
    return days_of(sessions[place - AHEAD : place - AHEAD + 1])[0]


def roll_weeks(series: BarSeries) -> Mask:
    """Mark bars within five trading days of a roll, when trade moves from contract to contract."""
    near = np.zeros(len(series), dtype=bool)
    trading = series.parts.trading
    sessions = np.unique(trading.session)
    if series.all_contracts or not series.rolls or not len(sessions):
        return near
    part = trading.at(np.array(series.rolls))
    rolled = np.searchsorted(sessions, np.unique(trading.session[part[part >= 0]]))
    place = trading.at(series.begin)
    here = np.searchsorted(sessions, trading.session[np.maximum(place, 0)])
    for one in rolled:
        near |= (place >= 0) & (np.abs(here - one) <= AHEAD)
    return near


def suspected_rolls(series: BarSeries) -> tuple[Dates, Array]:
    """Return trading days about a quarter's expiry whose night moved as no other, and the moves.

    Quarterly contracts of Moscow expire on the third Thursday of March, June, September and
    December; the robust standard deviation is of all nights of the series.
    """
    trading = series.parts.trading
    place = trading.at(series.begin)
    inside = np.flatnonzero(place >= 0)
    sessions = trading.session[place[inside]]
    first = np.flatnonzero(sessions[1:] != sessions[:-1]) + 1
    if len(first) < AHEAD:
        return sessions[:0], np.array([])
    moves = np.log(series.close[inside[first]] / series.close[inside[first - 1]])
    spread = float(np.median(np.abs(moves))) / _MAD
    days = sessions[first]
    about = np.array([_about_expiry(day) for day in days_of(days)], dtype=bool)
    far = about & (np.abs(moves) > _FAR * spread) & (spread > 0)
    return days[far], moves[far]


def _about_expiry(day: dt.date) -> bool:
    """Whether a day lies about the third Thursday of a quarter's last month."""
    month = day.replace(day=1)
    third = month + dt.timedelta(days=(3 - month.weekday()) % 7 + 14)
    return day.month % 3 == 0 and third - _ABOUT[0] <= day <= third + _ABOUT[1]
