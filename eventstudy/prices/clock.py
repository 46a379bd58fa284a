"""When a daily price is struck."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.arguments import explained_class, told_class
from eventstudy.arrays import Dates
from eventstudy.errors import InvalidArgumentError, refuse_unknown
from eventstudy.timezones import checked_zone

_TIME = r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?"
_CLOCK = re.compile(
    rf"(?:(?P<opens>{_TIME})\s*[-–]\s*)?(?P<time>{_TIME})\s+(?P<zone>\S+)"
    r"(?:\s+(?P<days>[+-][0-9]+) days?)?"
)
_UNTIL = re.compile(r"(?P<clock>.+?)\s+until\s+(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})")
_MOST_DAYS = 7


@told_class
@explained_class
@dataclass(frozen=True, init=False)
class Clock:
    """When the price labelled with a session date is struck.

    Parameters
    ----------
    time : datetime.time or str
        Local time of the strike, ``"18:50"``. Of an averaged fixing: the end of its window.
    timezone : str
        IANA name of the zone, ``"Europe/Moscow"``.
    averaged_from : datetime.time or str, optional
        Local time at which the averaging window of a fixing opens; None = one instant.
    day_offset : int
        Calendar days from the session's label to the strike; -1 for a fixing that is
        labelled with the day after the one on which it is set.
    earlier : sequence of (datetime.date, Clock), optional
        Clocks that held before, each with the last session for which it did, ascending:
        a fixing whose window was moved is one series with several clocks.

    Raises
    ------
    InvalidArgumentError
        When a time or the zone does not exist, the averaging window does not open before
        it ends, the offset is more than a week, or the clocks that held before are in
        another zone or not ascending.
    """

    time: dt.time
    timezone: str
    averaged_from: dt.time | None
    day_offset: int
    earlier: tuple[tuple[dt.date, Clock], ...]

    def __init__(
        self,
        time: dt.time | str,
        timezone: str,
        averaged_from: dt.time | str | None = None,
        day_offset: int = 0,
        earlier: Sequence[tuple[dt.date, Clock]] = (),
    ) -> None:
        struck = _time("time", time)
        opens = None if averaged_from is None else _time("averaged_from", averaged_from)
        if opens is not None and opens >= struck:
            raise InvalidArgumentError(
                f"the averaging window opens at {opens} and ends at {struck}; "
                "it must open before it ends, on the same day"
            )
        if not isinstance(day_offset, int) or abs(day_offset) > _MOST_DAYS:
            raise InvalidArgumentError(
                f"day_offset is {day_offset!r}; give whole days between "
                f"-{_MOST_DAYS} and {_MOST_DAYS}"
            )
        vars(self).update(time=struck, timezone=checked_zone(timezone), averaged_from=opens)
        vars(self).update(day_offset=day_offset, earlier=_checked_earlier(earlier, timezone))

    @classmethod
    def parse(cls, text: str) -> Clock:
        """Read a clock from text; the inverse of ``str(clock)``.

        Parameters
        ----------
        text : str
            ``"18:50 Europe/Moscow"``; ``"10:00-11:30 Europe/Moscow"`` for an averaged
            fixing; with ``" +1 day"`` or ``" -1 day"`` at the end when the strike is not on
            the day of the label; ``"10:00-11:30 Europe/Moscow until 2022-03-14; 10:00-15:30
            Europe/Moscow"`` when it was moved.

        Returns
        -------
        Clock

        Raises
        ------
        InvalidArgumentError
            When the text is not a clock.
        """
        if isinstance(text, str) and ";" in text:
            *before, last = text.split(";")
            now = cls.parse(last)
            earlier = [_until(former) for former in before]
            return cls(now.time, now.timezone, now.averaged_from, now.day_offset, earlier)
        match = _CLOCK.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is None:
            raise InvalidArgumentError(
                f'{text!r} is not a clock; write one such as "18:50 Europe/Moscow" '
                'or "10:00-11:30 Europe/Moscow"'
            )
        return cls(match["time"], match["zone"], match["opens"], int(match["days"] or 0))

    def on(self, session: dt.date) -> Clock:
        """Return the clock that holds for a session.

        Parameters
        ----------
        session : datetime.date
            Label of the session.

        Returns
        -------
        Clock
            One without clocks that held before.
        """
        held = next((clock for until, clock in self.earlier if session <= until), None)
        return held or Clock(self.time, self.timezone, self.averaged_from, self.day_offset)

    def struck(self, sessions: Dates | pd.DatetimeIndex) -> pd.DatetimeIndex:
        """Return the instants at which the prices of sessions are struck.

        A local time that occurs twice (clocks go back) means its first occurrence; one that
        does not occur (clocks go forward) means the first instant after the gap.

        Parameters
        ----------
        sessions : ndarray of datetime64 or DatetimeIndex
            Labels of the sessions, without a time zone.

        Returns
        -------
        DatetimeIndex
            One instant in UTC for each session.

        Raises
        ------
        InvalidArgumentError
            When the labels carry a time zone.
        """
        try:
            labels = pd.DatetimeIndex(sessions)
        except (TypeError, ValueError) as error:
            raise InvalidArgumentError(
                f"sessions are {sessions!r:.60}; write a DatetimeIndex, or an array of dates"
            ) from error
        if labels.tz is not None:
            raise InvalidArgumentError(
                "sessions are dates without a time zone; use .tz_localize(None) first"
            )
        seconds = 3600 * self.time.hour + 60 * self.time.minute + self.time.second
        since_midnight = dt.timedelta(days=self.day_offset, seconds=seconds)
        local = labels.as_unit("us").normalize() + since_midnight
        first = np.ones(len(local), dtype=bool)
        there = local.tz_localize(
            ZoneInfo(self.timezone), ambiguous=first, nonexistent="shift_forward"
        )
        instants: pd.DatetimeIndex = there.tz_convert("UTC")
        for until, clock in reversed(self.earlier):
            before = clock.struck(labels)
            instants = instants.where(labels > pd.Timestamp(until), before)
        return instants

    def __str__(self) -> str:
        opens = "" if self.averaged_from is None else _short(self.averaged_from) + "-"
        days = f" {self.day_offset:+d} day" if self.day_offset else ""
        plural = "s" if abs(self.day_offset) > 1 else ""
        before = "".join(f"{clock} until {until}; " for until, clock in self.earlier)
        return f"{before}{opens}{_short(self.time)} {self.timezone}{days}{plural}"


def clocks_by_asset(
    clocks: Mapping[str, Clock | str | None] | None, assets: list[str]
) -> dict[str, Clock | None]:
    """Return the clock of every asset, None where it has none.

    Parameters
    ----------
    clocks : mapping of str to Clock, str or None
        Clocks as given; text is parsed.
    assets : list of str
        All assets.

    Returns
    -------
    dict of str to Clock or None

    Raises
    ------
    InvalidArgumentError
        When a clock is not one.
    UnknownNameError
        When it belongs to no asset.
    """
    given = dict(clocks or {})
    for asset, clock in given.items():
        refuse_unknown(asset, assets, f"a clock is given for {asset!r}, which is no asset")
        if not isinstance(clock, Clock | str | None):
            raise InvalidArgumentError(
                f'the clock of {asset!r} is {clock!r}; give a Clock or "18:50 Europe/Moscow"'
            )
    chosen = {asset: given.get(asset) for asset in assets}
    return {a: Clock.parse(c) if isinstance(c, str) else c for a, c in chosen.items()}


def _until(text: str) -> tuple[dt.date, Clock]:
    """Read a clock that held until a day."""
    match = _UNTIL.fullmatch(text.strip())
    try:
        day = dt.date.fromisoformat(match["day"] if match else "")
    except ValueError as error:
        raise InvalidArgumentError(
            f"{text!r} is not a clock that held until a day; write one such as "
            '"10:00-11:30 Europe/Moscow until 2022-03-14"'
        ) from error
    assert match is not None
    return day, Clock.parse(match["clock"])


def _checked_earlier(
    earlier: Sequence[tuple[dt.date, Clock]], timezone: str
) -> tuple[tuple[dt.date, Clock], ...]:
    """Return the clocks that held before; refuse what would make them ambiguous."""
    if not all(
        isinstance(each, tuple | list)
        and len(each) == 2
        and isinstance(each[1], Clock)
        and type(each[0]) is dt.date
        for each in earlier
    ):
        raise InvalidArgumentError(
            f"earlier is {earlier!r:.60}; write a list of the last day and the clock that held "
            'until then, such as [(datetime.date(2022, 3, 14), Clock("10:00", "Europe/Moscow"))]'
        )
    days = [until for until, _ in earlier]
    if sorted(set(days)) != days:
        raise InvalidArgumentError("the clocks that held before must be ascending by day")
    if any(clock.timezone != timezone or clock.earlier for _, clock in earlier):
        raise InvalidArgumentError("the clocks that held before must be plain, in the same zone")
    return tuple(earlier)


def _short(time: dt.time) -> str:
    return f"{time:%H:%M:%S}" if time.second else f"{time:%H:%M}"


def _time(name: str, value: dt.time | str) -> dt.time:
    """Return a local time, whole seconds, without a zone."""
    if isinstance(value, str) and re.fullmatch(_TIME, value):
        try:
            return dt.time.fromisoformat(value.rjust(len(value) + (value.index(":") == 1), "0"))
        except ValueError as error:
            raise InvalidArgumentError(f"{name} is {value!r}, which is no time of day") from error
    if isinstance(value, dt.time) and value.tzinfo is None and value.microsecond == 0:
        return value
    raise InvalidArgumentError(
        f'{name} is {value!r}; give a time of day such as "18:50" (the zone goes in timezone)'
    )
