"""The sessions of an asset: when their prices are struck, and when the next ones will be."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import islice

import numpy as np
import pandas as pd

from eventstudy.arrays import Dates
from eventstudy.prices import Clock, Returns
from eventstudy.prices.panel import Prices
from eventstudy.prices.quality.calendars import (
    AUCTION,
    EarlyCloses,
    calendar_of,
    coming,
    early_closes,
)

WIDE = 256
"""Series from which sessions are looked up in the prices: those of thousands are as large."""


def utc(instant: dt.datetime) -> dt.datetime:
    """Return an instant in UTC, without its zone."""
    return instant.astimezone(dt.UTC).replace(tzinfo=None)


@dataclass(frozen=True)
class Calendar:
    """The sessions of one asset and the instants at which their prices are struck.

    Parameters
    ----------
    asset : str
        Name of the asset.
    sessions : ndarray of datetime64[D], shape (sessions,)
        The dates that have a price, ascending.
    clock : Clock or None
        When the price of a session is struck; None when sessions are mere date labels.
    ended : bool
        Whether the series is known to have ended, so that nothing is pending on it.
    exchange : str or None
        Name of the trading calendar of its exchange, by which coming sessions are dated, and
        early closes are known.
    asked : date or None
        Day on which its source was last asked for newer prices; see `Provenance.asked`.
    cure : str
        What to do about a series that has ended without saying so.
    """

    asset: str
    sessions: Dates
    clock: Clock | None
    ended: bool
    exchange: str | None = None
    asked: dt.date | None = None
    cure: str = ""

    @classmethod
    def of(
        cls, panel: Prices | Returns, asset: str, calendars: Mapping[str, str] | None = None
    ) -> Calendar:
        """Return the sessions of an asset with its clock and its exchange.

        Parameters
        ----------
        panel : Prices or Returns
            All series.
        asset : str
            Name of the asset.
        calendars : mapping of str to str, optional
            As `Options.calendars`: of a series that it does not name, the calendar of the
            exchange that closes when its clock strikes.
        """
        clock = panel.clocks.get(asset)
        exchange = (calendars or {}).get(asset, calendar_of(clock))
        if len(panel.frame.columns) > WIDE:
            return PanelCalendar(panel, asset, exchange)
        sessions = panel.last_sessions(asset)
        if not isinstance(panel, Prices):
            return cls(asset, sessions, clock, ended=False, exchange=exchange)
        origin = panel.provenance[asset]
        return cls(asset, sessions, clock, origin.ended, exchange, origin.asked, origin.cure)

    def due(self, after: dt.date, count: int = 1) -> str:
        """Return the day on which the price of a coming session will be there, in words.

        Parameters
        ----------
        after : date
            The day after which sessions are counted.
        count : int
            How many.
        """
        day, known = self._coming(after, count)
        about = "" if known else "about "
        if self.overdue(after, count):
            return f"pending, overdue since {about}{day}"
        return f"pending until {about}{day}"

    def coming_day(self, after: dt.date, count: int = 1) -> dt.date:
        """Return the day of a coming session; see `due`."""
        return self._coming(after, count)[0]

    def overdue(self, after: dt.date, count: int = 1) -> bool:
        """Whether a coming session was due before its source was last asked; see `due`."""
        return self.asked is not None and self.coming_day(after, count) < self.asked

    def _coming(self, after: dt.date, count: int) -> tuple[dt.date, bool]:
        """Return the day of a coming session, and whether its exchange's calendar is known."""
        return next(islice(coming(self.exchange, after), count - 1, None))

    def ends(self) -> str:
        """Return where a series has ended, and what to do about it, in words."""
        return f"series ends {self.sessions[-1]}" + (f"; {self.cure}" if self.cure else "")

    def starts(self) -> str:
        """Return where a series starts, in words."""
        return f"series starts {self.sessions[0]}"

    def struck(self) -> Dates:
        """Return the instants at which prices are struck, in UTC."""
        cached: Dates | None = self.__dict__.get("_instants")
        if cached is None:
            cached = self.struck_on(self.sessions)
            object.__setattr__(self, "_instants", cached)
        return cached

    def struck_on(self, days: Dates) -> Dates:
        """Return the instants at which prices of these days would be struck, in UTC.

        A price that is struck when its exchange closes is struck earlier on a day on which
        that closed early, and never later than the clock.
        """
        assert self.clock is not None
        index = self.clock.struck(days).tz_localize(None)
        struck: Dates = index.to_numpy().astype("datetime64[us]")
        early = self._early(days)
        if early is None:
            return struck
        index = np.minimum(np.searchsorted(early.days, days), len(early.days) - 1)
        close = early.days[index] == days
        close &= (early.closes[index] < struck) & (struck <= early.regular[index] + AUCTION)
        return np.where(close, early.closes[index], struck)

    def _early(self, days: Dates) -> EarlyCloses | None:
        """Return the early closes of the exchange around some days; None when there are none."""
        clock = self.clock
        if clock is None or not len(days):
            return None
        if any(c.averaged_from or c.day_offset for c in (clock, *(c for _, c in clock.earlier))):
            return None  # a fixing, or a price of another day than its label
        early = early_closes(self.exchange, days.min().item(), days.max().item())
        return early if early is not None and len(early.days) else None

    def early_close(self, day: np.datetime64) -> str:
        """Return when the exchange closed on a day, ``"New York closed at 13:00"``.

        Parameters
        ----------
        day : datetime64
            The day.

        Returns
        -------
        str
            Empty where the price of that day is, or would be, struck when the clock says.
        """
        days = np.array([day], dtype="datetime64[D]")
        early = self._early(np.append(self.sessions[[0, -1]], days))
        if early is None or self.clock is None or not (early.days == days).any():
            return ""
        struck = self.struck_on(days)
        if struck[0] == self.clock.struck(days).tz_localize(None).to_numpy()[0]:
            return ""
        there = pd.Timestamp(struck[0], tz="UTC").tz_convert(early.timezone)
        city = early.timezone.rsplit("/", 1)[-1].replace("_", " ")
        return f"{city} closed at {there:%H:%M}"


class PanelCalendar(Calendar):
    """The calendar of one of many series: its sessions are looked up in the prices each time.

    Parameters
    ----------
    panel : Prices or Returns
        All series.
    asset : str
        Name of the asset.
    exchange : str or None
        As of `Calendar`.
    """

    def __init__(self, panel: Prices | Returns, asset: str, exchange: str | None) -> None:
        held = {"asset": asset, "clock": panel.clocks.get(asset), "exchange": exchange}
        vars(self).update(held, ended=False, asked=None, cure="", _panel=panel)
        if isinstance(panel, Prices):
            origin = panel.provenance[asset]
            vars(self).update(ended=origin.ended, asked=origin.asked, cure=origin.cure)

    @property
    def sessions(self) -> Dates:
        """The dates that have a price, ascending."""
        panel: Prices | Returns = vars(self)["_panel"]
        return panel.last_sessions(self.asset)

    def __reduce__(self) -> tuple[type[Calendar], tuple[object, ...]]:
        """Return what is pickled: the sessions, and no other series."""
        return Calendar, tuple(getattr(self, each.name) for each in fields(Calendar))
