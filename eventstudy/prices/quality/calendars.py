"""When exchanges are open: exchange_calendars, its lost sessions restored, errors corrected."""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from eventstudy.arrays import Dates, Mask
from eventstudy.errors import refuse_unknown
from eventstudy.parsing import packaged_csv, packaged_toml
from eventstudy.prices.clock import Clock

NONE = "none"
"""Name that a user gives where no calendar is to be checked."""
TARGET = "TARGET"
"""Days on which the European Central Bank publishes reference rates."""
_CLOSES: dict[str, str] = {
    clock: name
    for name, clocks in packaged_toml("prices/data/exchanges.toml")["closes"].items()
    for clock in clocks
}
"""The calendar of a price that is struck when an exchange closes."""
_RECENT = ("2026-02-02", "2026-03-31")
"""A span that every calendar knows."""
_UNSOUND = ("XTAE",)
"""Calendars whose holidays cannot be had apart from sessions that pandas 3.1 gets wrong."""
_DAY = np.timedelta64(1, "D")
AHEAD = dt.timedelta(days=366)
"""How far ahead coming sessions are looked up."""
SATURDAY = 5
AUCTION = np.timedelta64(30, "m")
"""A price struck so long after the regular close, as an auction strikes it, is still the close."""


@dataclass(frozen=True, eq=False)
class EarlyCloses:
    """The days on which an exchange closed before the time at which it closes otherwise.

    Parameters
    ----------
    timezone : str
        Zone of the exchange.
    days : ndarray of datetime64[D]
        These days, ascending; they need not be sessions.
    closes, regular : ndarray of datetime64[us]
        When it closed on each, and when it would have otherwise, in UTC.
    """

    timezone: str
    days: Dates
    closes: Dates
    regular: Dates


@dataclass(frozen=True, eq=False)
class TradingCalendar:
    """The sessions of an exchange over a span that is known.

    Parameters
    ----------
    name : str
        Name in exchange_calendars, or ``"TARGET"``.
    first, last : datetime64
        The span, both ends included.
    sessions : ndarray of datetime64
        Its sessions, ascending.
    optional : ndarray of datetime64
        Days that may be a session and need not be one.
    """

    name: str
    first: np.datetime64
    last: np.datetime64
    sessions: Dates
    optional: Dates

    @property
    def known(self) -> bool:
        """Whether there is anything to compare with."""
        return bool(self.first <= self.last)

    def missing(self, dates: Dates) -> Dates:
        """Return the sessions between the first and the last date that are not among the dates."""
        within = self.sessions[(self.sessions > dates[0]) & (self.sessions < dates[-1])]
        return np.setdiff1d(within, dates, assume_unique=True)

    def surplus(self, dates: Dates) -> Dates:
        """Return the dates inside the known span on which there is no session."""
        within = dates[(dates >= self.first) & (dates <= self.last)]
        others = np.setdiff1d(within, self.sessions, assume_unique=True)
        return np.setdiff1d(others, self.optional, assume_unique=True)


def calendar_of(clock: Clock | None) -> str | None:
    """Return the calendar of the exchange that closes at the time of a clock, if one is known."""
    return None if clock is None else _CLOSES.get(str(clock))


def check_calendar(name: str) -> None:
    """Refuse the name of a calendar that does not exist.

    Raises
    ------
    UnknownNameError
        When there is none of that name.
    """
    import exchange_calendars

    names = [TARGET, NONE, *exchange_calendars.get_calendar_names()]
    refuse_unknown(name, names, f"no exchange calendar {name!r}")


def trading_calendar(name: str, first: dt.date, last: dt.date) -> TradingCalendar:
    """Return the sessions of an exchange.

    Weekend sessions, which exchange_calendars loses on pandas 3.1, are made from its own
    definitions; the table of corrections is applied after that.

    Parameters
    ----------
    name : str
        A name in exchange_calendars such as ``"XMOS"``, or ``"TARGET"``.
    first, last : date
        Span that is needed; whole years are looked up, and kept.

    Returns
    -------
    TradingCalendar
        Its span is shorter where exchange_calendars knows no more, and empty (`last` before
        `first`) where it cannot build the calendar.

    Raises
    ------
    UnknownNameError
        When there is no such calendar.
    """
    return _years(name, first.year, last.year)


