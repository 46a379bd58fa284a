"""The present moment, read in one place, so that it can be given."""

from __future__ import annotations

import datetime as dt
import os

GIVEN = "SOURCE_DATE_EPOCH"
"""Environment variable that holds the moment, in seconds since 1970 (reproducible-builds.org)."""


def machine_now() -> dt.datetime:
    """Return the moment of the machine, UTC, whatever SOURCE_DATE_EPOCH says."""
    return dt.datetime.now(dt.UTC)


def now() -> dt.datetime:
    """Return the moment that SOURCE_DATE_EPOCH names, else that of the machine; UTC."""
    seconds = os.environ.get(GIVEN, "")
    if seconds.isdecimal():
        return dt.datetime.fromtimestamp(int(seconds), dt.UTC)
    return machine_now()


def today() -> dt.date:
    """Return the date of that moment, UTC."""
    return now().date()


def tomorrow() -> dt.datetime:
    """Return the moment at which today ends, UTC; the present where SOURCE_DATE_EPOCH gives it."""
    if os.environ.get(GIVEN, "").isdecimal():
        return now()
    return dt.datetime.combine(today() + dt.timedelta(days=1), dt.time(), dt.UTC)
