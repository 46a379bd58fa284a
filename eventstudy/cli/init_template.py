"""The files of a study that shows how one is written: made-up events, made-up prices."""

from __future__ import annotations

import datetime as dt
import math
import random
from importlib.resources import files

SESSIONS = 400
FIRST = dt.date(2021, 1, 4)
CLOSED = (
    *("2021-01-18", "2021-02-15", "2021-04-02", "2021-05-31", "2021-07-05", "2021-09-06"),
    *("2021-11-25", "2021-12-24", "2022-01-17", "2022-02-21", "2022-04-15", "2022-05-30"),
    *("2022-06-20", "2022-07-04"),
)
"""Days on which New York had no session."""


def template() -> dict[str, bytes]:
    """Return the files of the template by name."""
    made_up = {
        name: (files("eventstudy.cli") / f"made_up_{name}").read_bytes()
        for name in ("study.toml", "events.csv")
    }
    return {**made_up, "prices.csv": _prices().encode()}


def _prices() -> str:
    """Return two made-up series, alike on every machine."""
    draw = random.Random(7)  # noqa: S311  no secret: alike on every machine
    lines, day, market, share = ["date,market,share"], FIRST, 0.0, 0.0
    while len(lines) <= SESSIONS:
        if day.weekday() < 5 and str(day) not in CLOSED:
            moved = draw.gauss(0, 0.01)
            market += moved
            share += 1.1 * moved + draw.gauss(0, 0.01)
            lines.append(f"{day},{100 * math.exp(market):.2f},{50 * math.exp(share):.2f}")
        day += dt.timedelta(1)
    return "\n".join(lines) + "\n"
