"""Readers of the reference numbers in tests/golden."""

import json
from functools import cache
from pathlib import Path

import pandas as pd

import eventstudy as es

GOLDEN = Path(__file__).parents[1] / "golden"
GROUPS = ("E02", "E04", "E10", "STAGGERED")
WINDOWS = ((0, 0), (-1, 1), (-5, 5), (-10, 10))


@cache
def stocks() -> pd.DataFrame:
    """Closes of 20 stocks and the S&P 500, 1990-2022."""
    return pd.read_csv(GOLDEN / "sp500.csv.gz", index_col=0, parse_dates=True)


@cache
def oracle_prices() -> pd.DataFrame:
    """Inputs of expected.json."""
    return pd.read_csv(GOLDEN / "prices.csv.gz", index_col=0, parse_dates=True)


@cache
def oracle() -> dict:
    """Expected numbers of the independent oracle."""
    return json.loads((GOLDEN / "expected.json").read_text("utf-8"))


@cache
def base_r(name: str) -> pd.DataFrame:
    """A table made with base R."""
    return pd.read_csv(GOLDEN / "base_r" / f"{name}.csv", keep_default_na=True)


def events_of(group: str) -> pd.DataFrame:
    """One event for all stocks, or one event for each stock in turn."""
    dates = base_r("event_map").set_index("event_id")["event_date"]
    if group != "STAGGERED":
        names = ";".join(stocks().columns[:20])
        return pd.DataFrame(
            {"event_id": [group.lower()], "date": [dates[group]], "title": group, "assets": names}
        )
    tickers = list(stocks().columns[:20])
    return pd.DataFrame(
        {
            "event_id": [f"{t.lower()}" for t in tickers],
            "date": [dates.iloc[place % 12] for place in range(20)],
            "title": "staggered",
            "assets": tickers,
        }
    )


def windows_of(spec) -> es.Windows:
    low, high = spec["window"]
    last = low - spec["gap"] - 1
    return es.Windows(
        estimation=(last - spec["L1"] + 1, last),
        event=(min(low, 0), max(high, 0)),
        car=[(low, high)],
    )
