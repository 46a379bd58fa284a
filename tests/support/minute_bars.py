"""Minute bars with known properties, and events on them."""

import gzip
import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

import eventstudy as es

GOLDEN = Path(__file__).parents[1] / "golden" / "minutes"


@cache
def golden_frame():
    """24 days of synthetic minute bars, by the start of each minute, Moscow."""
    with gzip.open(GOLDEN / "minute_bars.csv.gz", "rt") as file:
        frame = pd.read_csv(file)
    index = pd.DatetimeIndex(frame.pop("begin"), name="begin").tz_localize("Europe/Moscow")
    return frame.set_axis(index)


@cache
def golden_bars():
    return es.load_bars({"G": {"source": golden_frame(), "market": "XMOS"}})


@cache
def golden_cases():
    return json.loads((GOLDEN / "expected.json").read_text("utf-8"))


def events_at(stamps, **columns):
    """Events of Moscow, from {id: (date, time)}; a time of None is unknown."""
    rows = [
        {"event_id": name, "date": date, "time": time or "", "title": name}
        for name, (date, time) in stamps.items()
    ]
    return es.read_events(pd.DataFrame(rows).assign(**columns), timezone="Europe/Moscow")


def golden_events():
    stamps = golden_cases()["D1_window_10_20"]["events"]
    plain = {name.replace("+", "").replace("_", "-").lower(): at for name, at in stamps.items()}
    return events_at(plain)


def walk(days, minutes=1, seed=1, start="10:00", end="18:40", sigma=0.01, market="XMOS"):
    """Bars of a random walk: days x bars, labelled by their starts, in one part of a session."""
    rng = np.random.default_rng(seed)
    labels = []
    for day in days:
        span = pd.date_range(f"{day} {start}", f"{day} {end}", freq=f"{minutes}min")[:-1]
        labels.append(span)
    index = pd.DatetimeIndex(np.concatenate(labels)).tz_localize("Europe/Moscow")
    steps = rng.normal(0, sigma / np.sqrt(len(labels[0])), len(index))
    frame = pd.DataFrame({"close": 100 * np.exp(steps.cumsum()), "volume": 10.0}, index=index)
    frame.attrs["request"] = {"market": market, "label": "start", "minutes": minutes}
    return frame


def loaded(frame, **options):
    """Bars of one asset, A, from a frame that `walk` made."""
    return es.load_bars({"A": {"source": frame, **frame.attrs["request"], **options}})


def weekdays(count, until="2021-12-17"):
    """Trading days of the Moscow Exchange, the last of them given."""
    days = pd.bdate_range(end=until, periods=count + 1).drop("2021-11-04", errors="ignore")[-count:]
    return [f"{day:%Y-%m-%d}" for day in days]
