"""When markets are open: parts of sessions with their validity dates, never constants.

The hours of the Moscow Exchange are rows of `data/sessions.csv`, each with the first and the last
day on which it holds and its source; hours of other exchanges are those of exchange_calendars.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
import pandas as pd

from eventstudy.arrays import Dates, Ints, Mask
from eventstudy.bars.clocks import SECONDS, days_of, shown_moments, utc_seconds
from eventstudy.errors import InvalidArgumentError
from eventstudy.parsing import packaged_csv, packaged_toml
from eventstudy.prices.quality.calendars import trading_calendar
from eventstudy.prices.quality.trading_hours import trading_hours

ZONES: dict[str, str] = packaged_toml("bars/data/markets.toml")["zones"]
"""Markets of the table, and the zone in which it writes their hours."""

MARKETS: tuple[str, ...] = tuple(ZONES)
"""Markets of the table; every name of exchange_calendars is one, too."""

WEEK = np.timedelta64(7, "D")
CONTINUOUS = "continuous"
"""Kind of a part in which prices are those of continuous trading; the others are "auction"
and "break"."""

_CLOSURE = (np.datetime64("2022-02-28"), np.datetime64("2022-03-23"))
_OFF = np.array(["2022-03-07", "2022-03-08"], dtype="datetime64[D]")
"""Holidays inside the closure of shares, on which no other market was open either."""
_OPEN = np.array(["2022-01-07", "2022-02-23"], dtype="datetime64[D]")
"""Holidays on which currencies and derivatives were traded and shares were not (Moscow Exchange,
8 October 2021); those of later years are not in the table."""


@dataclass(frozen=True, eq=False)
class Parts:
    """Parts of the sessions of a market, in the order in which they begin.

    Parameters
    ----------
    market : str
        The market.
    zone : str
        Its zone.
    session : ndarray of datetime64[D], shape (parts,)
        Trading day that each part belongs to.
    name, kind, source, doubt : ndarray of str, shape (parts,)
        What each is called, whether it is continuous trading, an auction or a break, who says so,
        and what of its hours is not known; empty when nothing is.
    start, end : ndarray of int, shape (parts,)
        Seconds since 1970 UTC; the end is excluded.
    """

    market: str
    zone: str
    session: Dates
    name: np.ndarray
    kind: np.ndarray
    start: Ints
    end: Ints
    source: np.ndarray
    doubt: np.ndarray

    @cached_property
    def trading(self) -> Parts:
        """The parts of continuous trading alone."""
        return self.select(self.kind == CONTINUOUS)

    def select(self, chosen: Mask | Ints) -> Parts:
        """Return some of the parts."""
        by_part = ("session", "name", "kind", "start", "end", "source", "doubt")
        return replace(self, **{name: getattr(self, name)[chosen] for name in by_part})

    def at(self, moments: Ints) -> Ints:
        """Return the part that each moment lies in (start included, end excluded); -1 = none."""
        if not len(self.start):
            return np.full(np.shape(moments), -1, dtype=np.intp)
        place = np.searchsorted(self.start, moments, side="right") - 1
        inside = (place >= 0) & (moments < self.end[np.maximum(place, 0)])
        return np.where(inside, place, -1)


def sessions(market: str, day: dt.date | str) -> pd.DataFrame:
    """Return the hours of a market on one trading day.

    Parameters
    ----------
    market : str
        ``"XMOS"`` (shares), ``"XMOS-index"``, ``"XMOS-currency"``, ``"XMOS-derivatives"``,
        ``"FX"`` (currencies around the clock, without the weekend), ``"always"``, or a name in
        exchange_calendars such as ``"XNYS"``.
    day : date or str
        The trading day: a part of the evening before that belongs to it is among its parts.

    Returns
    -------
    DataFrame
        part, kind ("continuous", "auction", "break"), start, end (with the zone of the market,
        end excluded), source, doubt (what of these hours is not known; empty when nothing is).
        Empty on a day without trading.

    Raises
    ------
    UnknownNameError
        When there is no such market.
    InvalidArgumentError
        When the day is no date.

    Examples
    --------
    >>> import eventstudy as es
    >>> es.sessions("XMOS", "2022-01-13")["part"].tolist()[-1]
    'evening'
    """
    day = _date(day)
    around = dt.timedelta(days=12)
    parts = parts_of(market, day - around, day + around)
    parts = parts.select(parts.session == np.datetime64(day, "D"))

    return pd.DataFrame(
        {
            "part": parts.name.astype(object),
            "kind": parts.kind.astype(object),
            "start": shown_moments(parts.start, parts.zone),
            "end": shown_moments(parts.end, parts.zone),
            "source": parts.source.astype(object),
            "doubt": parts.doubt.astype(object),
        }
    )


def zone_of(market: str) -> str:
    """Return the time zone of a market.

    Raises
    ------
    UnknownNameError
        When there is no such market.
    """
    return ZONES[market] if market in ZONES else trading_hours(market, 2021, 2021).zone


def parts_of(market: str, first: dt.date, last: dt.date) -> Parts:
    """Return the parts of all sessions of a market that begin in a span.

    Parameters
    ----------
    market : str
        As for `sessions`.
    first, last : date
        The span, both ends included; whole years are made, and kept.

    Returns
    -------
    Parts

    Raises
    ------
    UnknownNameError
        When there is no such market.
    """
    parts = _years(market, first.year, last.year)
    day = 24 * 3600
    low = (np.datetime64(first, "D") - np.timedelta64(1, "D")).astype(np.int64) * day
    high = (np.datetime64(last, "D") + np.timedelta64(2, "D")).astype(np.int64) * day
    return parts.select((parts.start >= low) & (parts.start < high))


@cache
def _years(market: str, first: int, last: int) -> Parts:
    """Return the parts of whole years, with a week on either side."""
    low = np.datetime64(f"{first:04d}-01-01", "D") - WEEK
    high = np.datetime64(f"{last:04d}-12-31", "D") + WEEK
    days = np.arange(low, high + np.timedelta64(1, "D"), dtype="datetime64[D]")
    if market not in ZONES:
        return _of_exchange(market, days)
    columns: list[tuple[Dates, Ints, Ints, dict[str, str]]] = []
    for row in packaged_csv("bars/data/sessions.csv"):
        if row["market"] == market:
            on = _days_of_row(row, days)
            columns.append((_label(row, on, days), *_hours(row, on, ZONES[market]), row))
    names, kinds, sources, doubts = (
        np.concatenate([np.full(len(label), row[key], object) for label, _, _, row in columns])
        for key in ("part", "kind", "source", "doubt")
    )
    session, start, end = (np.concatenate([column[i] for column in columns]) for i in range(3))
    order = np.argsort(start, kind="stable")
    parts = Parts(market, ZONES[market], session, names, kinds, start, end, sources, doubts)
    return parts.select(order)


def _of_exchange(market: str, days: Dates) -> Parts:
    """Return the sessions of an exchange that exchange_calendars knows."""
    first, last = days_of(days)[0].year, days_of(days)[-1].year
    hours = trading_hours(market, first, last)
    chosen = (hours.session >= days[0]) & (hours.session <= days[-1])
    count = int(chosen.sum())
    columns = (np.full(count, "main", object), np.full(count, CONTINUOUS, object))
    start, end = hours.start[chosen], hours.end[chosen]
    notes = (np.full(count, "exchange_calendars", object), np.full(count, "", object))
    return Parts(market, hours.zone, hours.session[chosen], *columns, start, end, *notes)


def _days_of_row(row: dict[str, str], days: Dates) -> Dates:
    """Return the calendar days on which a row holds."""
    first = np.datetime64(row["first"] or "1900-01-01", "D")
    last = np.datetime64(row["last"] or "2200-01-01", "D")
    return np.intersect1d(_open(row["days"], days), days[(days >= first) & (days <= last)])


def _open(which: str, days: Dates) -> Dates:
    """Return the days on which a kind of market is open."""
    if which == "all":
        return days
    if which == "mon-fri":
        return days[np.is_busday(days)]
    first, last = days_of(days)[0], days_of(days)[-1]
    calendar = trading_calendar("XMOS", first, last)
    if which == "weekends":
        return calendar.optional
    if which == "sessions":
        return calendar.sessions
    closure = days[(days >= _CLOSURE[0]) & (days <= _CLOSURE[1]) & np.is_busday(days)]
    others = np.union1d(np.setdiff1d(closure, _OFF), np.intersect1d(_OPEN, days))
    return np.union1d(calendar.sessions, others)


def _label(row: dict[str, str], on: Dates, days: Dates) -> Dates:
    """Return the trading day that a part on each of some days belongs to."""
    if row["label"] != "next":
        return on
    following = _open("sessions" if row["days"] == "weekends" else row["days"], days)
    place = np.searchsorted(following, on, side="right")
    known = np.append(following, following[-1:] + WEEK)
    return known[np.minimum(place, len(following))]


def _hours(row: dict[str, str], on: Dates, zone: str) -> tuple[Ints, Ints]:
    """Return start and end of a part on each of some days; the label "ends" says it ends there."""
    start, end = _seconds(row["start"]), _seconds(row["end"])
    before = np.timedelta64(1 if row["label"] == "ends" else 0, "D")
    return utc_seconds(on - before, start, zone), utc_seconds(on, end, zone)


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * SECONDS["h"] + int(minutes) * SECONDS["m"]


def _date(day: dt.date | str) -> dt.date:
    try:
        date = dt.date.fromisoformat(str(day)[:10])
        if not isinstance(day, dt.date) and len(str(day)) > 10:
            raise ValueError
    except ValueError as error:
        message = f"day is {day!r}; write a date such as 2022-01-13"
        raise InvalidArgumentError(message) from error
    if not 1900 <= date.year <= 2100:
        raise InvalidArgumentError(f"day is {date}; hours of 1900 to 2100 can be asked for")
    return date