def early_closes(name: str | None, first: dt.date, last: dt.date) -> EarlyCloses | None:
    """Return the days on which an exchange closed early.

    Parameters
    ----------
    name : str or None
        Name of the exchange's calendar; None, ``"none"`` and ``"TARGET"`` have no close.
    first, last : date
        Span that is needed; whole years are looked up, and kept.

    Returns
    -------
    EarlyCloses or None
        None where there is no exchange, or exchange_calendars cannot build its calendar.

    Raises
    ------
    UnknownNameError
        When there is no such calendar.
    """
    return None if name in (None, NONE, TARGET) else _early(str(name), first.year, last.year)


def coming(name: str | None, after: dt.date) -> Iterator[tuple[dt.date, bool]]:
    """Yield the sessions after a day, for ever.

    Parameters
    ----------
    name : str or None
        Name of the exchange's calendar; None, ``"none"``, and days that the calendar does not
        know: weekdays.
    after : date
        The day.

    Yields
    ------
    (date, bool)
        The session, and whether the calendar of the exchange has it.
    """
    calendar = None
    if name not in (None, NONE):
        calendar = trading_calendar(str(name), after, after + AHEAD)
    if calendar is not None and calendar.known:
        for day in calendar.sessions[calendar.sessions > np.datetime64(after, "D")]:
            yield day.item(), True
        final = dt.date.fromisoformat(str(calendar.last))
        after = max(after, final)
    while True:
        after += dt.timedelta(days=1)
        if after.weekday() < SATURDAY:
            yield after, False


@cache
def _years(name: str, first: int, last: int) -> TradingCalendar:
    start: np.datetime64 = np.datetime64(f"{first:04d}-01-01", "D")
    end: np.datetime64 = np.datetime64(f"{last:04d}-12-31", "D")
    if name == TARGET:
        sessions = _target(first, last)
    else:
        check_calendar(name)
        sessions, start, end = _exchange(name, start, end)
    return _corrected(name, start, end, sessions)


def _target(first: int, last: int) -> Dates:
    """TARGET days; the days off are those that the ECB's rates leave out since 1999."""
    from dateutil.easter import easter

    closed = []
    for year in range(first, last + 1):
        closed += [dt.date(year, 1, 1), dt.date(year, 12, 25)]
        if year >= 2000:
            sunday = easter(year)
            closed += [sunday - dt.timedelta(2), sunday + dt.timedelta(1)]
            closed += [dt.date(year, 5, 1), dt.date(year, 12, 26)]
        if year in (1999, 2001):
            closed.append(dt.date(year, 12, 31))
    days = _span(np.datetime64(f"{first:04d}-01-01"), np.datetime64(f"{last:04d}-12-31"))
    return days[np.is_busday(days, holidays=np.array(closed, dtype="datetime64[D]"))]


def _exchange(
    name: str, start: np.datetime64, end: np.datetime64
) -> tuple[Dates, np.datetime64, np.datetime64]:
    """Return sessions, and the span that the package knows.

    They are made from the calendar's holidays and weekmasks: its own sessions lack the
    special weekmasks on pandas 3.1. A calendar that cannot be built has an empty span.
    """
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # on new pandas
        calendar = built(name)
        if calendar is None:
            return _span(end, start), end, start
        lower, upper = calendar.bound_min(), calendar.bound_max()
        start = start if lower is None else np.maximum(start, _as_day(lower))
        end = end if upper is None else np.minimum(end, _as_day(upper))
        days = _span(start, end)
        regular = calendar.regular_holidays
        closed = [] if regular is None else list(regular.holidays(str(start), str(end)))
        closed = [_as_day(day) for day in (*closed, *calendar.adhoc_holidays)]
    holidays = np.array(closed, dtype="datetime64[D]")
    opens = np.is_busday(days, calendar.weekmask, holidays)
    for since, until, mask in getattr(calendar, "special_weekmasks", ()):
        low = start if since is None else _as_day(since)
        high = end if until is None else _as_day(until)
        within = (days >= low) & (days <= high)
        opens[within] = np.is_busday(days[within], mask, holidays)
    return days[opens], start, end


