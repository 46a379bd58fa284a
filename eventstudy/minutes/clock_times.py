"""Times of day on a market's clock: as people write them, and as they are said."""

from __future__ import annotations

import datetime as dt

import numpy as np

from eventstudy.bars.clocks import SECONDS, local_seconds, utc_seconds
from eventstudy.errors import InvalidArgumentError

Clock = str | dt.time
When = Clock | None


def clock_words(moment: int, zone: str) -> str:
    """Return what the clock of a zone shows at a moment, such as 14:20."""
    seconds = int(local_seconds(np.array([moment]), zone)[0]) % SECONDS["d"]
    return f"{seconds // SECONDS['h']:02d}:{seconds % SECONDS['h'] // 60:02d}"


def moment_of(date: dt.date, clock: Clock, zone: str, name: str) -> int:
    """Return a clock time of a date as seconds of UTC."""
    message = f'{name} is {clock!r}; write a time of day in whole minutes, such as "14:00"'
    try:
        time = dt.time.fromisoformat(clock) if isinstance(clock, str) else clock
    except ValueError as error:
        raise InvalidArgumentError(message) from error
    if not isinstance(time, dt.time) or time.second or time.microsecond or time.tzinfo:
        raise InvalidArgumentError(message)
    return utc_moment(date, time, zone)


def utc_moment(date: dt.date, time: dt.time, zone: str) -> int:
    """Return a time of day on a date, in whole minutes, as seconds of UTC."""
    clock = time.hour * SECONDS["h"] + time.minute * SECONDS["m"]
    return int(utc_seconds(np.array([date], dtype="datetime64[D]"), clock, zone)[0])
