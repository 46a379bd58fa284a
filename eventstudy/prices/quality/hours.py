"""When the main session of an exchange opens and closes, on each day."""

from __future__ import annotations

import datetime as dt
import warnings
from functools import lru_cache
from typing import Any

import numpy as np

from eventstudy.parsing import packaged_toml
from eventstudy.prices.quality.calendars import built, early_closes

EXCHANGES: dict[str, str] = packaged_toml("prices/data/exchanges.toml")["hours"]
"""The exchange whose hours are meant in a zone."""


@lru_cache(10_000)
def exchange_hours(zone: str, day: dt.date) -> tuple[str, str] | None:
    """Return when the exchange of a zone opens and closes on a day, in its time.

    Parameters
    ----------
    zone : str
        IANA name of its zone.
    day : date
        A day; one without a session has the hours of other days.

    Returns
    -------
    (str, str) or None
        ``("09:30", "16:00")``, on the day after Thanksgiving ``("09:30", "13:00")``; None when
        no exchange is known in that zone. From the rules of the package exchange_calendars.

    Examples
    --------
    >>> exchange_hours("America/New_York", dt.date(2021, 11, 26))
    ('09:30', '13:00')
    """
    name = EXCHANGES.get(zone)
    if name is None:
        return None
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # on new pandas
        calendar = built(name)
    if calendar is None:
        return None
    closes = _on(calendar.close_times, day)
    early = early_closes(name, day, day)
    if early is not None and np.datetime64(day) in early.days:
        closed = early.closes[early.days == np.datetime64(day)][0]
        utc = dt.datetime.fromisoformat(str(closed.astype("datetime64[s]"))).replace(tzinfo=dt.UTC)
        closes = utc.astimezone(calendar.tz).time()
    return f"{_on(calendar.open_times, day):%H:%M}", f"{closes:%H:%M}"


def _on(times: Any, day: dt.date) -> dt.time:
    """Return the last time that had begun to hold on a day."""
    held: dt.time = times[0][1]
    for since, time in times:
        if since is None or since.date() <= day:
            held = time
    return held