@cache
def built(name: str) -> Any:
    """Return the rules of a calendar of the package; None when it cannot build the calendar.

    The rules are all that is asked, so that the calendar is not constructed: that makes its
    schedule, which takes 1.5 s for the special weekmasks of Moscow.
    """
    from exchange_calendars import calendar_utils as package

    if name in _UNSOUND:
        return None
    calendar_type = package._default_calendar_factories[package.resolve_alias(name)]
    calendar = calendar_type.__new__(calendar_type)
    try:
        if calendar.regular_holidays is not None:
            calendar.regular_holidays.holidays(*_RECENT)
    except NotImplementedError:  # the package's, for holidays it cannot make on new pandas
        return None
    return calendar


@cache
def _early(name: str, first: int, last: int) -> EarlyCloses | None:
    """Return early closes, made from the rules of the package and not from its schedule.

    A close of the years before an exchange moved its regular close to a later time is early.
    """
    check_calendar(name)
    days = _span(np.datetime64(f"{first:04d}-01-01", "D"), np.datetime64(f"{last:04d}-12-31", "D"))
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # on new pandas
        calendar = built(name)
        if calendar is None:
            return None
        regular = _since_midnight(calendar.close_times[-1][1])
        closes = clock_on(days, calendar.close_times)
        for time, rule in (*calendar.special_closes, *calendar.special_closes_adhoc):
            special = _falls_on(days, rule)
            closes[special] = np.minimum(closes[special], _since_midnight(time))
    early = closes < regular
    zone, days, closes = str(calendar.tz), days[early], closes[early]
    midnight = days.astype("datetime64[s]") + np.timedelta64(24 * int(calendar.close_offset), "h")
    return EarlyCloses(
        zone, days, in_utc(midnight + closes, zone), in_utc(midnight + regular, zone)
    )


def _falls_on(days: Dates, rule: Any) -> Mask:
    """Mark the days that a rule of the package names: a weekday, holidays, or a list of days."""
    if isinstance(rule, int):
        return np.asarray((days.astype(np.int64) + 3) % 7 == rule)
    listed = rule.holidays(str(days[0]), str(days[-1])) if hasattr(rule, "holidays") else rule
    return np.isin(days, np.array([_as_day(day) for day in listed], dtype="datetime64[D]"))


def _since_midnight(time: dt.time) -> np.timedelta64:
    return np.timedelta64(time.hour * 3600 + time.minute * 60 + time.second, "s")


def clock_on(days: Dates, times: Any) -> NDArray[np.timedelta64]:
    """Return the clock time that the package's rules have on each day, since midnight."""
    clock = np.zeros(len(days), dtype="timedelta64[s]")
    for since, time in times:
        clock[days >= (days[0] if since is None else _as_day(since))] = _since_midnight(time)
    return clock


def in_utc(local: Any, zone: str) -> Dates:
    """Return the instants of local times, without a zone."""
    there = pd.DatetimeIndex(local).tz_localize(zone, nonexistent="shift_forward")
    return np.asarray(there.tz_convert(None).to_numpy(), dtype="datetime64[us]")


def _corrected(
    name: str, start: np.datetime64, end: np.datetime64, sessions: Dates
) -> TradingCalendar:
    """Apply the table of where exchange_calendars is wrong, with the source of each correction."""
    optional = np.array([], dtype="datetime64[D]")
    for row in packaged_csv("prices/data/calendar_corrections.csv"):
        if row["calendar"] != name:
            continue
        low = max(start, np.datetime64(row["first"], "D"))
        high = min(end, np.datetime64(row["last"], "D")) if row["last"] else end
        days = _span(low, high)
        if row["days"] == "weekends":
            days = days[~np.is_busday(days)]
        if row["state"] == "open":
            sessions = np.union1d(sessions, days)
        elif row["state"] == "closed":
            sessions = np.setdiff1d(sessions, days)
        else:
            optional = np.union1d(optional, np.setdiff1d(days, sessions))
    return TradingCalendar(name, start, end, sessions, optional)


def _span(first: np.datetime64, last: np.datetime64) -> Dates:
    return np.arange(first, last + _DAY, dtype="datetime64[D]")


def _as_day(value: Any) -> Any:
    return np.datetime64(pd.Timestamp(value).date(), "D")
