"""Faults of windows in minutes, one for each check of them."""

import numpy as np
from minute_bars import events_at, loaded, walk, weekdays

import eventstudy as es

DAYS = weekdays(66)
STAMPS = {"a": (DAYS[-1], "12:00"), "b": (DAYS[-1], "15:00")}


def _plain(days=DAYS):
    table = walk(days, minutes=10)
    table["high"], table["low"] = table["close"] * 1.001, table["close"] * 0.999
    table.attrs = walk(days[-1:], minutes=10).attrs
    return table


def _spoiled():
    table = _plain()
    table.iloc[7, table.columns.get_loc("high")] *= 0.9
    return table, STAMPS


MINUTE_FAULTS = {
    "bars": _spoiled,
    "few-ordinary-days": lambda: (_plain(DAYS[-20:]), STAMPS),
    "statements-in-one-window": lambda: (_plain(), {"a": STAMPS["a"], "b": (DAYS[-1], "12:20")}),
}


def minutes(name):
    """Results in minutes with a fault; "clean" has none."""
    table, stamps = MINUTE_FAULTS[name]() if name != "clean" else (_plain(), STAMPS)
    windows = es.MinuteWindows(10, 20, also=())
    assert np.isfinite(table["close"]).all()
    return es.run_minutes(events_at(stamps), loaded(table), windows=windows)
