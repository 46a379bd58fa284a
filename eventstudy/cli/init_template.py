"""The files of a study that shows how one is written: made-up events, made-up prices."""

from __future__ import annotations

import datetime as dt
import math
import random

SESSIONS = 400
FIRST = dt.date(2021, 1, 4)
CLOSED = (
    *("2021-01-18", "2021-02-15", "2021-04-02", "2021-05-31", "2021-07-05", "2021-09-06"),
    *("2021-11-25", "2021-12-24", "2022-01-17", "2022-02-21", "2022-04-15", "2022-05-30"),
    *("2022-06-20", "2022-07-04"),
)
"""Days on which New York had no session."""
STUDY = """\
# A study of made-up events and made-up prices, to be replaced with your own.
# Every key is explained in docs/study-file.md; `eventstudy check` says what is wrong.
title = "Made-up statements"
events = "events.csv"
reports = "reports"
timezone = "America/New_York"  # of events whose row names none

[windows]  # sessions relative to day 0, both ends included
estimation = [-140, -21]  # 120 sessions on which normal returns are estimated
event = [-5, 5]  # the path that is drawn
car = [[0, 0], [0, 1]]  # windows over which abnormal returns are cumulated

[assets.SHARE]
source = "csv"  # your own file: CSV, Excel, Parquet; or "yahoo", "moex", "ecb", "cbr"
symbol = "prices.csv"
column = "share"
clock = "16:00 America/New_York"  # when its price is struck
model = { name = "market-model", factors = ["MARKET"] }  # or { name = "constant-mean" }

[factors.MARKET]
source = "csv"
symbol = "prices.csv"
column = "market"
clock = "16:00 America/New_York"
"""
EVENTS = """\
event_id,date,time,not_before,known_by,timezone,speaker,title,tags,assets
example-a,2022-02-16,14:00,,,,Example Speaker,A made-up decision at two o'clock,decision,
example-b,2022-04-06,,,,,Example Speaker,A made-up remark whose time is not known,remark,
example-c,2022-05-25,,16:05,17:00,,Another Speaker,A made-up report after the close,report,
"""


def template() -> dict[str, bytes]:
    """Return the files of the template by name."""
    texts = {"study.toml": STUDY, "events.csv": EVENTS, "prices.csv": _prices()}
    return {name: text.encode() for name, text in texts.items()}


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
